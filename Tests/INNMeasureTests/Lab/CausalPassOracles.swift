import Foundation
import INNKit
import Testing

@testable import INNAnalysis
@testable import INNCore
@testable import INNData
@testable import INNEvaluation
@testable import INNLab

/// What neurons, edges and routing cost in one pass over a text, against the twin.
@Suite struct CausalPassOracles {
    /// Memories that look back, so that whoever shares the first round's memory with the network has to share the right
    /// one.
    private static let line: LineNetwork = {
        var line = LineNetwork(neurons: 3)
        (line.memory, line.looksBack) = (.mamba, true)
        line.recalls = [[3, -4, 2], [-3, 2, 5]]
        return line
    }()

    private static func pass(_ bench: LineBench, _ changes: CausalPass.Changes) throws -> CausalPass {
        try CausalPass(bench.network, bench.windows, changes, classes: SymbolClasses(.text8), seed: 1) { _ in }
    }

    @Test func everyChangeAgainstTheTwin() throws {
        let bench = try LineBench(Self.line)
        var changes = CausalPass.Changes()
        changes.neurons = [2, 0]
        changes.edges = [(listener: 1, speaker: 0), (listener: 2, speaker: 2)]
        changes.routing = [.uniform, .off]
        let pass = try Self.pass(bench, changes)
        #expect(pass.characters == 256)
        let plain = bench.steps()
        expectClose(pass.bitsPerCharacter, mean(bench.surprisals()))
        func expect(_ divergence: Interval, _ cost: Interval, _ change: LineTwin.Change, _ name: String) {
            let changed = bench.steps(change)
            // Two streams of eight windows of sixteen: sixteen blocks.
            let kl = zip(plain, changed).map { LineTwin.divergence($0.step, $1.step) }
            let bits = zip(plain, changed).map { $1.step.surprisal($1.next) - $0.step.surprisal($0.next) }
            for (found, values) in [(divergence, kl), (cost, bits)] {
                let due = Interval(of: (0..<16).map { mean(Array(values[($0 * 16)..<($0 * 16 + 16)])) })
                expectClose([found.mean, found.low, found.high], [due.mean, due.low, due.high], within: 2e-5, name)
            }
            #expect(mean(kl) > 1e-4, "\(name) does something")
        }
        let neurons = pass.neurons()
        #expect(neurons.map(\.neuron) == [2, 0])
        for neuron in neurons {
            expect(neuron.divergence, neuron.deltaBPC, .init(lesioned: [neuron.neuron]), "neuron \(neuron.neuron)")
            let changed = bench.steps(.init(lesioned: [neuron.neuron]))
            let shift = (0..<27).map { id in
                mean(zip(plain, changed).map { $1.step.logProbabilities[id] - $0.step.logProbabilities[id] })
            }
            expectClose(neuron.logitEffect.map(Double.init), shift.map { $0 - mean(shift) })
        }
        let edges = pass.edges(estimates: (0..<9).map(Double.init), neurons: 3)
        #expect(edges.map(\.listener) == [1, 2] && edges.map(\.speaker) == [0, 2] && edges.map(\.estimate) == [3, 8])
        for edge in edges {
            expect(edge.divergence, edge.deltaBPC, .init(cut: [(edge.listener, edge.speaker, nil)]), "an edge")
        }
        let routing = pass.routing()
        #expect(routing.map(\.change) == [.uniform, .off] && routing.allSatisfy { $0.trained == nil })
        expect(routing[0].divergence, routing[0].deltaBPC, .init(isUniform: true), "uniform")
        expect(routing[1].divergence, routing[1].deltaBPC, .init(isOff: true), "off")
        // Tuning is that of the neurons, in their order: over all symbols it adds up to what losing one costs.
        let tuning = pass.tuning()
        #expect(tuning.neurons.map(\.neuron) == [2, 0] && tuning.bitsPerCharacter == pass.bitsPerCharacter)
        let next = bench.streams.flatMap(\.next)
        // First letters of words, counted in each of the two streams of what follows.
        let initials = next.indices.filter { next[$0] > 0 && ($0 % 128 == 0 || next[$0 - 1] == 0) }.count
        let place = try #require(tuning.categories.firstIndex(of: PredictionCategory(.place, "word-initial")))
        #expect(tuning.counts[place] == initials && initials > 20)
        let hasIntervals = tuning.neurons.allSatisfy { $0.costs.contains { ($0?.high ?? 0) > ($0?.low ?? 0) } }
        #expect(hasIntervals, "not only what a control needs")
        for neuron in tuning.neurons {
            let costs = zip(plain, bench.steps(.init(lesioned: [neuron.neuron]))).map {
                $1.step.surprisal($1.next) - $0.step.surprisal($0.next)
            }
            for symbol in 0..<27 {
                let own = next.indices.filter { next[$0] == symbol }.map { costs[$0] }
                #expect(tuning.counts[symbol] == own.count && (neuron.costs[symbol] == nil) == own.isEmpty)
                if let found = neuron.costs[symbol] { expectClose(found.mean, mean(own), within: 2e-5) }
                // A neuron that may be worth nothing has no worth to come from anywhere.
                let isWorth = (neurons.first { $0.neuron == neuron.neuron }?.deltaBPC.low ?? 0) > 0
                let share = isWorth ? own.reduce(0, +) / costs.reduce(0, +) : 0
                expectClose(neuron.shares[symbol], share, within: 1e-3)
            }
        }
    }

    /// Constants that are the same for all scores change nothing.
    @Test func effectsOnScoresAreCentred() {
        #expect(CausalPass.centred([1, 2, 6]) == [-2, -1, 3] && CausalPass.centred([]) == [])
    }

    /// Three untrained networks, of each the first neurons, over the beginning of a text.
    @Test func theSizeOfTheControl() throws {
        let bench = try LineBench(
            LineNetwork(rounds: 1, neurons: 3),
            text: String(repeating: "pack my box with five dozen liquor jugs ", count: 460), batchSize: 4,
            sequenceLength: 64, characters: 18_000)
        #expect(bench.windows.characters > 16_384)
        func control(_ neurons: Int, _ told: inout [Double]) throws -> CausalControl {
            var all: [Double] = []
            defer { told = all }
            return try CausalPass.control(
                GateMatch(bench.network, bench.windows, team: ThreadTeam(threadCount: 1)), seeds: [5, 6, 7],
                neurons: neurons, bench.windows, classes: SymbolClasses(.text8)
            ) { all.append($0) }
        }
        var told: [Double] = []
        let found = try control(1, &told)
        #expect(found.networks == 3 && found.neurons == 3 && found.characters == 16_384)
        // 64 windows of each of three networks.
        expectClose(told, (0..<192).map { Double($0) / 192 }, within: 1e-12)
        #expect(found.specialisation == nil && found.closest == nil, "a neuron alone has nothing to differ from")
    }

    /// Of all neurons those that are heard most over both rounds; of equals the lower number, in the order of numbers.
    @Test func theLoudest() {
        var analysis = PlantedReport().trained
        analysis.neurons = 4
        analysis.routing = (0..<2).map { Planted.routing($0, neurons: 4) }
        // Columns add up to 1, 4, 2 and 4.
        analysis.routing[0].flow = [1, 0, 0, 0, 0, 0.5, 0, 4, 0, 0.5, 1, 0, 0, 0, 0, 0]
        analysis.routing[1].flow = [0, 1, 0.5, 0, 0, 1, 0, 0, 0, 1, 0.5, 0, 0, 0, 0, 0]
        #expect((0...4).map { AnalysisRun.loudest(analysis, $0) } == [[], [1], [1, 3], [1, 2, 3], [0, 1, 2, 3]])
    }

    /// One line for each neuron and category that occurs.
    @Test func causalTuningAsCSVAndText() throws {
        let bench = try LineBench(LineNetwork(neurons: 2), characters: 512)
        let measured = try CausalMeasurement(bench.network, bench.windows, alphabet: .text8) { _ in }
        #expect(measured.neurons.map(\.neuron) == [0, 1] && measured.tuning.control?.networks == 3)
        expectClose(measured.baselineBPC, mean(bench.surprisals()))
        // Beside the same networks as those of an analysis.
        let control = try CausalPass.control(
            GateMatch(bench.network, bench.windows, team: ThreadTeam()), seeds: AnalysisRun.controlSeeds(1),
            bench.windows, classes: SymbolClasses(.text8)
        ) { _ in }
        #expect(measured.tuning.control == control)
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let url = folder.appending(path: "line.safetensors")
        try Checkpoint.writeWeights(of: bench.network, importedFrom: "a test", to: url)
        let report = CausalReport(measured, of: try Checkpoint(url), on: bench.corpus, .all)
        let rows = report.csv().split(separator: "\n").map { $0.split(separator: ",") }
        let occurring = measured.tuning.counts.count { $0 > 0 }
        #expect(rows.count == 1 + 2 * occurring && occurring > 40)
        for cells in rows.dropFirst() {
            let category = PredictionCategory(
                .init(rawValue: String(cells[1]))!, String(cells[2].dropFirst().dropLast()))
            let neuron = Int(cells[0])!
            let cost = try #require(measured.tuning.cost(neuron, category))
            #expect([cells[4], cells[5], cells[6]].map { Double($0)! } == [cost.mean, cost.low, cost.high])
            let label = measured.tuning.neuron(neuron)?.label
            #expect((cells[7] == "true") == (label?.category == category))
            #expect(cells[8] == "false" || cells[7] == "true")
        }
        #expect(report.text().hasPrefix("line.safetensors, step 0, on words ("))
        #expect(report.text().contains(", 512 characters, memory carried: \(four(mean(bench.surprisals()))) BPC."))
        let alone = try LineBench(LineNetwork(neurons: 1))
        #expect(throws: INNError.self) {
            try CausalMeasurement(alone.network, alone.windows, alphabet: .text8) { _ in }
        }
    }
}
