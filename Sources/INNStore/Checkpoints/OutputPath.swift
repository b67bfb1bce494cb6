import Foundation
import INNCore

/// What stands at a path that is to be written to, with symbolic links followed.
enum OutputPath {
    /// A regular file, or a name that is free; `old` is what stands there.
    case regular(String, old: stat?)
    /// An open descriptor of this process.
    case descriptor(Int32, String)
    /// A device, a pipe or a socket.
    case other(String)

    /// As many links as Linux follows.
    private static let mostLinks = 40

    /// - Throws: ``INNError`` of kind `cannotCreate` for a folder, links that lead in a circle, and what may not be
    ///   looked at.
    init(_ path: String) throws {
        var place = path
        for _ in 0...Self.mostLinks {
            if let number = Self.descriptor(place) {
                self = .descriptor(number, path)
                return
            }
            var status = stat()
            guard lstat(place, &status) == 0 else {
                guard errno == ENOENT else { throw SystemError.creating(path, errno) }
                self = .regular(place, old: nil)
                return
            }
            switch status.st_mode & S_IFMT {
            case S_IFREG: self = .regular(place, old: status)
            case S_IFDIR: throw SystemError.creating(path, EISDIR)
            case S_IFLNK:
                // The links of /proc lead where their text does not say.
                if place.hasPrefix("/proc/") {
                    self = .other(place)
                    return
                }
                place = try Self.target(of: place, path)
                continue
            default: self = .other(place)
            }
            return
        }
        throw INNError(
            .cannotCreate, "'\(path)' cannot be created because its links lead in a circle; choose another name.")
    }

    private static func target(of link: String, _ path: String) throws -> String {
        var bytes = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = bytes.withUnsafeMutableBytes { readlink(link, $0.baseAddress!, $0.count) }
        guard count > 0 else { throw SystemError.creating(path, count < 0 ? errno : ENOENT) }
        let target = String(decoding: bytes[..<count], as: UTF8.self)
        if target.hasPrefix("/") { return target }
        guard let slash = link.lastIndex(of: "/") else { return target }
        return link[...slash] + target
    }

    /// The number in a name for one of this process's descriptors.
    private static func descriptor(_ path: String) -> Int32? {
        switch path {
        case "/dev/stdin": return STDIN_FILENO
        case "/dev/stdout": return STDOUT_FILENO
        case "/dev/stderr": return STDERR_FILENO
        default: break
        }
        for folder in ["/dev/fd/", "/proc/self/fd/", "/proc/thread-self/fd/", "/proc/\(getpid())/fd/"]
        where path.hasPrefix(folder) {
            return Int32(path.dropFirst(folder.count))
        }
        return nil
    }
}
