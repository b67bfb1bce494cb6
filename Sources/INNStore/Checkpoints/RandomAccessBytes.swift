import Foundation
import INNCore

/// Bytes that can be read at any offset: an open file or memory.
///
/// Files are read with `pread` rather than mapped: a mapped file that another process cuts short kills the reader
/// with SIGBUS, and tensors are copied into their place anyway.
final class RandomAccessBytes: Sendable {
    private enum Storage: Sendable {
        case file(descriptor: Int32)
        case memory([UInt8])
    }

    private let storage: Storage
    /// For messages.
    let path: String
    let count: Int

    init(_ bytes: [UInt8], name: String) {
        storage = .memory(bytes)
        path = name
        count = bytes.count
    }

    /// - Throws: ``INNError`` of kind `noInput` when the file is missing, unreadable or no regular file.
    init(contentsOf url: URL) throws {
        path = url.path
        // O_NONBLOCK: opening a pipe with nobody on its other end must not hang.
        let descriptor = open(url.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw SystemError.reading(url.path, errno) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            let isFolder = status.st_mode & S_IFMT == S_IFDIR
            close(descriptor)
            throw isFolder ? SystemError.reading(url.path, EISDIR) : SystemError.oddFile(url.path)
        }
        storage = .file(descriptor: descriptor)
        count = Int(status.st_size)
    }

    deinit {
        if case .file(let descriptor) = storage { close(descriptor) }
    }

    /// Fills `target` from `offset`; the range must lie inside `0 ..< count`.
    /// - Throws: ``INNError`` of kind `inputOutput` when the disk fails or the file was cut short after opening.
    func read(at offset: Int, into target: UnsafeMutableRawBufferPointer) throws {
        precondition(offset >= 0 && offset + target.count <= count)
        switch storage {
        case .memory(let bytes):
            bytes.withUnsafeBytes {
                target.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[offset..<offset + target.count]))
            }
        case .file(let descriptor):
            var done = 0
            while done < target.count {
                let got = pread(descriptor, target.baseAddress! + done, target.count - done, off_t(offset + done))
                if got < 0, errno == EINTR { continue }
                guard got > 0 else {
                    let reason = got < 0 ? SystemError.phrase(errno) : "it was cut short while it was read"
                    throw INNError(
                        .inputOutput,
                        "The file '\(path)' cannot be read because \(reason); check the disk and try again.")
                }
                done += got
            }
        }
    }

    func bytes(at offset: Int, count: Int) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            try read(
                at: offset,
                into: UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<count]))
            initialized = count
        }
    }
}
