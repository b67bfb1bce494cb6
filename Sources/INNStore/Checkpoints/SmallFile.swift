import Foundation
import INNCore

/// Files of the user that are read whole and not kept open.
public enum SmallFile {
    /// The beginning of a regular file, or all of it where it is shorter. Of a pipe or a device, which may never
    /// answer, nothing is read.
    ///
    /// - Throws: ``INNError`` of kind `noInput` or `inputOutput`.
    public static func bytes(of path: String, upTo limit: Int) throws -> [UInt8] {
        let file = try RandomAccessBytes(contentsOf: URL(fileURLWithPath: path))
        return try file.bytes(at: 0, count: min(limit, file.count))
    }
}
