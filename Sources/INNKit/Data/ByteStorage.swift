import Foundation

/// Immutable bytes, either mapped from a file or owned; the only place of the data code that holds raw memory for longer than a call.
///
/// Sendable because nothing can write to the memory once it is initialised.
final class ByteStorage: @unchecked Sendable {
    let bytes: UnsafeRawBufferPointer
    private let isMapped: Bool

    var count: Int { bytes.count }

    /// Copies bytes into memory of its own.
    init(copying source: [UInt8]) {
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: max(source.count, 1), alignment: 16)
        copy.copyBytes(from: source)
        bytes = UnsafeRawBufferPointer(rebasing: copy[0..<source.count])
        isMapped = false
    }

    /// Maps a regular file read-only; the file may be deleted or replaced (by rename) afterwards without harm.
    /// Only shortening it in place while it is mapped is fatal (SIGBUS), as with every mapped file.
    ///
    /// - Throws: ``INNError`` of kind `noInput` for a missing or unreadable file or a directory, `data` for an empty one.
    init(mapping path: String) throws {
        // O_NONBLOCK: opening a pipe with nobody on its other end must not hang.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw Self.openError(path, code: errno) }
        defer { close(descriptor) }
        let length = try Self.regularFileLength(of: descriptor, path: path)
        guard let address = mmap(nil, length, PROT_READ, MAP_PRIVATE, descriptor, 0), address != MAP_FAILED else {
            throw INNError(.inputOutput, "\(path) cannot be mapped into memory (\(reason(errno))): copy it to a local disk and try again.")
        }
        madvise(address, length, MADV_WILLNEED)
        bytes = UnsafeRawBufferPointer(start: address, count: length)
        isMapped = true
    }

    deinit {
        if isMapped {
            munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress!), bytes.count)
        } else {
            bytes.baseAddress!.deallocate()
        }
    }

    private static func regularFileLength(of descriptor: Int32, path: String) throws -> Int {
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
        return Int(status.st_size)
    }

    private static func oddFile(_ path: String) -> INNError {
        INNError(.noInput, "\(path) is not a regular file: save its content to a file and name that.")
    }

    static func openError(_ path: String, code: Int32) -> INNError {
        switch code {
        case ENOENT, ENOTDIR: INNError(.noInput, "\(path) does not exist: check the path, or use one of the built-in names text8, enwik8 and sample.")
        case EACCES, EPERM: INNError(.noInput, "\(path) may not be read: give yourself read permission or name another file.")
        // That is what opening a socket says.
        case ENXIO: oddFile(path)
        default: INNError(.noInput, "\(path) cannot be opened (\(reason(code))): check the file and try again.")
        }
    }
}

/// The system's words for an error number, for the middle of a sentence.
func reason(_ code: Int32) -> String {
    String(cString: strerror(code)).lowercased()
}
