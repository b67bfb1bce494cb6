import Foundation
import INNCore

/// A folder held open: it stays the same folder when somebody renames it and puts another one in its place.
///
/// A path is only a way to a folder. A program that writes to a path for hours may end up writing into somebody else's
/// folder.
final class HeldFolder: @unchecked Sendable {
    let descriptor: Int32
    private let identity: FileIdentity
    private let originalPath: String

    /// - Throws: ``INNError`` of kind `noInput` or `cannotCreate` when there is no such folder or it cannot be read.
    init(_ url: URL) throws {
        originalPath = url.path
        descriptor = open(url.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemError.readingFolder(url.path, errno) }
        guard let identity = FileIdentity(descriptor: descriptor) else {
            let failure = errno
            close(descriptor)
            throw SystemError.readingFolder(url.path, failure)
        }
        self.identity = identity
    }

    deinit { close(descriptor) }

    /// What has become of the folder's place.
    enum Whereabouts {
        case at(URL)
        case deleted
        /// It cannot be told, for example because a folder above it may not be entered at the moment.
        case unreachable(code: Int32)
    }

    var whereabouts: Whereabouts {
        // Without /proc only a folder that has not moved is found again.
        let path = Self.path(of: descriptor) ?? originalPath
        var status = stat()
        let failure = stat(path, &status) == 0 ? 0 : errno
        if failure == 0, FileIdentity(path: path) == identity {
            return .at(URL(filePath: path, directoryHint: .isDirectory))
        }
        if fstat(descriptor, &status) == 0, status.st_nlink == 0 { return .deleted }
        // Its disk was taken away, or another one lies over it.
        return .unreachable(code: failure == 0 ? ENOENT : failure)
    }

    private static func path(of descriptor: Int32) -> String? {
        #if os(Linux)
        var bytes = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/fd/\(descriptor)", &bytes, bytes.count)
        return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
        #else
        var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
        return fcntl(descriptor, F_GETPATH, &bytes) == 0 ? String(cString: bytes) : nil
        #endif
    }
}

/// Which file a path or a descriptor leads to: device and inode.
package struct FileIdentity: Equatable, Sendable {
    private let device: UInt64
    private let inode: UInt64

    private init(_ status: stat) {
        device = UInt64(truncatingIfNeeded: status.st_dev)
        inode = UInt64(truncatingIfNeeded: status.st_ino)
    }

    /// Nil when the descriptor cannot be asked.
    init?(descriptor: Int32) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        self.init(status)
    }

    /// Nil when there is nothing at the path.
    package init?(path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        self.init(status)
    }
}
