import Foundation
import INNKit

/// Small networks that seeds are made of, and what readers do with a network they got.
enum FuzzModels {
    static func network(
        _ sharing: MemorySharing, gate: GateMode = .soft, routing: RoutingMode = .learned, selfEdges: Bool = false
    ) throws -> IntelligentNeuralNetwork {
        try IntelligentNeuralNetwork(
            INNConfiguration(
                neurons: 3, dModel: 8, rounds: 2, heads: 2, stateSize: 4, convKernel: 3, sharing: sharing, gate: gate,
                routing: routing, selfEdges: selfEdges),
            seed: 7)
    }

    private static let team = ThreadTeam(threadCount: 1)

    /// Reads a few characters with a network, as generation does.
    static func use(_ network: any LanguageModel) {
        let tape = Tape(team: team)
        let tokens = [Int32](0..<4).map { $0 % Int32(network.vocabularySize) }
        tape.isRecording = false
        tokens.withUnsafeBufferPointer { tokens in
            _ = network.forward(
                tokens: tokens, batchSize: 1, steps: 4, on: tape,
                context: ForwardContext(state: network.makeState(batchSize: 1)))
        }
        tape.reset()
    }

    /// The bytes of a file that `write` makes in a folder.
    static func bytes(in folder: URL, _ write: (URL) throws -> Void) throws -> [UInt8] {
        let url = folder.appending(path: "seed.safetensors")
        try write(url)
        defer { try? FileManager.default.removeItem(at: url) }
        return try [UInt8](Data(contentsOf: url))
    }
}

/// Changes that know the layout of a safetensors file: length, JSON, data.
enum SafetensorsMutation {
    static func mutated(_ seeds: [[UInt8]], _ mutator: inout Mutator) -> [UInt8] {
        let seed = mutator.pick(seeds)
        guard !mutator.once(in: 3), let (header, data) = parts(seed) else {
            return fixingChecksum(mutator.bytes(seed, donors: seeds), &mutator)
        }
        var values = data
        if mutator.once(in: 4) { values = mutator.bytes(data, donors: seeds) }
        if mutator.once(in: 4) { spoilFloats(&values, &mutator) }
        let text =
            mutator.once(in: 5) ? header : mutator.once(in: 2) ? mutator.json(header) : mutator.nestedJSON(header)
        return fixingChecksum(joined(text, values), &mutator)
    }

    static func parts(_ bytes: [UInt8]) -> (header: String, data: [UInt8])? {
        guard bytes.count >= 8 else { return nil }
        let length = bytes.withUnsafeBytes { Int($0.loadUnaligned(as: UInt64.self).littleEndian) }
        guard length <= bytes.count - 8 else { return nil }
        return (String(decoding: bytes[8..<8 + length], as: UTF8.self), Array(bytes[(8 + length)...]))
    }

    static func joined(_ header: String, _ data: [UInt8]) -> [UInt8] {
        let json = Array(header.utf8)
        return withUnsafeBytes(of: UInt64(json.count).littleEndian, Array.init) + json + data
    }

    /// NaN, infinities and huge values among the weights.
    private static func spoilFloats(_ data: inout [UInt8], _ mutator: inout Mutator) {
        guard data.count >= 4 else { return }
        let place = mutator.below(data.count / 4) * 4
        let value = mutator.pick([
            Float.nan, .infinity, -.infinity, .greatestFiniteMagnitude, -1e30, .leastNonzeroMagnitude,
        ])
        withUnsafeBytes(of: value.bitPattern.littleEndian) { data.replaceSubrange(place..<place + 4, with: $0) }
    }

    /// Mostly makes the checksum right again, so that what comes after its check is reached.
    private static func fixingChecksum(_ bytes: [UInt8], _ mutator: inout Mutator) -> [UInt8] {
        mutator.once(in: 4) ? bytes : withChecksum(bytes)
    }

    /// The same file with the checksum that it should have, when it states one where the program writes it.
    static func withChecksum(_ bytes: [UInt8]) -> [UInt8] {
        let prefix = Array("{\"__metadata__\":{\"crc32\":\"".utf8)
        let start = 8 + prefix.count
        guard bytes.count > start + 8, bytes[8..<start].elementsEqual(prefix) else { return bytes }
        var fixed = bytes
        fixed.replaceSubrange(start..<start + 8, with: "00000000".utf8)
        var checksum = CRC32()
        fixed.withUnsafeBytes { checksum.update($0) }
        let digits = String(checksum.value, radix: 16)
        fixed.replaceSubrange(start..<start + 8, with: (String(repeating: "0", count: 8 - digits.count) + digits).utf8)
        return fixed
    }
}
