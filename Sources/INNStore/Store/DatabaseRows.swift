import Foundation
import GRDB
import INNCore

/// The statements that change `run.sqlite`.
enum DatabaseRows {
    static func insert(_ event: TrainingEvent, _ db: Database) throws {
        switch event {
        case .report(let report): try insert(report, db)
        case .probes(let snapshot): try insert(snapshot, db)
        case .mark(let mark), .recorded(let mark):
            try db.cachedStatement(sql: "INSERT INTO events (step, kind, detail) VALUES (?, ?, ?)")
                .execute(arguments: [mark.step, mark.kind.rawValue, mark.detail])
        case .withdrawn(let mark):
            try db.cachedStatement(
                sql: """
                    DELETE FROM events WHERE id = (
                        SELECT max(id) FROM events WHERE step = ? AND kind = ? AND detail = ?)
                    """
            ).execute(arguments: [mark.step, mark.kind.rawValue, mark.detail])
        case .announced: break
        case .interventions(let record):
            try db.cachedStatement(sql: "INSERT INTO interventions (step, payload) VALUES (?, ?)").execute(arguments: [
                record.step, record.set.json,
            ])
        case .sample(let sample):
            // As bytes: GRDB binds a string only up to its first NUL, which a model of bytes may well generate.
            try db.cachedStatement(
                sql:
                    """
                    INSERT INTO samples (step, prompt, text, temperature) VALUES (?, CAST(? AS TEXT), CAST(? AS \
                    TEXT), ?)
                    """
            )
            .execute(arguments: [
                sample.step, Data(sample.prompt.utf8), Data(sample.text.utf8), sample.temperature.stored,
            ])
        }
    }

    private static func insert(_ report: TrainingReport, _ db: Database) throws {
        let statement = try db.cachedStatement(
            sql: """
                INSERT OR REPLACE INTO metrics (step, charactersSeen, epoch, trainBPC, validBPC, gatePenalty, \
                learningRate, gradientNorm,
                    charsPerSecond, elapsedSeconds, progress) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """)
        try statement.execute(arguments: [
            report.step, report.charactersSeen, report.epoch.stored, report.trainBPC.stored, report.validBPC?.stored,
            report.gatePenalty.stored, report.learningRate.stored, report.gradientNorm.stored,
            report.charsPerSecond.stored,
            report.elapsedSeconds.stored, report.progress.stored,
        ])
        try keep(report.ranks, at: report.step, db)
    }

    /// What ranks did is kept of the last report alone: a row for each of a long run on many would outgrow all else.
    private static func keep(_ ranks: RankReport?, at step: Int, _ db: Database) throws {
        try db.cachedStatement(sql: "DELETE FROM ranks").execute()
        guard let ranks else { return }
        let text = String(decoding: try JSONEncoder().encode(ranks), as: UTF8.self)
        try db.cachedStatement(sql: "INSERT INTO ranks (step, report) VALUES (?, ?)").execute(arguments: [step, text])
    }

    private static func insert(_ snapshot: ProbeSnapshot, _ db: Database) throws {
        let stored = try StoredSnapshot(snapshot)
        try db.cachedStatement(sql: "INSERT OR REPLACE INTO probeSnapshots (step, header, floats) VALUES (?, ?, ?)")
            .execute(arguments: [snapshot.step, stored.header, stored.floats])
        try thinSnapshots(db, bytes: stored.floats.count + stored.header.utf8.count)
    }

    /// Keeps the number and size of snapshots bounded: the newest ones (256, or as many as fit 128 MiB) all stay, and
    /// as many older ones, spread evenly over the time before. The first one always stays.
    ///
    /// Each time there is one too many, that older one goes whose neighbours are closest together.
    ///
    /// - Parameter bytes: size of one snapshot.
    static func thinSnapshots(_ db: Database, bytes: Int) throws {
        let dense = min(256, max(8, (128 << 20) / max(bytes, 1)))
        let count = try Int.fetchOne(db, sql: "SELECT count(*) FROM probeSnapshots") ?? 0
        for excess in stride(from: count - 2 * dense, to: 0, by: -1) {
            try db.cachedStatement(
                sql: """
                    DELETE FROM probeSnapshots WHERE step = (
                        SELECT step FROM (
                            SELECT step, lead(step) OVER steps - lag(step) OVER steps AS span, \
                                row_number() OVER steps AS number
                            FROM probeSnapshots WINDOW steps AS (ORDER BY step))
                        WHERE number > 1 AND number <= ? ORDER BY span, step LIMIT 1)
                    """
            ).execute(arguments: [dense + excess])
        }
    }

    /// The tables of what happens at a step, each with the one that takes what a resume takes back.
    private static let removable = ["metrics", "probeSnapshots", "events", "samples", "interventions"].map { name in
        (table: name, side: "removed" + name.prefix(1).uppercased() + name.dropFirst())
    }

    /// For how many resumes the rows they took back are kept.
    static let keptRemovals = 8

    /// Moves what was recorded after a step into the side tables.
    static func remove(after step: Int, _ db: Database) throws {
        // Readers that follow the run are told that what they have read may be gone.
        try db.execute(sql: "UPDATE history SET generation = generation + 1")
        try db.execute(sql: "DELETE FROM ranks WHERE step > ?", arguments: [step])
        let isAnything = try removable.contains {
            try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM \($0.table) WHERE step > ?)", arguments: [step])
                ?? false
        }
        guard isAnything else { return }
        try db.execute(
            sql: "INSERT INTO removals (removedAt, resumedStep) VALUES (?, ?)",
            arguments: [Date().timeIntervalSince1970, step])
        let removal = db.lastInsertedRowID
        for (table, side) in removable {
            try db.execute(
                sql: "INSERT INTO \(side) SELECT ?, * FROM \(table) WHERE step > ?", arguments: [removal, step])
            try db.execute(sql: "DELETE FROM \(table) WHERE step > ?", arguments: [step])
            try db.execute(sql: "DELETE FROM \(side) WHERE removal <= ?", arguments: [removal - Int64(keptRemovals)])
        }
        // They are large, so only those of the last resume are kept.
        try db.execute(sql: "DELETE FROM removedProbeSnapshots WHERE removal < ?", arguments: [removal])
        try db.execute(sql: "DELETE FROM removals WHERE id <= ?", arguments: [removal - Int64(keptRemovals)])
    }

    /// The steps of which a checkpoint was announced, which happens after everything before it is recorded.
    static func checkpointSteps(_ db: Database) throws -> [Int64] {
        let kinds: [EventMark.Kind] = [.checkpoint, .bestCheckpoint]
        return try Int64.fetchAll(
            db, sql: "SELECT DISTINCT step FROM events WHERE kind IN (?, ?) AND typeof(step) = 'integer' ORDER BY step",
            arguments: StatementArguments(kinds.map(\.rawValue)))
    }

    /// The first steps on both sides of the first hole in the reports up to a step, of which there is one every so
    /// many.
    static func firstGap(upTo step: Int, every interval: Int, _ db: Database) throws -> (after: Int64, before: Int64)? {
        let row = try Row.fetchOne(
            db,
            sql: """
                SELECT last, step FROM (
                    SELECT step, lag(step, 1, 0) OVER (ORDER BY step) AS last FROM (
                        SELECT step FROM metrics WHERE step <= ? AND typeof(step) = 'integer' UNION SELECT ?))
                WHERE step - last > ? ORDER BY step LIMIT 1
                """, arguments: [step, step, interval])
        return row.map { ($0[0], $0[1]) }
    }

    static func beginSession(version: String, _ db: Database) throws -> Int64 {
        try db.execute(
            sql: "INSERT INTO sessions (startedAt, host, pid, version) VALUES (?, ?, ?, ?)",
            arguments: [Date().timeIntervalSince1970, ProcessInfo.processInfo.hostName, getpid(), version])
        return db.lastInsertedRowID
    }

    static func endSession(_ session: Int64, _ db: Database) throws {
        try db.execute(
            sql: "UPDATE sessions SET endedAt = ? WHERE id = ?", arguments: [Date().timeIntervalSince1970, session])
    }
}
