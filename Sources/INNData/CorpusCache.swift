import Foundation
import INNCore

/// The folder in which text that had to be decompressed, normalised or downloaded is kept for the next time.
struct CorpusCache: Sendable {
    let directory: String

    /// `$XDG_CACHE_HOME/inn-tui` or `~/.cache/inn-tui`; nil when neither variable names an absolute path.
    static func userDirectory(environment: [String: String]) -> String? {
        if let base = environment["XDG_CACHE_HOME"], base.hasPrefix("/") { return base + "/inn-tui" }
        if let home = environment["HOME"], home.hasPrefix("/") { return home + "/.cache/inn-tui" }
        return nil
    }

    /// Where the converted form of a file is kept: a name made from its path, from its size and modification time when
    /// it was opened, and from the conversion.
    func path(forConverted source: SourceFile, conversion: CorpusConversion) -> String {
        let version = source.version
        var hash = FNV1a()
        let url = URL(fileURLWithPath: source.path)
        hash.append(
            "\(conversion.rawValue)\0\(url.standardizedFileURL.path)\0\(version.size)\0\(version.seconds)\0"
                + "\(version.nanoseconds)")
        return "\(directory)/corpora/\(url.lastPathComponent)-\(hash.hexadecimal)"
    }

    /// Writes a file through a temporary neighbour that is renamed when it is complete, so that nobody ever sees half
    /// of it.
    ///
    /// - Parameter produce: writes the content with the function it is given.
    /// - Throws: ``CacheFailure`` when the cache cannot be written (read-only, full); whatever `produce` throws.
    ///   Nothing is left behind.
    func store(at path: String, _ produce: ((UnsafeRawBufferPointer) throws -> Void) throws -> Void) throws {
        let (descriptor, temporary) = try makeTemporary(for: path)
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

    /// Writes a file without a name, which nobody else can shorten, and which is gone when its descriptor is closed.
    ///
    /// - Parameters: as of ``store(at:_:)``.
    /// - Returns: its descriptor, for the caller to close.
    /// - Throws: as ``store(at:_:)``.
    func storeNameless(_ produce: ((UnsafeRawBufferPointer) throws -> Void) throws -> Void) throws -> Int32 {
        let path = "\(directory)/corpora/private"
        let (descriptor, temporary) = try makeTemporary(for: path)
        unlink(temporary)
        do {
            try produce { try Self.writeAll($0, to: descriptor, path: path) }
        } catch {
            close(descriptor)
            throw error
        }
        return descriptor
    }

    private func makeTemporary(for path: String) throws -> (descriptor: Int32, path: String) {
        let folder = (path as NSString).deletingLastPathComponent
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw CacheFailure(path: folder, detail: "the folder cannot be made")
        }
        var template = Array("\(path).XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw CacheFailure(path: folder, detail: reason(errno)) }
        return (descriptor, String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self))
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
