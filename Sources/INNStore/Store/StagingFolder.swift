import Foundation
import INNCore

/// A hidden folder beside the runs in which a new run is put together before it gets its name.
///
/// While its maker lives the folder is locked; the operating system ends that when a process is killed, and then the
/// next one removes what it left.
final class StagingFolder {
    let url: URL
    /// Whether the folder has got its name, so that it must not be removed any more.
    var isPlaced = false
    private let held: HeldFolder

    private static let prefix = ".new-"
    /// Between its making and its locking a folder looks like one that was left behind.
    private static let secondsBeforeStale = 60.0

    /// - Throws: ``INNError`` of kind `cannotCreate` or `inputOutput`.
    init(in runsFolder: URL) throws {
        url = runsFolder.appending(path: Self.prefix + UUID().uuidString)
        guard mkdir(url.path, 0o755) == 0 else { throw SystemError.creating(url.path, errno) }
        held = try HeldFolder(url)
        flock(held.descriptor, LOCK_EX | LOCK_NB)
    }

    deinit {
        if !isPlaced { Self.remove(url) }
        flock(held.descriptor, LOCK_UN)
    }

    /// Removes the folders that killed processes left.
    static func removeStale(in runsFolder: URL) {
        let names = (try? FolderNames.read(runsFolder)) ?? []
        for name in names where name.hasPrefix(prefix) && UUID(uuidString: String(name.dropFirst(prefix.count))) != nil
        {
            let url = runsFolder.appending(path: name)
            guard isOld(url), let folder = try? HeldFolder(url), flock(folder.descriptor, LOCK_EX | LOCK_NB) == 0 else {
                continue
            }
            remove(url)
            flock(folder.descriptor, LOCK_UN)
        }
    }

    private static func isOld(_ url: URL) -> Bool {
        var status = stat()
        guard lstat(url.path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return false }
        #if os(Linux)
        let changed = status.st_mtim
        #else
        let changed = status.st_mtimespec
        #endif
        return Date().timeIntervalSince1970 - Double(changed.tv_sec) > secondsBeforeStale
    }

    /// Removes the configuration and its unfinished file, and the folder when nothing else is in it.
    private static func remove(_ url: URL) {
        AtomicFile.removeLeftovers(in: url) { $0 == RunFolder.configName }
        unlink(url.appending(path: RunFolder.configName).path)
        rmdir(url.path)
    }
}
