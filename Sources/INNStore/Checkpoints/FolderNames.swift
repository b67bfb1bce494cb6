import Foundation
import INNCore

/// The names in a folder, where "there is none" and "it cannot be read" are different things.
///
/// Taking a folder that cannot be read for an empty one would mean that there is nothing to keep.
package enum FolderNames {
    /// - Returns: the names without `.` and `..`, in no order; nil when there is nothing at the path.
    /// - Throws: ``INNError`` of kind `noInput` or `inputOutput` when something is there that cannot be read: no
    ///   permission, no folder, a link whose target is missing.
    static func read(_ url: URL) throws -> [String]? { try entries(of: url)?.compactMap { $0.isText ? $0.name : nil } }

    /// Names that are no UTF-8, so that what carries them cannot be opened here, with `�` for what is none.
    ///
    /// - Throws: as ``read(_:)``.
    package static func unreadable(in url: URL) throws -> [String] {
        try (entries(of: url) ?? []).compactMap { $0.isText ? nil : $0.name }.sorted()
    }

    private static func entries(of url: URL) throws -> [(name: String, isText: Bool)]? {
        guard let folder = opendir(url.path) else {
            let failure = errno
            if failure == ENOENT, !isThere(url) { return nil }
            throw SystemError.readingFolder(url.path, failure)
        }
        defer { closedir(folder) }
        var names: [(name: String, isText: Bool)] = []
        while true {
            errno = 0
            guard let entry = readdir(folder) else { break }
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: entry.pointee.d_name)) {
                    (name: String(cString: $0), isText: String(validatingCString: $0) != nil)
                }
            }
            if name.name != ".", name.name != ".." { names.append(name) }
        }
        guard errno == 0 else { throw SystemError.readingFolder(url.path, errno) }
        return names
    }

    /// Whether anything has this path, be it a link that leads nowhere.
    package static func isThere(_ url: URL) -> Bool {
        var status = stat()
        return lstat(url.path, &status) == 0
    }

    /// Something in a folder vanished under its writer. Who deletes a folder deletes the files in it first: he gets a
    /// second to finish, in which nothing is written that would keep his folder from going.
    ///
    /// - Returns: whether the folder is gone by then.
    package static func waitsForRemoval(of folder: URL) -> Bool {
        for _ in 0..<50 {
            guard isThere(folder) else { return true }
            usleep(20_000)
        }
        return !isThere(folder)
    }

    /// Whether a file can be found at the path.
    ///
    /// - Throws: ``INNError`` when that cannot be told, for want of permission or behind a link that leads nowhere.
    static func holds(_ url: URL) throws -> Bool {
        var status = stat()
        if stat(url.path, &status) == 0 { return true }
        let failure = errno
        if failure == ENOENT, !isThere(url) { return false }
        throw SystemError.reading(url.path, failure)
    }
}
