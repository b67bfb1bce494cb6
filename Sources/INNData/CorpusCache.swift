import Foundation
import INNCore

/// The folder in which text that had to be decompressed, normalised or downloaded is kept, so that it can be mapped the
/// next time.
struct CorpusCache: Sendable {
    let directory: String

    /// `$XDG_CACHE_HOME/inn-tui` or `~/.cache/inn-tui`; nil when neither variable names an absolute path.
    static func userDirectory(environment: [String: String]) -> String? {
        if let base = environment["XDG_CACHE_HOME"], base.hasPrefix("/") { return base + "/inn-tui" }
        if let home = environment["HOME"], home.hasPrefix("/") { return home + "/.cache/inn-tui" }
        return nil
    }

    /// Where the converted form of a file is kept: a name made from its path, size and modification time and from the
    /// conversion.
    ///
    /// - Returns: nil when the file cannot be examined.
    func path(forConverted source: String, conversion: CorpusConversion) -> String? {
        var status = stat()
        guard stat(source, &status) == 0 else { return nil }
        #if canImport(Darwin)
        let modified = status.st_mtimespec
        #else
        let modified = status.st_mtim
        #endif
        var hash = FNV1a()
        let absolute = URL(fileURLWithPath: source).standardizedFileURL.path
        hash.append("\(conversion.rawValue)\0\(absolute)\0\(status.st_size)\0\(modified.tv_sec)\0\(modified.tv_nsec)")
        return "\(directory)/corpora/\(URL(fileURLWithPath: source).lastPathComponent)-\(hash.hexadecimal)"
    }

    /// Writes a file through a temporary neighbour that is renamed when it is complete, so that nobody ever sees half
    /// of it.
    ///
    /// - Parameter produce: writes the content with the function it is given.
    /// - Throws: ``CacheFailure`` when the cache cannot be written (read-only, full); whatever `produce` throws.
    ///   Nothing is left behind.
    func store(at path: String, _ produce: ((UnsafeRawBufferPointer) throws -> Void) throws -> Void) throws {
        let folder = (path as NSString).deletingLastPathComponent
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw CacheFailure(path: folder, detail: "the folder cannot be made")
        }
        var template = Array("\(path).XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw CacheFailure(path: folder, detail: reason(errno)) }
        let temporary = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        var isComplete = false
        defer {
            close(descriptor)
            if !isComplete { unlink(temporary) }
        }
        try produce { try Self.writeAll($0, to: descriptor, path: path) }
        guard fsync(descriptor) == 0, rename(temporary, path) == 0 else {
            throw CacheFailure(path: path, detail: reason(errno))
        }
        isComplete = true
    }

    private static func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, path: String) throws {
        var rest = bytes
        while !rest.isEmpty {
            let written = write(descriptor, rest.baseAddress, rest.count)
            if written < 0 {
                if errno == EINTR { continue }
                throw CacheFailure(path: path, detail: reason(errno))
            }
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(written))
        }
    }
}

/// The cache could not be written; text is then kept in memory instead.
struct CacheFailure: Error {
    let path: String
    let detail: String
}
