import Foundation
import GRDB
import INNCore

/// One row of `bookmarks.sqlite`.
public struct StoredBookmark: Equatable, Sendable {
    public var name: String
    /// Seconds since 1970.
    public var keptAt: Double
    /// Updates that the weights had seen.
    public var step: Int
    /// The view, JSON.
    public var view: String

    public init(name: String, keptAt: Double, step: Int, view: String) {
        (self.name, self.keptAt, self.step, self.view) = (name, keptAt, step, view)
    }
}

/// Views of a network that somebody keeps, in a database of its own beside the run's: only the process that trains a
/// run writes into `run.sqlite`, and whoever explores it does not train it.
public struct BookmarkStore: Sendable {
    private let url: URL
    private static let fileName = "bookmarks.sqlite"

    /// Of a run.
    public init(_ folder: RunFolder) { url = folder.url.appending(path: Self.fileName) }

    /// Of a file of weights that belongs to no run: in a hidden folder beside the runs.
    ///
    /// - Parameter network: name of the file.
    public init(network: String, in runs: URL) {
        url = runs.appending(path: ".bookmarks").appending(path: network).appending(path: Self.fileName)
    }

    private static let migrator: DatabaseMigrator = {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { db in
            try db.execute(
                sql: """
                    CREATE TABLE bookmarks (name TEXT PRIMARY KEY, keptAt REAL NOT NULL, step INTEGER NOT NULL, \
                    view TEXT NOT NULL);
                    CREATE TABLE session (id INTEGER PRIMARY KEY CHECK (id = 1), keptAt REAL NOT NULL, \
                    step INTEGER NOT NULL, view TEXT NOT NULL);
                    """)
        }
        return migrator
    }()

    private static let ownTables = OwnTables(migrator)

    private func open(toWrite: Bool) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        configuration.readonly = !toWrite
        configuration.prepareDatabase { db in
            // A file from a stranger may define views or triggers that call functions; ours has none.
            try db.execute(sql: "PRAGMA trusted_schema = OFF")
        }
        try DatabaseSchema.refuseOddFile(url)
        let database = try DatabaseQueue(path: url.path, configuration: configuration)
        guard try !database.read(Self.migrator.hasBeenSuperseded) else {
            throw INNError(
                .data, "The file '\(url.path)' was written by a newer version of inn-tui; update inn-tui to open it.")
        }
        if toWrite { try Self.migrator.migrate(database) }
        try Self.ownTables.require(in: database, url, called: "bookmark database")
        return database
    }

    private func reading<Value>(_ none: Value, _ body: (Database) throws -> Value) throws -> Value {
        guard try FolderNames.holds(url) else { return none }
        return try DatabaseProblem.translating(url) { try open(toWrite: false).read(body) }
    }

    private func writing(_ body: (Database) throws -> Void) throws {
        let folder = url.deletingLastPathComponent()
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw INNError(.cannotCreate, "The folder '\(folder.path)' cannot be made; check the permissions above it.")
        }
        try DatabaseProblem.translating(url) { try open(toWrite: true).write(body) }
    }

    /// All of them, the one kept last first.
    ///
    /// - Throws: ``INNError`` when the file is there and cannot be read.
    public func all() throws -> [StoredBookmark] {
        try reading([]) { db in
            try Row.fetchAll(db, sql: "SELECT name, keptAt, step, view FROM bookmarks ORDER BY keptAt DESC, name")
                .compactMap(Self.bookmark)
        }
    }

    /// Keeps a view; one of the same name is replaced.
    ///
    /// - Throws: ``INNError`` when it cannot be written.
    public func keep(_ bookmark: StoredBookmark) throws {
        try writing { db in
            try db.execute(
                sql: "INSERT OR REPLACE INTO bookmarks (name, keptAt, step, view) VALUES (?, ?, ?, ?)",
                arguments: [bookmark.name, bookmark.keptAt, bookmark.step, bookmark.view])
        }
    }

    /// - Throws: ``INNError`` when it cannot be written.
    public func forget(_ name: String) throws {
        try writing { try $0.execute(sql: "DELETE FROM bookmarks WHERE name = ?", arguments: [name]) }
    }

    /// The view that the explorer was left at last; nil when there is none.
    ///
    /// - Throws: ``INNError`` when the file is there and cannot be read.
    public func session() throws -> StoredBookmark? {
        try reading(nil) { db in
            try Row.fetchOne(db, sql: "SELECT '' AS name, keptAt, step, view FROM session").flatMap(Self.bookmark)
        }
    }

    /// - Throws: ``INNError`` when it cannot be written.
    public func keepSession(_ bookmark: StoredBookmark) throws {
        try writing { db in
            try db.execute(
                sql: "INSERT OR REPLACE INTO session (id, keptAt, step, view) VALUES (1, ?, ?, ?)",
                arguments: [bookmark.keptAt, bookmark.step, bookmark.view])
        }
    }

    /// Nil for a row that holds something else than this program writes.
    private static func bookmark(_ row: Row) -> StoredBookmark? {
        guard let name = String.fromDatabaseValue(row["name"]), let keptAt = Double.fromDatabaseValue(row["keptAt"]),
            let step = Int.fromDatabaseValue(row["step"]), let view = String.fromDatabaseValue(row["view"])
        else { return nil }
        return StoredBookmark(name: name, keptAt: keptAt, step: step, view: view)
    }
}
