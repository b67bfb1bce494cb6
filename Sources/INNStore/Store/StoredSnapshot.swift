import Foundation
import INNCore

/// A ``ProbeSnapshot`` as it lies in the database: the small parts as JSON, the arrays as one blob of little-endian
/// float32 in the order of ``arrays``. About a quarter of the size of JSON, and exact. Older ones lack the last arrays.
struct StoredSnapshot {
    var header: String
    var floats: Data

    private struct Header: Codable {
        var step, rounds, neurons, heads, sampleCount: Int
        var symbols, rasterText: [String]
        var symbolCounts: [Int]
        /// Element counts in the order of ``arrays``.
        var lengths: [Int]
    }

    private nonisolated(unsafe) static let arrays: [WritableKeyPath<ProbeSnapshot, [Float]>] = [
        \.routing, \.flow, \.firingRate, \.gateMean, \.gateSaturated, \.tuning, \.routingEntropy, \.routingDeviation,
        \.diversity, \.effectiveNeurons, \.rasterGates, \.measuredDynamism, \.measuredSpread,
    ]

    init(header: String, floats: Data) {
        self.header = header
        self.floats = floats
    }

    init(_ snapshot: ProbeSnapshot) throws {
        let lengths = Self.arrays.map { snapshot[keyPath: $0].count }
        let header = Header(
            step: snapshot.step, rounds: snapshot.rounds, neurons: snapshot.neurons, heads: snapshot.heads,
            sampleCount: snapshot.sampleCount, symbols: snapshot.symbols, rasterText: snapshot.rasterText,
            symbolCounts: snapshot.symbolCounts, lengths: lengths)
        let encoder = JSONEncoder()
        // In a fixed order, so that the same training writes the same bytes.
        encoder.outputFormatting = .sortedKeys
        self.header = String(decoding: try encoder.encode(header), as: UTF8.self)
        floats = Data(capacity: 4 * lengths.reduce(0, +))
        for array in Self.arrays { snapshot[keyPath: array].withUnsafeBytes { floats.append(contentsOf: $0) } }
    }

    /// Nil when the parts do not fit together; the arrays of the result have the shapes that ``ProbeSnapshot`` states,
    /// or are empty.
    func snapshot() -> ProbeSnapshot? {
        guard let header = try? JSONDecoder().decode(Header.self, from: Data(header.utf8)),
            Self.isConsistent(header, bytes: floats.count)
        else { return nil }
        var snapshot = ProbeSnapshot(
            step: header.step, rounds: header.rounds, neurons: header.neurons, heads: header.heads,
            sampleCount: header.sampleCount, symbols: header.symbols, routing: [], flow: [], firingRate: [],
            gateMean: [],
            gateSaturated: [], tuning: [], symbolCounts: header.symbolCounts, routingEntropy: [], routingDeviation: [],
            diversity: [], effectiveNeurons: [], rasterText: header.rasterText, rasterGates: [])
        floats.withUnsafeBytes { bytes in
            var offset = 0
            for (array, length) in zip(Self.arrays, header.lengths) {
                snapshot[keyPath: array] = (0..<length).map {
                    bytes.loadUnaligned(fromByteOffset: offset + 4 * $0, as: Float.self)
                }
                offset += 4 * length
            }
        }
        return snapshot
    }

    private static func isConsistent(_ header: Header, bytes: Int) -> Bool {
        // Views make tables of these sizes even when the arrays are empty; the limits are those of a configuration.
        guard 0...256 ~= header.rounds, 0...4096 ~= header.neurons, 0...8192 ~= header.heads,
            header.symbols.count <= 1 << 16, [0, header.symbols.count].contains(header.symbolCounts.count)
        else { return false }
        // Counts are summed, and divided by.
        guard ([header.step, header.sampleCount] + header.symbolCounts).allSatisfy({ 0...1 << 40 ~= $0 }) else {
            return false
        }
        let (rounds, neurons, heads) = (header.rounds, header.neurons, header.heads)
        let perNeuron = rounds * neurons
        let pairs = perNeuron * neurons
        let expected = [
            pairs.multipliedReportingOverflow(by: heads).partialValue, pairs, perNeuron, perNeuron, perNeuron,
            perNeuron.multipliedReportingOverflow(by: header.symbols.count).partialValue, perNeuron, rounds, rounds,
            rounds,
            perNeuron.multipliedReportingOverflow(by: header.rasterText.count).partialValue, perNeuron,
            pairs,
        ]
        guard (expected.count - 2...expected.count).contains(header.lengths.count) else { return false }
        guard zip(header.lengths, expected).allSatisfy({ $0 == 0 || $0 == $1 && 0...bytes ~= $0 }) else { return false }
        return header.lengths.reduce(0, +) * 4 == bytes
    }
}

extension ProbeSnapshot {
    /// ``routingDynamism``, empty where it was not measured.
    fileprivate var measuredDynamism: [Float] {
        get { routingDynamism ?? [] }
        set { routingDynamism = newValue.isEmpty ? nil : newValue }
    }

    /// ``routingSpread``, likewise.
    fileprivate var measuredSpread: [Float] {
        get { routingSpread ?? [] }
        set { routingSpread = newValue.isEmpty ? nil : newValue }
    }
}
