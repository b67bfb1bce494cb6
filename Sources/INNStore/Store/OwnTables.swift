import Foundation
import GRDB
import INNCore

/// What a database of this program consists of: a file from a stranger may hold views and triggers besides, which would
/// act whenever a row is written, and one from another program other tables of the same names.
struct OwnTables: Sendable {
    private let migrator: DatabaseMigrator
    /// By the name of the last migration: older forms can be read as well.
    private let expected: Result<[String: [[String?]]], any Error>

    init(_ migrator: DatabaseMigrator) {
        self.migrator = migrator
        expected = Result {
            let fresh = try DatabaseQueue()
            var expected: [String: [[String?]]] = [:]
            for form in migrator.migrations {
                try migrator.migrate(fresh, upTo: form)
                expected[form] = try fresh.read(Self.definitions)
            }
            return expected
        }
    }

    /// - Parameter name: of the database in the message, such as "run database".
    /// - Throws: ``INNError`` of kind `data` when it holds anything else or lacks something.
    func require(in database: DatabaseQueue, _ url: URL, called name: String) throws {
        let isOwn = try database.read { db in
            guard let form = try migrator.appliedMigrations(db).last else { return false }
            return try Self.definitions(db) == expected.get()[form]
        }
        guard isOwn else {
            throw INNError(
                .data,
                "The \(name) '\(url.path)' has other tables than those of inn-tui; restore it from a backup.")
        }
    }

    /// The definition of everything in the schema besides the statistics that SQLite's ANALYZE adds. How it is spaced
    /// does not matter: versions of November 2026 broke the lines elsewhere.
    private static func definitions(_ db: Database) throws -> [[String?]] {
        let sql =
            """
            SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE NOT (type = 'table' AND name LIKE \
            'sqlite_stat%') ORDER BY type, name
            """
        return try Row.fetchAll(db, sql: sql).map { row in
            (0..<4).map { column in
                String.fromDatabaseValue(row[column])?.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            }
        }
    }
}
