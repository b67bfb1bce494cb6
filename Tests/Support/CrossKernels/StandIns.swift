import CKernels
import Glibc

// What the kernel tests use of INNCore and of the testing library, as far as they can be had without a standard library
// of that processor. Everything else is compiled from its own file.

/// Embedded Swift has no `Codable`; nothing is encoded here.
protocol Codable {}
protocol CustomTestStringConvertible {}

/// See `INNCore/Tensor/Workspace.swift`.
enum Workspace {
    static func allocate(_ count: Int) -> UnsafeMutablePointer<Float> {
        let raw = UnsafeMutableRawPointer.allocate(byteCount: max(count, 1) * MemoryLayout<Float>.stride, alignment: 64)
        return raw.bindMemory(to: Float.self, capacity: max(count, 1))
    }
}

/// See `INNCore/Autodiff/Operations/RoutingWeights.swift`.
enum RoutingWeights {
    static func count(tokens: Int, heads: Int, neurons: Int) -> Int {
        let lanes = Int(INN_ATTENTION_LANES)
        return (tokens + lanes - 1) / lanes * lanes * heads * neurons * neurons
    }
}
