import Foundation
import INNCore

/// An open file with a text, plain or compressed, that is read piece by piece.
final class SourceFile {
    let path: String
    let descriptor: Int32
    /// Bytes when it was opened.
    let count: Int
    /// What it was when it was opened.
    let version: FileVersion

    /// - Throws: ``INNError`` of kind `noInput` for a missing or unreadable file or a directory, `data` for an empty
    ///   one.
    init(_ path: String) throws {
        self.path = path
        // O_NONBLOCK: opening a pipe with nobody on its other end must not hang.
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw Self.openError(path, code: errno) }
        do {
            version = try FileVersion(Self.regularFile(descriptor, path: path))
            count = version.size
        } catch {
            close(descriptor)
            throw error
        }
    }

    deinit { close(descriptor) }

    /// Whether nobody has written to it since it was opened, as far as its size and time tell.
    var isUnchanged: Bool {
        var status = stat()
        return fstat(descriptor, &status) == 0 && FileVersion(status) == version
    }

    /// Fills `target` with what stands from `offset` on, which must lie within ``count``.
    ///
    /// - Throws: ``INNError`` of kind `inputOutput` when the disk fails, or the file was cut short since it was opened.
    func read(at offset: Int, into target: UnsafeMutableRawBufferPointer) throws {
        var done = 0
        while done < target.count {
            let got = pread(
                descriptor, target.baseAddress! + done, min(target.count - done, 1 << 26), off_t(offset + done))
            if got < 0, errno == EINTR { continue }
            guard got > 0 else {
                let problem = got < 0 ? reason(errno) : "it was cut short meanwhile"
                throw INNError(
                    .inputOutput,
                    """
                    \(path) cannot be read to its end (\(problem)): check the file and the disk it is on, and try \
                    again.
                    """
                )
            }
            done += got
        }
    }

    /// Calls `body` with the file in pieces, in order; the memory is valid only during the call.
    func forEachPiece(of size: Int, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: min(size, count), alignment: 16)
        defer { buffer.deallocate() }
        for start in stride(from: 0, to: count, by: size) {
            let piece = UnsafeMutableRawBufferPointer(rebasing: buffer[0..<min(size, count - start)])
            try read(at: start, into: piece)
            try body(UnsafeRawBufferPointer(piece))
        }
    }

    /// The first bytes, at most so many.
    func prefix(_ length: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: min(length, count))
        try bytes.withUnsafeMutableBytes { try read(at: 0, into: $0) }
        return bytes
    }

    private static func regularFile(_ descriptor: Int32, path: String) throws -> stat {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw INNError(.inputOutput, "\(path) cannot be examined (\(reason(errno))): check the disk it is on.")
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw INNError(.noInput, "\(path) is a directory: name a text file inside it.")
        default: throw oddFile(path)
        }
        guard status.st_size > 0 else {
            throw INNError(.data, "\(path) is empty: name a file that holds text.")
        }
        return status
    }

    private static func oddFile(_ path: String) -> INNError {
        INNError(.noInput, "\(path) is not a regular file: save its content to a file and name that.")
    }

    private static func openError(_ path: String, code: Int32) -> INNError {
        switch code {
        case ENOENT, ENOTDIR:
            INNError(
                .noInput,
                "\(path) does not exist: check the path, or use one of the built-in names text8, enwik8 and sample.")
        case EACCES, EPERM:
            INNError(.noInput, "\(path) may not be read: give yourself read permission or name another file.")
        // That is what opening a socket says.
        case ENXIO: oddFile(path)
        default: INNError(.noInput, "\(path) cannot be opened (\(reason(code))): check the file and try again.")
        }
    }
}
