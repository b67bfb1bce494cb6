import Foundation
import GRDB
import INNCore

/// A run's database where SQLite cannot open it, because it needs to write beside it even for reading: a copy of a
/// run that was being trained, on a disk that takes no writing or in the folder of somebody else, without the `-shm`
/// file, which holds nothing worth copying.
enum DatabaseCopy {
    private static let suffixes = ["", "-wal", "-journal"]

    /// Whether an error comes from a place that cannot be written, so that a copy elsewhere can be read.
    static func helps(against error: DatabaseError, _ url: URL) -> Bool {
        let code = error.resultCode.primaryResultCode
        return [.SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_IOERR].contains(code) && access(url.path, R_OK) == 0
    }

    /// Opens a copy that SQLite has put in order. Its files are gone again as soon as it is open.
    ///
    /// - Parameter configuration: for a database that can be written.
    /// - Throws: ``INNError`` of kind `temporary` when somebody writes the original meanwhile, `inputOutput` when there
    ///   is no room for a copy.
    static func open(_ url: URL, _ configuration: Configuration) throws -> DatabaseQueue {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let copy = folder.appending(path: url.lastPathComponent)
        let before = suffixes.map { FileVersion(url.path + $0) }
        for (suffix, version) in zip(suffixes, before) where version != nil {
            try AtomicFile.copy(URL(filePath: url.path + suffix), to: URL(filePath: copy.path + suffix))
        }
        guard before == suffixes.map({ FileVersion(url.path + $0) }) else {
            throw INNError(
                .temporary,
                "The run database '\(url.path)' is being written; try again when its training has ended.")
        }
        let database = try DatabaseQueue(path: copy.path, configuration: configuration)
        try database.inDatabase { db in
            try db.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE; PRAGMA query_only = ON")
        }
        return database
    }

    private static func temporaryFolder() throws -> URL {
        let parent = FileManager.default.temporaryDirectory.appending(path: "inn-tui-XXXXXX")
        var template = Array(parent.path.utf8CString)
        guard let made = mkdtemp(&template) else { throw SystemError.creating(parent.path, errno) }
        return URL(filePath: String(cString: made), directoryHint: .isDirectory)
    }
}
