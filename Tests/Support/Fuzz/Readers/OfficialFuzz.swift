import Foundation
import INNKit

/// The author's PyTorch weights.
final class OfficialFuzz: FuzzReader {
    static let name = "pytorch"
    let seeds: [[UInt8]]

    init(scratch: URL) throws {
        seeds = try [MemorySharing.conv, .all].map { sharing in
            let network = try FuzzModels.network(sharing, gate: .off, selfEdges: true)
            return try FuzzModels.bytes(in: scratch) { try OfficialExport.write(network, to: $0) }
        }
    }

    func mutated(_ mutator: inout Mutator) -> [UInt8] { SafetensorsMutation.mutated(seeds, &mutator) }

    func read(_ bytes: [UInt8]) throws {
        let file = try SafetensorsFile(bytes: bytes, name: "input.safetensors")
        FuzzModels.use(try OfficialImport(file, isStrict: bytes.count % 2 == 0).network())
    }
}
