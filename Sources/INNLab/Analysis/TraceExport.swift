import Foundation
import INNKit

/// Writes what an analysis is computed from, character by character, as NumPy arrays, so that its figures can be
/// checked by a program that shares no code with this one.
package struct TraceExport {
    private let run: AnalysisRun
    private let folder: URL
    private static let mostBytes = 2 << 30

    /// Makes the folder.
    ///
    /// - Throws: ``INNError`` when the arrays would be larger than 2 GiB, or the folder cannot be made.
    package init(_ run: AnalysisRun, to folder: URL) throws {
        let c = run.network.configuration
        let perCharacter = 4 * c.rounds * (c.heads * c.neurons * c.neurons + 3 * c.neurons)
        let effects = run.options.hasEffects ? try Self.effectBytes(run) : 0
        guard perCharacter * run.windows.characters + effects <= Self.mostBytes else {
            throw INNError(
                .usage,
                """
                A trace of \(run.windows.characters.grouped) characters would take \
                \((perCharacter * run.windows.characters + effects) >> 20) MiB; ask for at most \
                \((max(0, Self.mostBytes - effects) / perCharacter).grouped) with --characters\
                \(effects > 0 ? ", or for fewer --effect-characters" : "").
                """
            )
        }
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw INNError(
                .cannotCreate, "The folder \(folder.path) cannot be made; check that the one above it can be written.")
        }
        (self.run, self.folder) = (run, folder)
    }

    /// What the log-probabilities take: of the network as it is and without each edge and neuron that is measured.
    private static func effectBytes(_ run: AnalysisRun) throws -> Int {
        let c = run.network.configuration
        let measured = 1 + min(run.options.edges, c.neurons * c.neurons) + min(AnalysisRun.mostNeurons, c.neurons)
        return 4 * measured * c.vocabularySize * (try run.effectWindows().characters)
    }

    /// - Parameter analysis: what was measured, for the effects.
    package func write(_ analysis: NetworkAnalysis) throws {
        try writePass()
        if let causal = analysis.causal { try writeEffects(causal) }
    }

    /// The log-probabilities from which effects follow: of the network as it is, then without each edge and each
    /// neuron, in the order of the report.
    private func writeEffects(_ causal: CausalAnalysis) throws {
        let windows = try run.effectWindows()
        let evaluator = Evaluator(run.network, team: ThreadTeam())
        func logProbabilities(_ interventions: InterventionSet) throws -> ScoreArray {
            let scores = ScoreArray()
            _ = evaluator.evaluate(
                windows, carriesState: true, probe: scores, interventions: try run.network.compile(interventions),
                willPredict: { scores.next += $0 })
            return scores
        }
        let taken =
            causal.edges.map { Intervention.edge(listener: $0.listener, speaker: $0.speaker, .cut) }
            + causal.neurons.map { Intervention.neuron($0.neuron, .lesion) }
        let reference = try logProbabilities(.none)
        let shape = [windows.characters, run.network.vocabularySize]
        try write("effect-next", "<i4", [windows.characters], reference.next)
        try write("effect-reference", "<f4", shape, reference.values)
        let changed = try taken.flatMap { try logProbabilities(InterventionSet([$0])).values }
        try write("effect-changed", "<f4", [taken.count] + shape, changed)
    }

    private func writePass() throws {
        let shape = run.network.shape
        let windows = run.windows
        let recorder = TraceArrays(rounds: shape.rounds)
        _ = Evaluator(run.network, team: ThreadTeam()).evaluate(
            windows, carriesState: true, probe: recorder, willRead: { recorder.ids += $0 },
            willPredict: { recorder.next += $0 })
        let text = [windows.windowCount, windows.batchSize, windows.sequenceLength]
        let rows = windows.batchSize * windows.sequenceLength
        try write("ids", "<i4", text, recorder.ids)
        try write("next", "<i4", text, recorder.next)
        for round in 0..<shape.rounds {
            try write("gates-\(round)", "<f4", [windows.windowCount, shape.neurons, rows], recorder.gates[round])
            try write("factors-\(round)", "<f4", [windows.windowCount, shape.neurons, rows], recorder.factors[round])
            try write("messages-\(round)", "<f4", [windows.windowCount, shape.neurons, rows], recorder.messages[round])
            try write(
                "weights-\(round)", "<f4", [windows.windowCount, shape.heads, shape.neurons, shape.neurons, rows],
                recorder.weights[round])
        }
        let plan = ReadingPlan(streams: windows.batchSize, windows: windows.windowCount, steps: windows.sequenceLength)
        let shifts = FiringAccumulator.shifts(plan, seed: run.options.seed)
        try save(Data("\(shifts)\n".utf8), "shifts.json")
    }

    private func write<Element>(_ name: String, _ type: String, _ shape: [Int], _ values: [Element]) throws {
        var header =
            """
            {'descr': '\(type)', 'fortran_order': False, 'shape': \
            (\(shape.map(String.init).joined(separator: ", ")),), }
            """
        // The data begins at a multiple of 64 bytes, as NumPy's format requires.
        header += String(repeating: " ", count: 63 - (header.utf8.count + 10) % 64) + "\n"
        let length = UInt16(header.utf8.count)
        var data = Data(
            [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(length & 0xFF), UInt8(length >> 8)] + Array(header.utf8))
        values.withUnsafeBytes { data.append(contentsOf: $0) }
        try save(data, "\(name).npy")
    }

    private func save(_ data: Data, _ name: String) throws {
        try OutputFile.write(data, to: folder.appending(path: name))
    }
}

/// Everything that the routing of a network shows, kept.
private final class TraceArrays: Probe {
    var ids: [Int32] = [], next: [Int32] = []
    /// By round: `[windows, neurons, rows]` and `[windows, heads, listener, speaker, rows]`. Factors are what the
    /// messages are multiplied by: hard gates, or 1 without any, where `gates` hold what counts as activity.
    var gates: [[Float]], factors: [[Float]], messages: [[Float]], weights: [[Float]]
    private var record = RoutingRecord(heads: 0, neurons: 0, rows: 0, weights: [])

    init(rounds: Int) {
        gates = [[Float]](repeating: [], count: rounds)
        (factors, messages, weights) = (gates, gates, gates)
    }

    func observe(_ site: Site, _ observation: Observation) {
        guard case .routing(let round) = site, case .routing(let activations, let outProjection) = observation else {
            return
        }
        gates[round] += activations.activity(outProjection: outProjection)
        let (n, tokens) = (activations.routing.neurons, activations.routing.tokens)
        factors[round] += (0..<(n * tokens)).map { activations.gate(neuron: $0 / tokens, token: $0 % tokens) }
        messages[round] += activations.messageNorms(outProjection: outProjection)
        activations.copyWeights(into: &record)
        weights[round] += record.weights
    }
}

/// log p of every possible next character after each character, in nats, `[characters, vocabularySize]`, and which one
/// followed.
private final class ScoreArray: Probe {
    var values: [Float] = [], next: [Int32] = []

    func observe(_ site: Site, _ observation: Observation) {
        guard case .logits = site, case .tensor(let logits) = observation else { return }
        let width = logits.shape.last
        for row in 0..<(logits.count / width) {
            let logSoftmax = LogSoftmax(logits.data + row * width, count: width)
            for id in 0..<width { values.append(Float(logSoftmax(logits.data[row * width + id]))) }
        }
    }
}
