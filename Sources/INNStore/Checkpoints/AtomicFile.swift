import Foundation
import INNCore

/// A file that appears under its name only when it is complete and on disk.
///
/// Bytes go to a temporary file in the same folder; ``commit()`` syncs it, renames it over the name and syncs the
/// folder. Killed at any instant, the name holds the old content or the new one. A value that is dropped without
/// ``commit()`` removes its temporary file.
struct AtomicFile: ~Copyable {
    private let path: String
    private let folder: String
    private let temporaryPath: String
    private let descriptor: Int32
    private var isCommitted = false

    /// - Throws: ``INNError`` of kind `cannotCreate` when the folder is missing or not writable.
    init(_ url: URL) throws {
        path = url.path
        folder = url.deletingLastPathComponent().path
        let tag = String(UInt32.random(in: 0 ... .max), radix: 16)
        temporaryPath = "\(folder)/.\(url.lastPathComponent).\(Self.temporaryMark)\(getpid())-\(tag)"
        descriptor = open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw SystemError.creating(path, errno) }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
        if descriptor >= 0, !isCommitted { unlink(temporaryPath) }
    }

    /// Appends bytes.
    /// - Throws: ``INNError`` of kind `inputOutput`, for example when the disk is full.
    func write(_ bytes: UnsafeRawBufferPointer) throws {
        var written = 0
        while written < bytes.count {
            let count = Foundation.write(descriptor, bytes.baseAddress! + written, bytes.count - written)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw SystemError.writing(path, count < 0 ? errno : EIO) }
            written += count
        }
    }

    /// Overwrites bytes that were written before.
    func overwrite(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws {
        let count = pwrite(descriptor, bytes.baseAddress!, bytes.count, off_t(offset))
        guard count == bytes.count else { throw SystemError.writing(path, count < 0 ? errno : EIO) }
    }

    /// Takes over owner and permissions of the file that this one is to replace.
    func adopt(_ old: stat) {
        // Only root may give files away. Where that fails, the rights of a group are none of the new owner's.
        let isSame = fchown(descriptor, old.st_uid, old.st_gid) == 0
        fchmod(descriptor, old.st_mode & (isSame ? 0o777 : 0o707))
    }

    /// Makes the file appear under its name.
    ///
    /// - Parameter isComplete: called when all of it is on disk, before it gets its name.
    mutating func commit(isComplete: () -> Void = {}) throws {
        guard fsync(descriptor) == 0 else { throw SystemError.writing(path, errno) }
        isComplete()
        guard rename(temporaryPath, path) == 0 else { throw SystemError.creating(path, errno) }
        isCommitted = true
        try Self.syncFolder(folder)
    }

    /// Makes renames and removals inside a folder durable.
    static func syncFolder(_ folder: String) throws {
        let descriptor = open(folder, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemError.writing(folder, errno) }
        defer { close(descriptor) }
        // Some network and overlay file systems cannot sync a folder and say EINVAL; the rename itself stands.
        guard fsync(descriptor) == 0 || errno == EINVAL else { throw SystemError.writing(folder, errno) }
    }

    /// Writes a whole small file atomically.
    static func write(_ data: Data, to url: URL) throws {
        var file = try AtomicFile(url)
        try data.withUnsafeBytes { try file.write($0) }
        try file.commit()
    }

    /// Copies a file, piece by piece, onto another or onto itself: it then is a file of its own.
    static func copy(_ source: URL, to url: URL) throws {
        let bytes = try RandomAccessBytes(contentsOf: source)
        var file = try AtomicFile(url)
        for start in stride(from: 0, to: bytes.count, by: 1 << 20) {
            let piece = try bytes.bytes(at: start, count: min(1 << 20, bytes.count - start))
            try piece.withUnsafeBytes { try file.write($0) }
        }
        try file.commit()
    }

    private static let temporaryMark = "part-"

    /// Removes what killed writers left in a folder, and nothing else. Call only while holding the lock of that
    /// folder's run.
    ///
    /// - Parameter isOwn: whether a file of this name is one that this program writes there.
    static func removeLeftovers(in folder: URL, of isOwn: (String) -> Bool) {
        for path in leftovers(in: folder, of: isOwn) { unlink(path) }
    }

    /// The paths of what killed writers left.
    static func leftovers(in folder: URL, of isOwn: (String) -> Bool) -> [String] {
        ((try? FolderNames.read(folder)) ?? []).compactMap { name in
            // As `init(_:)` names them: .NAME.part-PROCESS-TAG
            guard let match = name.wholeMatch(of: /\.(.+)\.part-[0-9]+(-[0-9a-f]{1,8})?/), isOwn(String(match.1)) else {
                return nil
            }
            let path = "\(folder.path)/\(name)"
            var status = stat()
            return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG ? path : nil
        }
    }
}
