import Foundation
import INNKit

/// Writes what an analysis is computed from, character by character, as NumPy arrays, so that its figures can be
/// checked by a program that shares no code with this one.
package struct TraceExport {
    private let run: AnalysisRun
    private let folder: URL
    private static let mostBytes = 2 << 30

    /// - Throws: ``INNError`` when the arrays would be larger than 2 GiB.
    package init(_ run: AnalysisRun, to folder: URL) throws {
        let c = run.network.configuration
        let perCharacter = 4 * c.rounds * (c.heads * c.neurons * c.neurons + 2 * c.neurons)
        guard perCharacter * run.windows.characters <= Self.mostBytes else {
            throw INNError(
                .usage,
                """
                A trace of \(run.windows.characters.grouped) characters would take \
                \(perCharacter * run.windows.characters >> 20) MiB; ask for at most \
                \((Self.mostBytes / perCharacter).grouped) with --characters.
                """
            )
        }
        (self.run, self.folder) = (run, folder)
    }

    package func write() throws {
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw INNError(
                .cannotCreate, "The folder \(folder.path) cannot be made; check that the one above it can be written.")
        }
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
        do {
            try data.write(to: folder.appending(path: name))
        } catch {
            throw INNError(.inputOutput, "\(name) cannot be written to \(folder.path); is the disk full?")
        }
    }
}

/// Everything that the routing of a network shows, kept.
private final class TraceArrays: Probe {
    var ids: [Int32] = [], next: [Int32] = []
    /// By round: `[windows, neurons, rows]` and `[windows, heads, listener, speaker, rows]`.
    var gates: [[Float]], messages: [[Float]], weights: [[Float]]
    private var record = RoutingRecord(heads: 0, neurons: 0, rows: 0, weights: [])

    init(rounds: Int) {
        gates = [[Float]](repeating: [], count: rounds)
        (messages, weights) = (gates, gates)
    }

    func observe(_ site: Site, _ observation: Observation) {
        guard case .routing(let round) = site, case .routing(let activations, let outProjection) = observation else {
            return
        }
        gates[round] += activations.activity(outProjection: outProjection)
        messages[round] += activations.messageNorms(outProjection: outProjection)
        activations.copyWeights(into: &record)
        weights[round] += record.weights
    }
}
