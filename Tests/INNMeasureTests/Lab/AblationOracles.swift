import Foundation
import INNKit
import Testing

@testable import INNAnalysis
@testable import INNCore
@testable import INNData
@testable import INNEvaluation
@testable import INNLab

/// The table of `ablate`, row by row, against the twin.
@Suite struct AblationOracles {
    private static func ablation(_ bench: LineBench, edges: Int) throws -> (Ablation, told: [[Int]]) {
        var told: [[Int]] = []
        let ablation = try Ablation(
            bench.network, SurprisalMeter(bench.network, bench.windows), alphabet: .text8, blockLength: 16,
            verifiedEdges: edges
        ) { told.append([$0, $1]) }
        return (ablation, told)
    }

    /// What the twin calls an intervention.
    private static func change(_ intervention: Intervention) throws -> LineTwin.Change {
        switch intervention {
        case .neuron(let neuron, .lesion, _): .init(lesioned: [neuron])
        case .edge(let listener, let speaker, .cut, _): .init(cut: [(listener, speaker, nil)])
        case .gate(.open, _, _): .init(gate: { _, _, _ in 1 })
        case .gate(.closed, _, _): .init(gate: { _, _, _ in 0 })
        // The gates are constants, so frozen at their means they are what they were.
        case .gate(.frozen, _, _): .init()
        case .gate(.hard(let threshold), _, _): .init(gate: { $2 > Double(threshold) ? 1 : 0 })
        case .routing(.uniform, _): .init(isUniform: true)
        case .routing(.off, _): .init(isOff: true)
        default: throw INNError(.usage, "the twin does not know \(intervention.name)")
        }
    }

    @Test func rowsAndClassesAreThoseOfTheEquations() throws {
        let bench = try LineBench(LineNetwork(neurons: 3))
        let (ablation, told) = try Self.ablation(bench, edges: 4)
        let plain = bench.surprisals()
        expectClose(ablation.baselineBPC, mean(plain))
        #expect(ablation.characters == 256 && ablation.blockLength == 16 && ablation.blocks == 16)
        let measured = ablation.rows.filter { $0.measured != nil }
        #expect(measured.count == 3 + 4 + 4 + 2)
        #expect(told == (0...13).map { [$0, 13] })
        let kinds = bench.streams.flatMap(\.next).map { CharacterClass(Alphabet.text8.character(ofID: $0)) }
        for row in measured {
            let differences = zip(bench.surprisals(try Self.change(row.intervention)), plain).map { $0 - $1 }
            let figure = try #require(row.measured)
            expectClose(figure.mean, mean(differences), row.name)
            let (low, high) = (try #require(figure.low), try #require(figure.high))
            #expect(figure.characters == 256 && low <= figure.mean && figure.mean <= high)
            for kind in CharacterClass.allCases {
                let own = zip(differences, kinds).filter { $0.1 == kind }.map(\.0)
                guard let reported = row.classes[kind.rawValue] else {
                    #expect(own.isEmpty, "\(row.name), \(kind)")
                    continue
                }
                expectClose(reported.mean, mean(own), "\(row.name), \(kind)")
                #expect(reported.characters == own.count && !own.isEmpty)
            }
            // Sixteen blocks by their means, drawn as the interval of the report draws them.
            let blocks = (0..<16).map { mean(Array(differences[($0 * 16)..<($0 * 16 + 16)])) }
            let due = Interval(of: blocks)
            expectClose([low, high], [due.low, due.high], within: 2e-5, row.name)
        }
    }

    @Test func rowsAreInOrder() throws {
        let bench = try LineBench(LineNetwork(neurons: 3))
        let (ablation, _) = try Self.ablation(bench, edges: 4)
        #expect(
            ablation.rows.map(\.group)
                == [Ablation.Row.Group](repeating: .neuron, count: 3) + .init(repeating: .edge, count: 9)
                + .init(repeating: .gate, count: 4) + .init(repeating: .routing, count: 2))
        for group in [Ablation.Row.Group.neuron, .edge] {
            let means = ablation.rows.filter { $0.group == group }.compactMap { $0.measured?.mean }
            #expect(means == means.sorted(by: >))
        }
        let edges = ablation.rows.filter { $0.group == .edge }
        #expect(edges.map { $0.measured == nil } == (0..<9).map { $0 >= 4 })
        let least = edges.prefix(4).map { abs($0.estimate!) }.min()!
        #expect(edges.dropFirst(4).allSatisfy { abs($0.estimate!) <= least }, "the strongest estimates were measured")
        let costs = SurprisalMeter(bench.network, bench.windows).estimatedCutCosts()
        for edge in edges {
            guard case .edge(let listener, let speaker, .cut, nil) = edge.intervention else {
                Issue.record("\(edge.name) is no edge")
                continue
            }
            #expect(edge.estimate == costs[listener * 3 + speaker] && edge.name == "edge \(listener)→\(speaker) cut")
        }
    }

    /// Of a text it is that of the windows that measurements take from it.
    @Test func aTextIsMeasuredInItsWindows() throws {
        let bench = try LineBench(LineNetwork(neurons: 3))
        let ablation = try Ablation(
            of: bench.network, on: bench.corpus, range: 0..<bench.corpus.count, characters: 256, blockLength: 16,
            verifiedEdges: 4)
        let due = try Self.ablation(bench, edges: 4).0
        #expect(ablation.rows == due.rows && ablation.baselineBPC == due.baselineBPC)
        #expect(ablation.characters == 256 && ablation.blockLength == 16)
        let stack = try ModelPreset.tiny.configuration(of: .mamba).makeModel(seed: 1)
        let error = #expect(throws: INNError.self) { _ = try Ablation(of: stack, on: bench.corpus) }
        #expect(error?.message == "A model of the family mamba has no neurons to take away.")
    }

    /// What a network does not have is not in the table.
    @Test func rowsFollowTheConfiguration() throws {
        func groups(_ change: (inout INNConfiguration) -> Void) throws -> [String] {
            var configuration = INNConfiguration(neurons: 2, dModel: 4, rounds: 1, heads: 2, stateSize: 2)
            change(&configuration)
            let network = try IntelligentNeuralNetwork(configuration, seed: 2)
            let bench = try LineBench(LineNetwork())
            return try Ablation(
                network, SurprisalMeter(network, bench.windows), alphabet: .text8, blockLength: 16, verifiedEdges: 1
            ) { _, _ in }.rows.map(\.name)
        }
        let neurons = ["neuron 0 lesion", "neuron 1 lesion"]
        let memory = [1, 4, 16, 64].map { "memory reset every \($0)" }
        let all = try groups { _ in }
        #expect(Set(all.prefix(2)) == Set(neurons) && all.suffix(4) == memory[...])
        #expect(Set(all[2..<4]) == ["edge 0→1 cut", "edge 1→0 cut"])
        #expect(Set(all[4..<6]) == ["head 1 zero", "head 2 zero"])
        #expect(
            Array(all[6..<13]) == [
                "gate open", "gate frozen", "gate hard g>0.5", "gate closed", "routing static", "routing uniform",
                "routing off",
            ])
        #expect(try Set(groups { $0.routing = .off }) == Set(neurons + memory))
        #expect(try groups { ($0.neurons, $0.memory) = (1, .none) } == [])
        let alone = try groups { ($0.neurons, $0.heads, $0.gate, $0.selfEdges) = (1, 1, .off, true) }
        #expect(alone == ["gate closed", "routing static", "routing uniform", "routing off"] + memory)
        #expect(try !groups { $0.routing = .uniform }.contains("routing uniform"))
    }

    /// Memory that is emptied every k characters, a second way: a generator that starts anew.
    @Test func memoryResetsAreFreshStarts() throws {
        let bench = try LineBench(LineNetwork())
        let network = try IntelligentNeuralNetwork(
            INNConfiguration(neurons: 2, dModel: 8, rounds: 2, heads: 2, stateSize: 4), seed: 6)
        let rows = try Ablation(
            network, SurprisalMeter(network, bench.windows), alphabet: .text8, blockLength: 16, verifiedEdges: 0
        ) { _, _ in }.rows.filter { $0.group == .memory }
        let generator = TextGenerator(network)
        func surprisals(every count: Int?) -> [Double] {
            bench.streams.flatMap { stream -> [Double] in
                generator.reset()
                return zip(stream.ids, stream.next).enumerated().map { position, pair in
                    if let count, position % count == 0 { generator.reset() }
                    generator.read([pair.0])
                    return NextCharacter(logits: generator.logits).surprisal(pair.1)
                }
            }
        }
        let plain = mean(surprisals(every: nil))
        for (row, count) in zip(rows, [1, 4, 16, 64]) {
            expectClose(row.measured!.mean, mean(surprisals(every: count)) - plain, within: 1e-5, row.name)
        }
        #expect(rows.count == 4)
    }
}
