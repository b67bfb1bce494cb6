import Foundation
import INNKit

/// Any safetensors file: header, every tensor as floats and integers, checksum.
final class SafetensorsFuzz: FuzzReader {
    static let name = "safetensors"
    let seeds: [[UInt8]]

    init(scratch: URL) throws {
        seeds = [
            try FuzzModels.bytes(in: scratch) { url in
                try SafetensorsWriter.write(
                    [
                        SafetensorsEntry(
                            name: "w", shape: [2, 3], floats: [0, -0.0, 1.5, .infinity, .leastNonzeroMagnitude, .nan]),
                        SafetensorsEntry(name: "ids", shape: [2], ints: [.min, .max]),
                        SafetensorsEntry(name: "empty", shape: [0, 4], floats: []),
                        SafetensorsEntry(name: "scalar", shape: [], floats: [7]),
                    ], metadata: ["config": "{\"a\": \"b\\n\"}", "ünï\u{1}": "tab\tquote\"slash\\"], to: url)
            },
            Self.foreign("F16", 2), Self.foreign("BF16", 2), Self.foreign("F64", 8), Self.foreign("I64", 8),
            Self.foreign("U8", 1), Self.foreign("BOOL", 1),
        ]
    }

    /// A file as another program writes it.
    private static func foreign(_ type: String, _ size: Int) -> [UInt8] {
        let json = Array("{\"t\":{\"dtype\":\"\(type)\",\"shape\":[2,2],\"data_offsets\":[0,\(4 * size)]}}  ".utf8)
        return withUnsafeBytes(of: UInt64(json.count).littleEndian, Array.init) + json
            + [UInt8](repeating: 0x3C, count: 4 * size)
    }

    func mutated(_ mutator: inout Mutator) -> [UInt8] { SafetensorsMutation.mutated(seeds, &mutator) }

    func read(_ bytes: [UInt8]) throws {
        let file = try SafetensorsFile(bytes: bytes, name: "input.safetensors")
        for name in file.names {
            let tensor = try file.tensor(named: name)
            _ = try? tensor.floats()
            _ = try? tensor.ints()
        }
        _ = try file.verifyChecksum()
    }
}
