import INNCore

/// How the processes of a training pass values on: the collective operations of MPI that it needs. All ranks call the
/// same ones in the same order, one thread of each at a time.
///
/// - Throws: from every operation, ``INNError`` of kind `unavailable` when a rank is gone.
package protocol RankTransport: AnyObject, Sendable {
    /// This process, 0 ..< ``size``.
    var rank: Int { get }
    var size: Int { get }

    /// Overwrites the bytes of all ranks with those of rank 0.
    func broadcast(_ bytes: UnsafeMutableRawBufferPointer) throws
    /// Puts the bytes of all ranks side by side in `all`, which only rank 0 needs.
    func gather(_ bytes: UnsafeRawBufferPointer, into all: UnsafeMutableRawBufferPointer?) throws
    /// Sends the r-th part of `own` to rank r and puts what rank r sends into the r-th part of `all`.
    ///
    /// - Parameters:
    ///   - own: `[size, count]`.
    ///   - all: `[size, count]`.
    func exchange(_ own: UnsafePointer<Float>, into all: UnsafeMutablePointer<Float>, count: Int) throws
    /// Puts the `count` values of every rank side by side in `all`, `[size, count]`.
    func collect(_ own: UnsafePointer<Float>, into all: UnsafeMutablePointer<Float>, count: Int) throws
}

extension RankTransport {
    /// Overwrites the value of all ranks with rank 0's.
    func broadcast<Value: BitwiseCopyable>(_ value: inout Value) throws {
        try withUnsafeMutableBytes(of: &value) { try broadcast($0) }
    }

    /// The bytes of rank 0, on all ranks.
    ///
    /// - Parameter count: known to all.
    func broadcast(_ bytes: [UInt8]?, count: Int) throws -> [UInt8] {
        var bytes = bytes ?? [UInt8](repeating: 0, count: count)
        guard count > 0 else { return bytes }
        try bytes.withUnsafeMutableBytes { try broadcast($0) }
        return bytes
    }

    /// What all ranks say, in their order, at rank 0; nothing at the others.
    func gather(_ values: [Double]) throws -> [[Double]] {
        var all = [Double](repeating: 0, count: rank == 0 ? size * values.count : 0)
        try values.withUnsafeBytes { own in
            try all.withUnsafeMutableBytes { try gather(own, into: rank == 0 ? $0 : nil) }
        }
        return stride(from: 0, to: all.count, by: max(1, values.count)).map { Array(all[$0..<$0 + values.count]) }
    }

    /// The same for texts, which are cut after ``textLimit`` bytes.
    func gather(_ text: String) throws -> [String] {
        var bytes = Array(text.utf8.prefix(Self.textLimit))
        bytes += [UInt8](repeating: 0, count: Self.textLimit - bytes.count)
        var all = [UInt8](repeating: 0, count: rank == 0 ? size * Self.textLimit : 0)
        try bytes.withUnsafeBytes { own in
            try all.withUnsafeMutableBytes { try gather(own, into: rank == 0 ? $0 : nil) }
        }
        return stride(from: 0, to: all.count, by: Self.textLimit).map {
            String(decoding: all[$0..<$0 + Self.textLimit].prefix { $0 != 0 }, as: UTF8.self)
        }
    }

    private static var textLimit: Int { 2048 }
}
