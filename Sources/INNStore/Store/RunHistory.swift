import Foundation
import GRDB
import INNCore

/// Reads the `run.sqlite` of a run, also while another process writes it.
///
/// Safe to use from any thread; each call sees one consistent state.
public final class RunHistory: Sendable {
    private let database: DatabaseQueue
    package let url: URL

    /// - Throws: ``INNError`` of kind `noInput` when the run has no database yet, `data` when it is damaged or newer
    ///   than this program.
    public init(_ folder: RunFolder) throws {
        url = folder.databaseURL
        guard try folder.hasDatabase() else {
            throw INNError(
                .noInput, "The run '\(folder.name)' has not recorded anything yet; start its training first.")
        }
        database = try DatabaseProblem.translating(url) { [url] in try DatabaseSchema.openForReading(url) }
    }

    /// The metrics of the steps after `step`, ascending.
    public func reports(after step: Int = -1) throws -> [TrainingReport] {
        try read { try self.reports("WHERE step > ? ORDER BY step", [step], $0) }
    }

    /// The metrics of the last recorded step.
    public func latestReport() throws -> TrainingReport? {
        try read { try self.reports("ORDER BY step DESC LIMIT 1", [], $0).first }
    }

    /// The last report at or before a step.
    public func report(at step: Int) throws -> TrainingReport? {
        try read { try self.reports("WHERE step <= ? ORDER BY step DESC LIMIT 1", [step], $0).first }
    }

    /// The last report in which the validation loss was measured.
    public func latestValidation() throws -> TrainingReport? {
        try read { try self.reports("WHERE validBPC IS NOT NULL ORDER BY step DESC LIMIT 1", [], $0).first }
    }

    /// The report with the lowest validation loss.
    public func bestValidation() throws -> TrainingReport? {
        try read {
            try self.reports("WHERE typeof(validBPC) IN ('real', 'integer') ORDER BY validBPC, step LIMIT 1", [], $0)
                .first
        }
    }

    /// The steps of which there is a probe snapshot, ascending.
    public func snapshotSteps() throws -> [Int] {
        try rows("SELECT step FROM probeSnapshots ORDER BY step") { try $0.int(0) }
    }

    /// The last probe snapshot taken at or before `step`; the very last one by default.
    public func snapshot(at step: Int = .max) throws -> ProbeSnapshot? {
        try read { try self.snapshots("WHERE step <= ? ORDER BY step DESC LIMIT 1", [step], $0).first }
    }

    /// Up to `limit` probe snapshots after `step`, ascending.
    public func snapshots(after step: Int = -1, limit: Int = 64) throws -> [ProbeSnapshot] {
        try read { try self.snapshots("WHERE step > ? ORDER BY step LIMIT ?", [step, limit], $0) }
    }

    /// What happened, in order.
    public func marks() throws -> [EventMark] {
        try read { try self.marks(after: 0, $0).map(\.value) }
    }

    /// Generated texts, in order.
    public func samples() throws -> [TextSample] {
        try read { try self.samples(after: 0, $0).map(\.value) }
    }

    /// Which interventions held from which step on, in order; none before the first.
    public func interventions() throws -> [InterventionRecord] {
        try rows("SELECT step, payload FROM interventions ORDER BY id") { row in
            InterventionRecord(step: try row.int(0), set: try InterventionSet(json: try row.string(1)))
        }
    }

    /// The processes that trained this run, in order.
    public func sessions() throws -> [SessionRecord] {
        try rows("SELECT startedAt, endedAt, host, pid, version FROM sessions ORDER BY id") { row in
            SessionRecord(
                startedAt: try row.double(0), endedAt: try row.optionalDouble(1), host: try row.string(2),
                pid: try row.int(3), version: try row.string(4))
        }
    }

    /// What is new since the last call with the same cursor, for following a run while it trains.
    ///
    /// Start with `HistoryCursor()`.
    public func changes(since cursor: inout HistoryCursor) throws -> HistoryChanges {
        let (changes, next) = try read { [cursor] db in
            let generation = try self.generation(db)
            let isRestart = cursor.generation != generation
            var next = isRestart ? HistoryCursor() : cursor
            next.generation = generation
            let marks = try self.marks(after: next.mark, db)
            let samples = try self.samples(after: next.sample, db)
            let changes = HistoryChanges(
                isRestart: isRestart,
                reports: try self.reports("WHERE step > ? ORDER BY step", [next.step], db),
                marks: marks.map(\.value), samples: samples.map(\.value),
                snapshot: try self.snapshots("WHERE step > ? ORDER BY step DESC LIMIT 1", [next.snapshot], db).first)
            next.step = changes.reports.last?.step ?? next.step
            next.snapshot = changes.snapshot?.step ?? next.snapshot
            next.mark = marks.last?.id ?? next.mark
            next.sample = samples.last?.id ?? next.sample
            return (changes, next)
        }
        cursor = next
        return changes
    }
}

extension RunHistory {
    package func read<Value>(_ body: (Database) throws -> Value) throws -> Value {
        try DatabaseProblem.translating(url) { try database.read(body) }
    }

    /// How often a resume has taken rows back.
    package func generation(_ db: Database) throws -> Int {
        try rows("SELECT generation FROM history", [], db) { try $0.int(0) }.first ?? 0
    }

    private func rows<Value>(_ sql: String, _ decode: (RowReader) throws -> Value) throws -> [Value] {
        try read { try rows(sql, [], $0, decode) }
    }

    private func rows<Value>(
        _ sql: String, _ arguments: StatementArguments, _ db: Database, _ decode: (RowReader) throws -> Value
    ) throws -> [Value] {
        var values: [Value] = []
        let cursor = try Row.fetchCursor(db, sql: sql, arguments: arguments)
        while let row = try cursor.next() { values.append(try decode(RowReader(row: row, url: url))) }
        return values
    }

    package func reports(
        _ condition: String, _ arguments: StatementArguments, _ db: Database
    ) throws -> [TrainingReport] {
        let columns = """
            step, charactersSeen, epoch, trainBPC, validBPC, gatePenalty, learningRate, gradientNorm, charsPerSecond,
            elapsedSeconds, progress
            """
        let last = try lastRanks(db)
        return try rows("SELECT \(columns) FROM metrics \(condition)", arguments, db) { row in
            var report = TrainingReport(
                step: try row.int(0), charactersSeen: try row.int(1), epoch: try row.double(2),
                trainBPC: try row.double(3),
                validBPC: try row.optionalDouble(4), gatePenalty: try row.double(5), learningRate: try row.double(6),
                gradientNorm: try row.double(7), charsPerSecond: try row.double(8), elapsedSeconds: try row.double(9),
                progress: try row.double(10))
            if report.step == last?.step { report.ranks = last?.ranks }
            return report
        }
    }

    /// What the ranks did before the last report; nil for a training in one process.
    private func lastRanks(_ db: Database) throws -> (step: Int, ranks: RankReport)? {
        // Databases of earlier forms know no ranks.
        guard try db.tableExists("ranks") else { return nil }
        return try rows("SELECT step, report FROM ranks ORDER BY step DESC LIMIT 1", [], db) { row in
            let text = Data(try row.string(1).utf8)
            guard let ranks = try? JSONDecoder().decode(RankReport.self, from: text), ranks.isSound else {
                throw row.damaged(1)
            }
            return (step: try row.int(0), ranks: ranks)
        }.first
    }

    private func snapshots(
        _ condition: String, _ arguments: StatementArguments, _ db: Database
    ) throws -> [ProbeSnapshot] {
        try rows("SELECT header, floats FROM probeSnapshots \(condition)", arguments, db) { row in
            guard let snapshot = StoredSnapshot(header: try row.string(0), floats: try row.data(1)).snapshot() else {
                throw row.damaged(0)
            }
            return snapshot
        }
    }

    package func marks(after id: Int, limit: Int = -1, _ db: Database) throws -> [(id: Int, value: EventMark)] {
        try rows("SELECT id, step, kind, detail FROM events WHERE id > ? ORDER BY id LIMIT ?", [id, limit], db) { row in
            guard let kind = EventMark.Kind(rawValue: try row.string(2)) else { throw row.damaged(2) }
            return (try row.int(0), EventMark(step: try row.int(1), kind: kind, detail: try row.string(3)))
        }
    }

    package func samples(after id: Int, limit: Int = -1, _ db: Database) throws -> [(id: Int, value: TextSample)] {
        // As bytes: a text may contain NUL, which would end a string for GRDB.
        let sql =
            """
            SELECT id, step, CAST(prompt AS BLOB), CAST(text AS BLOB), temperature FROM samples WHERE id > ? ORDER \
            BY id LIMIT ?
            """
        return try rows(sql, [id, limit], db) { row in
            let prompt = String(decoding: try row.data(2), as: UTF8.self)
            let text = String(decoding: try row.data(3), as: UTF8.self)
            return (
                try row.int(0),
                TextSample(step: try row.int(1), prompt: prompt, text: text, temperature: try row.double(4))
            )
        }
    }
}
