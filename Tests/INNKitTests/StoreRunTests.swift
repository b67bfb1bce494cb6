import Foundation
import GRDB
import Synchronization
import Testing

@testable import INNAnalysis
@testable import INNCore
@testable import INNStore

@Suite struct StoreRunTests {
    @Test func everythingComesBackExactly() throws {
        try withRun { folder in
            let store = try RunStore(folder, version: "1")
            var reports = (1...50).map { report($0) }
            reports[3].trainBPC = .nan
            reports[4].gradientNorm = .infinity
            reports[5].validBPC = .nan
            reports[6].validBPC = 0.1 + 0.2
            for report in reports { store.receive(.report(report)) }
            store.receive(.mark(EventMark(step: 3, kind: .bestCheckpoint, detail: "step-3 'x'")))
            let samples = [("the ", "cat\u{0}é"), ("", "")].map {
                TextSample(step: 5, prompt: $0.0, text: $0.1, temperature: 0.8)
            }
            for sample in samples { store.receive(.sample(sample)) }
            let snapshots = [10, 20].map { probes($0) }
            for snapshot in snapshots { store.receive(.probes(snapshot)) }
            try store.close()

            let history = try RunHistory(folder)
            let read = try history.reports()
            #expect(String(describing: read) == String(describing: reports))
            #expect(read[5].validBPC?.isNaN == true && read[7].validBPC == nil)
            #expect(try history.marks() == [EventMark(step: 3, kind: .bestCheckpoint, detail: "step-3 'x'")])
            #expect(try history.samples() == samples)
            #expect(try history.snapshots() == snapshots)
            #expect(try history.snapshot(at: 15) == snapshots[0])
            #expect(try history.snapshot(at: 9) == nil)
            #expect(try history.snapshotSteps() == [10, 20])
            #expect(try history.bestValidation()?.step == 7)
            #expect(try history.latestValidation()?.step == 7)
            #expect(try history.sessions().map(\.pid) == [Int(getpid())])
            #expect(try history.sessions()[0].endedAt != nil)
            let files = try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted()
            #expect(files.filter { $0.hasPrefix("run.sqlite") } == ["run.sqlite"])
        }
    }

    /// GRDB sets NORMAL when it opens a database in WAL mode, whatever its configuration asked for before.
    @Test func everyTransactionIsSynced() throws {
        try withRun { folder in
            for version in ["first", "again"] {
                let store = try RunStore(folder, version: version)
                #expect(try store.database.inDatabase { try Int.fetchOne($0, sql: "PRAGMA synchronous") } == 2)
                #expect(try store.database.inDatabase { try String.fetchOne($0, sql: "PRAGMA journal_mode") } == "wal")
                try store.close()
            }
        }
    }

    @Test func whatAResumeTakesBackIsKeptForSomeTimes() throws {
        try withRun { folder in
            let store = try RunStore(folder, version: "1")
            for round in 1...10 {
                for step in 1...5 { record(step * 10 + round, in: store) }
                try store.resume(from: 30)
                try store.resume(from: 30)
            }
            func count(_ sql: String) throws -> [Int] { try store.database.read { try Int.fetchAll($0, sql: sql) } }
            #expect(try count("SELECT id FROM removals ORDER BY id") == Array(3...10))
            #expect(try count("SELECT DISTINCT removal FROM removedProbeSnapshots") == [10])
            for table in ["removedMetrics", "removedEvents", "removedSamples"] {
                #expect(
                    try count("SELECT DISTINCT removal FROM \(table) ORDER BY removal") == Array(3...10), "\(table)")
            }
            #expect(try count("SELECT step FROM removedMetrics WHERE removal = 10 ORDER BY step") == [40, 50, 60])
            #expect(try count("SELECT resumedStep FROM removals WHERE id = 3") == [30])
        }
    }

    /// Runs of the form before are read as they are, and migrated by whoever trains them on.
    @Test func anOlderFormIsReadWithoutAChange() throws {
        try withRun { folder in
            let old = try DatabaseQueue(path: folder.databaseURL.path)
            try DatabaseSchema.migrator.migrate(old, upTo: "1")
            try old.write {
                try $0.execute(sql: "INSERT INTO metrics VALUES (7, 7168, 0.1, 4.5, NULL, 0, 1e-3, 1, 1e4, 3, 0.5)")
            }
            try old.close()
            #expect(try RunHistory(folder).reports().map(\.step) == [7])
            let store = try RunStore(folder, version: "2")
            record(8, in: store)
            try store.close()
            #expect(try RunHistory(folder).reports().map(\.step) == [7, 8])
        }
    }

    @Test func holesInTheMetricsAreFound() throws {
        try withRun { folder in
            let store = try RunStore(folder, version: "1")
            for step in [1, 10, 20, 25, 30, 60, 70, 100] { store.receive(.report(report(step))) }
            try store.flush()
            func gap(_ step: Int) throws -> [Int]? {
                try store.firstGap(upTo: step, every: 10).map { [$0.after, $0.before] }
            }
            #expect(try gap(30) == nil && gap(39) == nil)
            #expect(try gap(45) == [30, 45])
            #expect(try gap(100) == [30, 60])
            #expect(try store.lastStep() == 100)
        }
    }

    @Test func resumingLeavesNoGapAndNoDuplicate() throws {
        try withRun { folder in
            let first = try RunStore(folder, version: "1")
            for step in 1...100 { record(step, in: first) }
            try first.flush()
            // As after a kill: never closed; the next process opens the same files.
            let second = try RunStore(folder, version: "2")
            try second.resume(from: 60)
            let history = try RunHistory(folder)
            #expect(try history.latestReport()?.step == 60)
            #expect(try history.marks().map(\.step).max() == 60)
            #expect(try history.samples().map(\.step).max() == 60)
            #expect(try history.snapshotSteps().max() == 60)
            for step in 61...120 { record(step, in: second) }
            try second.close()
            #expect(try history.reports().map(\.step) == Array(1...120))
            #expect(try history.sessions().map(\.version) == ["1", "2"])
        }
    }

    @Test func nothingIsLostWhileTheDatabaseIsBlocked() throws {
        try withRun { folder in
            let store = try RunStore(folder, version: "1")
            try store.database.inDatabase { try $0.execute(sql: "PRAGMA busy_timeout = 0") }
            let blocker = try DatabaseQueue(path: folder.databaseURL.path)
            try blocker.inDatabase { db in
                try db.execute(sql: "BEGIN IMMEDIATE")
                for step in 1...20_000 { store.receive(.report(report(step))) }
                let error = #expect(throws: INNError.self) { try store.flush() }
                #expect(error?.kind == .temporary)
                try db.execute(sql: "COMMIT")
            }
            try store.flush()
            #expect(try RunHistory(folder).reports().map(\.step) == Array(1...20_000))
        }
    }

    @Test func concurrentSendersLoseNothing() throws {
        try withRun { folder in
            let store = try RunStore(folder, version: "1")
            DispatchQueue.concurrentPerform(iterations: 8) { sender in
                for index in 0..<500 { store.receive(.report(report(sender * 500 + index))) }
                try? store.flush()
            }
            try store.close()
            #expect(try RunHistory(folder).reports().map(\.step) == Array(0..<4000))
        }
    }

    @Test func aFullDiskIsReportedAndNothingIsLost() throws {
        try withRun { folder in
            let failures = Mutex<[INNError?]>([])
            let store = try RunStore(
                folder, version: "1", onFailure: { failure in failures.withLock { $0.append(failure) } })
            try store.database.inDatabase { try $0.execute(sql: "PRAGMA max_page_count = 1") }
            for step in 1...5_000 { store.receive(.report(report(step))) }
            let error = #expect(throws: INNError.self) { try store.flush() }
            #expect(error?.kind == .inputOutput && error?.message.contains("the disk is full") == true)
            #expect(store.failure == error)
            #expect(throws: INNError.self) { try store.flush() }
            try store.database.inDatabase { try $0.execute(sql: "PRAGMA max_page_count = 1000000") }
            store.receive(.report(report(5_001)))
            try store.flush()
            #expect(store.failure == nil)
            #expect(failures.withLock { $0 } == [error, nil])
            #expect(try RunHistory(folder).reports().map(\.step) == Array(1...5_001))
        }
    }

    @Test func readersFollowAWriter() throws {
        try withRun { folder in
            let store = try RunStore(folder, version: "1")
            let history = try RunHistory(folder)
            var cursor = HistoryCursor()
            var seen: [Int] = []
            let writer = Thread {
                for step in 1...3_000 {
                    store.receive(.report(report(step)))
                    if step % 500 == 0 { try? store.flush() }
                }
            }
            writer.start()
            while seen.last != 3_000 {
                try store.flush()
                seen += try history.changes(since: &cursor).reports.map(\.step)
            }
            #expect(seen == Array(1...3_000))

            record(3_001, in: store)
            try store.flush()
            let changes = try history.changes(since: &cursor)
            #expect(!changes.isRestart && changes.reports.map(\.step) == [3_001] && changes.snapshot?.step == 3_001)
            #expect(changes.marks.count == 1 && changes.samples.count == 1)
            let none = try history.changes(since: &cursor)
            #expect(none.reports.isEmpty && none.marks.isEmpty && none.samples.isEmpty && none.snapshot == nil)
            try store.resume(from: 2_000)
            let restart = try history.changes(since: &cursor)
            #expect(restart.isRestart && restart.reports.map(\.step) == Array(1...2_000) && restart.snapshot == nil)
            try store.close()
        }
    }

    private static let python = URL(filePath: "/usr/bin/python3")

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: python.path), "no /usr/bin/python3"))
    func anotherProcessReadsWhileThisOneWrites() throws {
        try withRun { folder in
            let store = try RunStore(folder, version: "1")
            for step in 1...10 { record(step, in: store) }
            try store.flush()
            let process = Process()
            let output = Pipe()
            process.executableURL = Self.python
            process.arguments = [
                "-c",
                """
                import sqlite3, sys
                db = sqlite3.connect('file:' + sys.argv[1] + '?mode=ro', uri=True)
                print(db.execute('SELECT count(*), max(step) FROM metrics').fetchone())
                """, folder.databaseURL.path,
            ]
            process.standardOutput = output
            try process.run()
            process.waitUntilExit()
            #expect(String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self) == "(10, 10)\n")
            try store.close()
        }
    }

    @Test func oldSnapshotsAreThinned() throws {
        try withRun { folder in
            let store = try RunStore(folder, version: "1")
            for step in 1...2_000 { store.receive(.probes(probes(step))) }
            try store.close()
            let steps = try RunHistory(folder).snapshotSteps()
            #expect(steps.count == 512)
            #expect(steps.first == 1)
            #expect(steps.suffix(256) == Array(1_745...2_000)[...])
            let gaps = zip(steps, steps.dropFirst()).map { $1 - $0 }
            #expect(gaps.max()! <= 16, "1,744 steps are covered by 256 snapshots")
        }
    }

    @Test func wrongTypesInColumnsAreErrors() throws {
        try withRun { folder in
            let store = try RunStore(folder, version: "1")
            for step in 1...3 { record(step, in: store) }
            try store.flush()
            try store.database.write {
                try $0.execute(
                    sql: """
                        UPDATE metrics SET trainBPC = 'x' WHERE step = 1;
                        UPDATE events SET kind = 'unheard of';
                        UPDATE samples SET temperature = 'warm';
                        UPDATE probeSnapshots SET header = replace(header, '"neurons":3', '"neurons":4');
                        """)
            }
            let history = try RunHistory(folder)
            for read in [
                { _ = try history.reports() }, { _ = try history.marks() }, { _ = try history.samples() },
                { _ = try history.snapshots() },
            ] {
                let error = #expect(throws: INNError.self) { try read() }
                #expect(error?.kind == .data)
            }
            #expect(RunSummary(folder).state == .damaged)
            try store.close()
        }
    }

    @Test func databasesOfANewerVersionAreRefused() throws {
        try withRun { folder in
            let store = try RunStore(folder, version: "1")
            try store.database.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('99')") }
            try store.close()
            for open in [{ _ = try RunHistory(folder) }, { _ = try RunStore(folder, version: "1") }] {
                let error = #expect(throws: INNError.self) { try open() }
                #expect(error?.message.contains("newer version") == true)
            }
        }
    }

    @Test func summariesTellTheState() throws {
        try withRun { folder in
            #expect(RunSummary(folder).state == .interrupted)
            let lock = try folder.lock()
            let store = try RunStore(folder, version: "1")
            var best = report(1)
            best.validBPC = 2
            store.receive(.report(best))
            best.step = 2
            best.validBPC = 2.5
            store.receive(.report(best))
            store.receive(.report(report(3)))
            try store.flush()
            #expect(RunSummary(folder).state == .running)
            lock.release()
            let summary = RunSummary(folder)
            #expect(summary.state == .interrupted && summary.problem == nil)
            #expect(summary.lastReport == report(3) && summary.validBPC == 2.5 && summary.bestValidBPC == 2)
            #expect(summary.description == testConfig().description && summary.bytesOnDisk > 4096)
            store.receive(.mark(EventMark(step: 3, kind: .finished)))
            try store.close()
            #expect(try RunSummary.all(in: folder.url.deletingLastPathComponent()).map(\.state) == [.finished])
        }
    }
}

func withRun(_ body: (RunFolder) throws -> Void) throws {
    try withTemporaryFolder { runs in try body(RunFolder.create(named: "run", config: testConfig(), in: runs)) }
}

func report(_ step: Int) -> TrainingReport {
    TrainingReport(
        step: step, charactersSeen: step * 1024, epoch: Double(step) / 3, trainBPC: 4 / Double(step + 1),
        gatePenalty: 1e-300,
        learningRate: 4e-4, gradientNorm: 1.5, charsPerSecond: 1600, elapsedSeconds: Double(step) * 0.1, progress: 0.5)
}

/// A report, a mark, a sample and a snapshot.
func record(_ step: Int, in store: RunStore) {
    store.receive(.report(report(step)))
    store.receive(.mark(EventMark(step: step, kind: .notice, detail: "n")))
    store.receive(.sample(TextSample(step: step, prompt: "a", text: "b", temperature: 1)))
    store.receive(.probes(probes(step)))
}

private func probes(_ step: Int) -> ProbeSnapshot {
    let rounds = 2
    let neurons = 3
    let heads = 2
    func values(_ count: Int) -> [Float] { (0..<count).map { Float($0 + step) / 7 } }
    return ProbeSnapshot(
        step: step, rounds: rounds, neurons: neurons, heads: heads, sampleCount: 100, symbols: ["a", "\n"],
        routing: values(rounds * heads * neurons * neurons), flow: values(rounds * neurons * neurons),
        firingRate: values(rounds * neurons), gateMean: values(rounds * neurons), gateSaturated: [],
        tuning: values(rounds * 2 * neurons), symbolCounts: [60, 40], routingEntropy: values(rounds * neurons),
        routingDynamism: values(rounds * neurons), routingSpread: values(rounds * neurons * neurons),
        routingDeviation: values(rounds), diversity: values(rounds),
        effectiveNeurons: values(rounds),
        rasterText: ["a", "\n", "a", "b"], rasterGates: values(rounds * neurons * 4))
}
