import Foundation
import INNKit

/// One measurement of a scaling series.
package struct ScalingRow: Codable {
    package let axis, routing: String
    package let value: Int
    /// Nil when the model would not fit into memory.
    let charactersPerSecond, millisecondsPerStep: Double?
    let workspaceBytes: Int
}

extension BenchRunner {
    /// Speed while one quantity doubles and everything else stays. Along the neurons the complete graph is measured
    /// beside `topK` 8, exact and approximate, and groups of 16, unless the model already says which.
    package func scale(_ configuration: INNConfiguration, along axis: ScalingAxis, json: Bool) throws {
        let values: [Int] =
            switch axis {
            case .none, .cores: []
            case .length: [32, 64, 128, 256, 512]
            case .neurons: [16, 32, 64, 128, 256, 512, 1024]
            case .rounds: [1, 2, 4, 8]
            case .threads: Array(1...max(1, ThreadTeam.coreCount))
            }
        var rows: [ScalingRow] = []
        for variant in RoutingVariant.all(of: configuration, along: axis) {
            for value in values {
                guard let scaled = variant.configuration(configuration, along: axis, value) else { continue }
                let row = try measure(scaled, variant.name, along: axis, value)
                rows.append(row)
                if !json { try Self.printRow(row) }
            }
        }
        if json { try Self.printJSON(rows) }
    }

    private func measure(
        _ configuration: INNConfiguration, _ routing: String, along axis: ScalingAxis, _ value: Int
    ) throws -> ScalingRow {
        let length = axis == .length ? value : sequenceLength
        let weightBytes = Self.routingWeightBytes(configuration, characters: batchSize * length)
        guard weightBytes < Int(ProcessInfo.processInfo.physicalMemory) / 3 else {
            return ScalingRow(
                axis: axis.rawValue, routing: routing, value: value, charactersPerSecond: nil, millisecondsPerStep: nil,
                workspaceBytes: weightBytes)
        }
        let benchmark = try TrainingBenchmark(
            .inn(configuration), corpus: corpus, batchSize: batchSize, sequenceLength: length,
            threads: axis == .threads ? value : threads)
        let result = benchmark.run(
            warmup: axis == .neurons ? 1 : 3, minimumSteps: axis == .neurons ? 3 : 5, seconds: seconds)
        return ScalingRow(
            axis: axis.rawValue, routing: routing, value: value, charactersPerSecond: result.charactersPerSecond,
            millisecondsPerStep: result.medianMilliseconds, workspaceBytes: result.workspaceBytes)
    }

    /// What one training step keeps of its routing weights.
    private static func routingWeightBytes(_ c: INNConfiguration, characters: Int) -> Int {
        Int(Double(c.rounds) * c.weightFloats(rows: Double(characters))) * MemoryLayout<Float>.stride
    }

    private static func printRow(_ row: ScalingRow) throws {
        let name =
            "\(row.axis) \(row.value)".padding(toLength: 14, withPad: " ", startingAt: 0)
            + row.routing.padding(toLength: 19, withPad: " ", startingAt: 0)
        guard let speed = row.charactersPerSecond, let milliseconds = row.millisecondsPerStep else {
            return try StandardOutput.print(
                name
                    + String(
                        format:
                            "not measured: its routing weights alone would take %.1f GB; use a smaller --batch-size",
                        Double(row.workspaceBytes) / 1e9))
        }
        try StandardOutput.print(
            name
                + String(
                    format: "%9.0f characters/s  %9.2f ms per step  %7.1f MB", speed, milliseconds,
                    Double(row.workspaceBytes) / 1e6))
    }
}

/// A way of routing in a scaling series.
private struct RoutingVariant {
    let name: String
    var topK: Int?
    var search: EdgeSearch?
    /// Neurons per group; groups then grow in number, not in size.
    var groupSize: Int?

    static func all(of c: INNConfiguration, along axis: ScalingAxis) -> [RoutingVariant] {
        let size = c.groups.map { c.neurons / $0 }
        let name =
            size.map { "groups of \($0)" }
            ?? c.topK.map { "top \($0)" + (c.topKSearch == .approximate ? " approximate" : "") }
            ?? (c.routing == .learned ? "complete" : c.routing.rawValue)
        let given = RoutingVariant(name: name, topK: c.topK, search: c.topKSearch, groupSize: size)
        guard axis == .neurons, c.routing == .learned, c.topK == nil, c.groups == nil else { return [given] }
        return [
            given, RoutingVariant(name: "top 8", topK: 8),
            RoutingVariant(name: "top 8 approximate", topK: 8, search: .approximate),
            RoutingVariant(name: "groups of 16", groupSize: 16),
        ]
    }

    /// Nil where the series has no such model, such as groups with fewer neurons than two of them hold, or an
    /// approximate search among few.
    func configuration(
        _ base: INNConfiguration, along axis: ScalingAxis, _ value: Int
    ) -> INNConfiguration? {
        var c = base
        if axis == .neurons { c.neurons = value }
        if axis == .rounds { c.rounds = value }
        (c.topK, c.topKSearch) = (topK, search)
        if search == .approximate, c.neurons < RoutingGeometry.storedNeurons { return nil }
        if let groupSize {
            guard c.neurons >= 2 * groupSize else { return nil }
            c.groups = c.neurons / groupSize
        }
        return c
    }
}

/// What grows in a scaling series.
package enum ScalingAxis: String, CaseIterable { case none, length, neurons, rounds, threads, cores }
