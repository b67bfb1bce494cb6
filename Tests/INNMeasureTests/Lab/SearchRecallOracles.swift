import Foundation
import INNKit
import Testing

@testable import INNCore
@testable import INNData
@testable import INNEvaluation
@testable import INNLab

/// What `eval` says of an approximate search, from all weights of the same network without one.
@Suite struct SearchRecallOracles {
    /// The weights of every listener of the first round.
    private final class Rows: Probe {
        var rows: [[Float]] = []

        func observe(_ site: Site, _ observation: Observation) {
            guard case .routing(let activations, _) = observation else { return }
            let routing = activations.routing
            for row in 0..<(routing.tokens * routing.heads * routing.neurons) {
                let (token, listener) = (row / routing.neurons / routing.heads, row % routing.neurons)
                let head = row / routing.neurons % routing.heads
                rows.append((0..<routing.neurons).map { routing[token, head, listener, $0] })
            }
        }
    }

    @Test func theShareOfTheTrueWeight() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "inn-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let url = folder.appending(path: "searching.safetensors")
        var c = INNConfiguration(neurons: 66, dModel: 8, rounds: 1, heads: 2, stateSize: 2, sharing: .conv)
        let all = try IntelligentNeuralNetwork(c, seed: 5)
        (c.topK, c.topKSearch) = (3, .approximate)
        let searching = try IntelligentNeuralNetwork(c, seed: 5)
        try Checkpoint.writeWeights(of: searching, importedFrom: "a test", to: url)
        let corpus = try SampleCorpus.make()
        let found = try HeldOutEvaluation(
            OpenedModel(url.path, in: folder, best: false), on: corpus, .all, characters: 512)

        let windows = try ValidationWindows(
            measuring: corpus, range: 0..<corpus.count, sequenceLength: 256, maximumCharacters: 512, leastWindows: 4,
            includesRest: true)
        func rows(_ network: IntelligentNeuralNetwork) -> [[Float]] {
            let probe = Rows()
            _ = Evaluator(network, team: ThreadTeam()).evaluate(windows, carriesState: false, probe: probe)
            return probe.rows
        }
        let shares = zip(rows(searching), rows(all)).map { kept, all -> Double in
            let strongest = all.indices.sorted { all[$0] > all[$1] }[..<3]
            return Double(strongest.filter { kept[$0] > 0 }.map { all[$0] }.reduce(0, +))
                / Double(strongest.map { all[$0] }.reduce(0, +))
        }
        let recall = try #require(found.topKRecall)
        #expect(recall.count == 1 && shares.count == 512 * 2 * 66)
        expectClose(recall[0], mean(shares), within: 1e-4)
        #expect(recall[0] < 0.999, "something is missed")
        #expect(found.text.contains("of the true strongest edges' weight kept, by round: 0."))

        try Checkpoint.writeWeights(of: all, importedFrom: "a test", to: url)
        let exact = try HeldOutEvaluation(
            OpenedModel(url.path, in: folder, best: false), on: corpus, .all, characters: 512)
        #expect(exact.topKRecall == nil && !exact.text.contains("kept"))
    }
}
