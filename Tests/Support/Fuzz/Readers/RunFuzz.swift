import Foundation
import GRDB
import INNKit
import INNScreens

/// `run.sqlite` of a run folder, down to the screens that draw it.
final class RunFuzz: FuzzReader {
    static let name = "run"
    let seeds: [[UInt8]]
    private let plain: [UInt8]
    private let folder: RunFolder
    private let work: URL

    init(scratch: URL) throws {
        let description = RunDescription(model: "inn", preset: "tiny", corpus: "text8", parameters: 1)
        let settings = TrainingSettings(model: .inn(INNPreset.tiny.configuration), corpus: "text8", budget: .steps(100))
        let config = RunConfig(
            description: description, createdAt: 1_700_000_000, createdBy: "inn-tui", settings: settings)
        folder = try RunFolder.create(named: "run", config: config, in: scratch)
        work = scratch.appending(path: "work.sqlite")
        let store = try RunStore(folder, version: "fuzz")
        for step in 1...12 { Self.record(step, in: store) }
        try store.close()
        plain = try [UInt8](Data(contentsOf: folder.databaseURL))
        seeds = [Self.joined(plain, []), try Self.walSeed(scratch, config)]
    }

    /// What a killed process leaves: some of the rows are only in the write-ahead log.
    private static func walSeed(_ scratch: URL, _ config: RunConfig<TrainingSettings>) throws -> [UInt8] {
        let folder = try RunFolder.create(named: "killed", config: config, in: scratch)
        let store = try RunStore(folder, version: "fuzz")
        for step in 1...12 { record(step, in: store) }
        try store.flush()
        let seed = joined(
            try [UInt8](Data(contentsOf: folder.databaseURL)),
            try [UInt8](Data(contentsOf: URL(fileURLWithPath: folder.databaseURL.path + "-wal"))))
        try store.close()
        return seed
    }

    /// Both files as one input: database, log, length of the log.
    private static func joined(_ database: [UInt8], _ log: [UInt8]) -> [UInt8] {
        database + log + withUnsafeBytes(of: UInt64(log.count).littleEndian, Array.init)
    }

    private static func parts(_ bytes: [UInt8]) -> (database: ArraySlice<UInt8>, log: ArraySlice<UInt8>) {
        guard bytes.count >= 8 else { return (bytes[...], []) }
        let length = bytes.suffix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let end = bytes.count - 8
        guard length <= UInt64(end) else { return (bytes[..<end], []) }
        return (bytes[..<(end - Int(length))], bytes[(end - Int(length))..<end])
    }

    private static let ranks = RankReport(
        hosts: ["a", "b"], charsPerSecond: [1e4, 9e3], communication: 0.1, communicationSeconds: 0.01)

    private static func record(_ step: Int, in store: RunStore) {
        let value = Double(step)
        var report = TrainingReport(
            step: step, charactersSeen: step * 1024, trainBPC: 5 - value / 4, validBPC: step % 4 == 0 ? 4 : nil,
            learningRate: 1e-3, gradientNorm: step == 3 ? .nan : value,
            charsPerSecond: 1e4, elapsedSeconds: value, progress: value / 12)
        report.ranks = ranks
        store.receive(.report(report))
        store.receive(.mark(EventMark(step: step, kind: step == 1 ? .started : .checkpoint, detail: "step")))
        store.receive(.sample(TextSample(step: step, prompt: "the ", text: "sea\u{0} is wide", temperature: 0.8)))
        store.receive(.interventions(InterventionRecord(step: step, set: InterventionSet([.neuron(1, .lesion)]))))
        guard step % 6 == 0 else { return }
        func values(_ count: Int) -> [Float] { (0..<count).map { Float($0 % 5) / 7 } }
        store.receive(
            .probes(
                ProbeSnapshot(
                    step: step, rounds: 2, neurons: 3, heads: 2, sampleCount: 100, symbols: ["a", "\n"],
                    routing: values(36), flow: values(18), firingRate: values(6),
                    gateMean: values(6), gateSaturated: values(6), tuning: values(12), symbolCounts: [60, 40],
                    routingEntropy: values(6), routingDynamism: values(6), routingDeviation: values(2),
                    diversity: values(2),
                    effectiveNeurons: values(2), rasterText: ["a", "\n", "a", "b"], rasterGates: values(24))))
    }

    func mutated(_ mutator: inout Mutator) throws -> [UInt8] {
        guard !mutator.once(in: 2) else { return mutator.bytes(mutator.pick(seeds), donors: seeds) }
        try removeAll(work)
        try Data(plain).write(to: work)
        let database = try DatabaseQueue(path: work.path)
        for _ in 0...mutator.below(3) {
            // Statements that SQLite refuses change nothing.
            let (sql, arguments) = statement(&mutator)
            try? database.writeWithoutTransaction { try $0.execute(sql: sql, arguments: arguments) }
        }
        try database.close()
        return Self.joined(try [UInt8](Data(contentsOf: work)), [])
    }

    /// A change within the rules of SQLite and outside those of the program.
    private func statement(_ mutator: inout Mutator) -> (String, StatementArguments) {
        let columns: [String: [String]] = [
            "metrics": [
                "step", "charactersSeen", "epoch", "trainBPC", "validBPC", "gatePenalty", "learningRate",
                "gradientNorm", "charsPerSecond", "elapsedSeconds", "progress",
            ],
            "probeSnapshots": ["step", "header", "floats"], "events": ["id", "step", "kind", "detail"],
            "samples": ["step", "prompt", "text", "temperature"],
            "interventions": ["step", "payload"], "sessions": ["startedAt", "endedAt", "host", "pid", "version"],
            "history": ["generation"], "ranks": ["step", "report"],
            "grdb_migrations": ["identifier"],
        ]
        let table = mutator.pick(columns.keys.sorted())
        switch mutator.below(10) {
        case 0:
            return (
                mutator.pick([
                    "DROP TABLE \(table)", "ALTER TABLE \(table) RENAME TO other",
                    "ALTER TABLE metrics ADD COLUMN extra", "DELETE FROM \(table)",
                    """
                    ALTER TABLE metrics RENAME TO old; CREATE VIEW metrics AS WITH RECURSIVE n(x) AS (SELECT 1 \
                    UNION ALL SELECT x + 1 FROM n) SELECT x AS step, * FROM n, old
                    """,
                    "CREATE TRIGGER t AFTER INSERT ON events BEGIN DELETE FROM metrics; END",
                    "CREATE INDEX i ON events (abs(step))",
                    "INSERT INTO grdb_migrations VALUES ('99')", "PRAGMA user_version = 99",
                    "PRAGMA journal_mode = WAL", "PRAGMA encoding = 'UTF-16'",
                ]), []
            )
        case 1, 2: return ("UPDATE probeSnapshots SET header = ?", [mutator.json(header)])
        case 3 where mutator.once(in: 2): return ("UPDATE probeSnapshots SET floats = ?", [floats(&mutator)])
        case 3:
            return (
                "UPDATE interventions SET payload = ?", [mutator.json("[{\"neuron\":{\"_0\":1,\"_1\":\"lesion\"}}]")]
            )
        case 4:
            return (
                "UPDATE ranks SET report = ?",
                [
                    mutator.json(
                        """
                        {"charsPerSecond":[10000,9000],"communication":0.1,"communicationSeconds":0.01,\
                        "hosts":["a","b"]}
                        """)
                ]
            )
        // The key of most tables is the row's number, so one row is changed.
        default:
            return (
                "UPDATE \(table) SET \(mutator.pick(columns[table]!)) = ? WHERE rowid = ?",
                [value(&mutator), 1 + mutator.below(12)]
            )
        }
    }

    /// As many values as the header promises, some of them beyond what an integer holds.
    private func floats(_ mutator: inout Mutator) -> Data {
        let values = (0..<120).map { index -> Float in
            mutator.once(in: 4)
                ? mutator.pick([
                    9.3e18, -9.3e18, .greatestFiniteMagnitude, -.greatestFiniteMagnitude, .infinity, .nan, 1e19, 0,
                ]) : Float(index % 5) / 7
        }
        return values.withUnsafeBytes { Data($0) }
    }

    private let header = """
        {"heads":2,"lengths":[36,18,6,6,6,12,6,2,2,2,24],"neurons":3,"rasterText":["a","\\n","a","b"],"rounds":2,\
        "sampleCount":100,"step":6,"symbolCounts":[60,40],"symbols":["a","\\n"]}
        """

    private func value(_ mutator: inout Mutator) -> DatabaseValue {
        switch mutator.below(6) {
        case 0: .null
        case 1: mutator.pick([Int64.max, .min, -1, 0, 1 << 53, 1 << 40]).databaseValue
        case 2: mutator.pick([Double.infinity, -.infinity, 1e308, -1e308, 1e-308, 0.5]).databaseValue
        case 3:
            mutator.pick(["NaN", "", "\u{0}", "\u{1B}[2J", "text", String(repeating: "x", count: 5000)]).databaseValue
        case 4: Data((0..<mutator.below(300)).map { UInt8(truncatingIfNeeded: $0 &* 37) }).databaseValue
        default: mutator.number().databaseValue
        }
    }

    func read(_ bytes: [UInt8]) throws {
        try removeAll(folder.databaseURL)
        let (database, log) = Self.parts(bytes)
        try Data(database).write(to: folder.databaseURL)
        if !log.isEmpty { try Data(log).write(to: URL(fileURLWithPath: folder.databaseURL.path + "-wal")) }
        let summary = RunSummary(folder)
        let history = try RunHistory(folder)
        _ = try history.interventions()
        _ = try history.sessions()
        _ = try history.latestValidation()
        _ = try history.bestValidation()
        var cursor = HistoryCursor()
        let changes = try history.changes(since: &cursor)
        let snapshots = try history.snapshots()
        _ = MetricsTable.csv(changes.reports)
        draw(summary, changes, snapshots)
    }

    private func draw(_ summary: RunSummary, _ changes: HistoryChanges, _ snapshots: [ProbeSnapshot]) {
        let info = RunInfo(
            name: summary.name, path: folder.url.path, preset: "tiny", parameterCount: 1, corpus: "text8", seed: 1,
            isLive: false)
        var state = AppState(
            RunContents(
                info: info, reports: changes.reports, marks: changes.marks, snapshots: snapshots,
                samples: changes.samples), width: 80, height: 24)
        for action in [
            Action.runs([summary]), .marked(runs: [summary.name]),
            .runCurve(name: summary.name, reports: changes.reports),
        ] {
            _ = reduce(&state, action)
        }
        for screen in ScreenID.allCases {
            state.screen = screen
            _ = exportView(state, .text)
            _ = exportView(state, .csv)
        }
    }

    /// A database and the files that SQLite puts beside it.
    private func removeAll(_ database: URL) throws {
        for suffix in ["", "-wal", "-shm", "-journal"] { unlink(database.path + suffix) }
    }
}
