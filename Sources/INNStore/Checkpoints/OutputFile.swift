import Foundation
import INNCore

/// A file that the user asked for: the one way in which this program writes to a path that it was given.
///
/// A regular file appears under its name when it is complete, keeps its old content until then and its permissions
/// for good. Anything else that is there already is written to as it is: a device, a pipe that somebody reads, a
/// descriptor such as `/dev/stdout`. Symbolic links are followed, also where they lead to nothing yet.
///
/// Not for the files of a run, where a link that somebody put into a folder must not lead a training astray.
public final class OutputFile {
    private enum Target {
        case regular(RegularTarget)
        case open(OpenTarget)
    }

    private let target: Target

    /// - Throws: ``INNError`` of kind `cannotCreate` when it cannot be created or opened.
    public init(_ path: String) throws { target = try Self.target(OutputPath(path)) }

    private static func target(_ path: OutputPath) throws -> Target {
        switch path {
        case .descriptor(let number, let name): return .open(try OpenTarget(descriptor: number, name))
        case .other(let name): return .open(try OpenTarget(name))
        case .regular(let name, let old):
            do {
                return .regular(try RegularTarget(name, replacing: old))
            } catch let error as INNError where old != nil && [EACCES, EPERM, EROFS].contains(error.systemCode ?? 0) {
                // Its folder takes no new files, but it may be written to itself.
                return .open(try OpenTarget(name, truncates: true))
            }
        }
    }

    /// - Throws: ``INNError`` of kind `inputOutput`, for example when the disk is full; its system code is `EPIPE` when
    ///   whoever reads went away.
    public func write(_ bytes: UnsafeRawBufferPointer) throws {
        switch target {
        case .regular(let file): try file.write(bytes)
        case .open(let file): try file.write(bytes)
        }
    }

    /// Makes a regular file appear under its name. To be called once, at the end.
    public func finish() throws {
        if case .regular(let file) = target { try file.finish() }
    }

    /// Writes a whole file.
    public static func write(_ data: Data, to url: URL) throws {
        let file = try OutputFile(url.path)
        try data.withUnsafeBytes { try file.write($0) }
        try file.finish()
    }

    /// Makes sure, before minutes of work, that a file could be written there.
    ///
    /// - Throws: ``INNError`` of kind `cannotCreate`. Nothing is left behind.
    public static func requireWritable(_ url: URL) throws {
        // A pipe is opened only once there is something to write: its reader would see it end.
        if case .regular = try OutputPath(url.path) { _ = try OutputFile(url.path) }
    }
}

private final class RegularTarget {
    private var file: AtomicFile

    init(_ path: String, replacing old: stat?) throws {
        file = try AtomicFile(URL(fileURLWithPath: path))
        if let old { file.adopt(old) }
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws { try file.write(bytes) }
    func finish() throws { try file.commit() }
}

private final class OpenTarget {
    private let path: String
    private let descriptor: Int32
    /// Whether what a regular file held is still to be dropped, which waits until there is something else.
    private var mustTruncate: Bool

    init(_ path: String, truncates: Bool = false) throws {
        (self.path, mustTruncate) = (path, truncates)
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

    /// What this process was started with, such as its standard output, with its place in the file.
    init(descriptor number: Int32, _ path: String) throws {
        (self.path, mustTruncate) = (path, false)
        descriptor = fcntl(number, F_DUPFD_CLOEXEC, 3)
        guard descriptor >= 0 else {
            throw INNError(.cannotCreate, "'\(path)' is not open; redirect it to a file or name a file.")
        }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    func write(_ bytes: UnsafeRawBufferPointer) throws {
        if mustTruncate, ftruncate(descriptor, 0) != 0 { throw SystemError.writing(path, errno) }
        mustTruncate = false
        let code = writeWhole(bytes, to: descriptor)
        guard code == 0 else { throw SystemError.writing(path, code) }
    }
}

/// Writes all of the bytes, also where somebody else made the descriptor non-blocking.
///
/// - Returns: 0, or the `errno` of what prevented it.
package func writeWhole(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int32 {
    var rest = bytes[...]
    while !rest.isEmpty {
        let count = Foundation.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress!, rest.count)
        if count > 0 {
            rest = rest.dropFirst(count)
        } else if count == 0 {
            return EIO
        } else if errno == EAGAIN {
            var output = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            poll(&output, 1, -1)
        } else if errno != EINTR {
            return errno
        }
    }
    return 0
}
