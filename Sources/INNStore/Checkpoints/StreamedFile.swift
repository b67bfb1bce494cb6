import Foundation
import INNCore

/// A file for long text that is written piece by piece, compressed where its name ends with `.gz`.
///
/// A regular file appears under its name when it is complete and keeps its old content until then. Anything
/// else that is there already, a device or a pipe that somebody reads, is written to as it is.
public final class StreamedFile {
    private let target: any Target
    private let gzip: GzipStream?

    /// - Throws: ``INNError`` when it cannot be created.
    public init(_ path: String) throws {
        gzip = path.hasSuffix(".gz") ? try GzipStream() : nil
        var status = stat()
        let kind = stat(path, &status) == 0 ? status.st_mode & S_IFMT : S_IFREG
        switch kind {
        case S_IFREG: target = try RegularTarget(URL(fileURLWithPath: path))
        case S_IFDIR: throw SystemError.creating(path, EISDIR)
        default: target = try OpenTarget(path)
        }
    }

    /// - Throws: ``INNError`` of kind `inputOutput`, for example when the disk is full.
    public func write(_ text: String) throws {
        var text = text
        try text.withUTF8 { bytes in
            if let gzip {
                try put(gzip.compressed(UnsafeRawBufferPointer(bytes)))
            } else {
                try target.write(UnsafeRawBufferPointer(bytes))
            }
        }
    }

    /// Writes the rest and makes the file appear under its name. To be called once, at the end.
    public func finish() throws {
        if let gzip { try put(gzip.finish()) }
        try target.finish()
    }

    private func put(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try target.write($0) } }
}

private protocol Target: AnyObject {
    func write(_ bytes: UnsafeRawBufferPointer) throws
    func finish() throws
}

private final class RegularTarget: Target {
    private var file: AtomicFile

    init(_ url: URL) throws { file = try AtomicFile(url) }

    func write(_ bytes: UnsafeRawBufferPointer) throws { try file.write(bytes) }
    func finish() throws { try file.commit() }
}

private final class OpenTarget: Target {
    private let path: String
    private let descriptor: Int32

    init(_ path: String) throws {
        self.path = path
        // O_NONBLOCK: opening a pipe that nobody reads must not hang.
        descriptor = open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else {
            let code = errno
            throw code == ENXIO
                ? INNError(.cannotCreate, "'\(path)' is a pipe or socket that nobody reads; start its reader first.")
                : SystemError.creating(path, code)
        }
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~O_NONBLOCK)
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    func write(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = Foundation.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress!, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw SystemError.writing(path, count < 0 ? errno : EIO) }
            rest = rest.dropFirst(count)
        }
    }

    func finish() {}
}
