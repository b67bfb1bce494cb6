import Foundation
import GRDB
import Testing

@testable import INNStore

/// The databases of earlier versions open, and this version's open there.
@Suite struct OldDatabaseTests {
    /// Definitions as every version but those of a week in November 2026 wrote them; earlier versions compare the text.
    private static let definitions = [
        "samples": """
        CREATE TABLE samples (
            id INTEGER PRIMARY KEY AUTOINCREMENT, step INTEGER NOT NULL, prompt TEXT NOT NULL, text TEXT NOT NULL, \
        temperature REAL NOT NULL
        )
        """,
        "sessions": """
        CREATE TABLE sessions (
            id INTEGER PRIMARY KEY AUTOINCREMENT, startedAt REAL NOT NULL, endedAt REAL, host TEXT NOT NULL, \
        pid INTEGER NOT NULL, version TEXT NOT NULL
        )
        """,
        "removedSamples": """
        CREATE TABLE removedSamples (
            removal INTEGER NOT NULL, id INTEGER NOT NULL, step INTEGER NOT NULL, prompt TEXT NOT NULL, text TEXT NOT \
        NULL, temperature REAL NOT NULL
        )
        """,
    ]

    private func withRun(_ body: (RunFolder) throws -> Void) throws {
        try withTemporaryFolder { folder in
            let run = try RunFolder.create(named: "run", config: testConfig(), in: folder)
            try RunStore(run, version: "1").close()
            try body(run)
        }
    }

    @Test func tablesAreDefinedInTheWordsOfEarlierVersions() throws {
        try withRun { run in
            let rows = try DatabaseQueue(path: run.databaseURL.path).read {
                try Row.fetchAll($0, sql: "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL")
            }
            let found: [String: String] = Dictionary(uniqueKeysWithValues: rows.map { ($0["name"], $0["sql"]) })
            for (name, text) in Self.definitions { #expect(found[name] == text) }
            for (name, text) in found {
                let lines = text.split(separator: "\n").map { $0.drop { $0 == " " } }
                #expect(!lines.contains { $0.contains("  ") }, "\(name) is broken into lines elsewhere than before")
            }
        }
    }

    @Test(arguments: [", \n", ",     "]) func howADefinitionIsSpacedDoesNotMatter(_ comma: String) throws {
        try withRun { run in
            try DatabaseQueue(path: run.databaseURL.path).write { db in
                try db.execute(sql: "PRAGMA writable_schema = ON")
                try db.execute(
                    sql: "UPDATE sqlite_schema SET sql = replace(sql, ', ', ?) WHERE name = 'sessions'",
                    arguments: [comma])
            }
            #expect(try RunHistory(run).reports().isEmpty)
            try RunStore(run, version: "1").close()
        }
    }
}
