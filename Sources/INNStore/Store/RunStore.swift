import Foundation
import GRDB
import GRDBSQLite
import INNCore
import Synchronization

/// Writes what happens in a run into its `run.sqlite`, in the background and without loss.
///
/// ``receive(_:)`` only appends to a list. A background queue writes the list a few times per second, each time in one
/// transaction. When writing fails (a full disk) training goes on: the events stay in memory, writing is tried again,
/// and ``failure`` holds the reason. Use only while holding the run's lock.
///
/// Probe snapshots are large, so old ones are thinned: the newest 256 are all kept, and as many older ones spread
/// evenly over the time before; fewer when they are so large that this would pass 256 MiB. Everything else is kept for
/// good.
public final class RunStore: TrainingSink {
    /// The open database and the file that it is.
    private struct Place {
        let database: DatabaseQueue
        let url: URL
        let identity: FileIdentity?

        init(_ url: URL) throws {
            database = try DatabaseProblem.translating(url) { try DatabaseSchema.openForWriting(url) }
            self.url = url
            identity = FileIdentity(path: url.path)
        }

        var isWhereItWas: Bool { FileIdentity(path: url.path) == identity }
    }

    private struct Pending {
        var events: [TrainingEvent] = []
        var isScheduled = false
        var isClosed = false
        var failure: INNError?
        /// Row of this process in the list of those that trained the run.
        var session: Int64?
    }

    private let place: Mutex<Place>
    private let locate: @Sendable () -> RunFolder
    private let version: String
    private let pending = Mutex(Pending())
    private let queue = DispatchQueue(label: "run-store", qos: .utility)
    private let onFailure: @Sendable (INNError?) -> Void
    private let onNotice: @Sendable (EventMark) -> Void

    package var database: DatabaseQueue { place.withLock { $0.database } }
    private var url: URL { place.withLock { $0.url } }

    private static let batchDelay = DispatchTimeInterval.milliseconds(200)
    private static let retryDelay = DispatchTimeInterval.seconds(3)

    /// Opens the database of a run, creating it when missing. That a session began is recorded with its first event.
    ///
    /// - Parameters:
    ///   - version: of this program, for the record.
    ///   - locate: where the run is now, when its folder may be renamed.
    ///   - onFailure: called on a background queue when writing begins to fail, and with nil when it works again.
    ///   - onNotice: called on a background queue with what must be said.
    /// - Throws: ``INNError`` of kind `cannotCreate`, `inputOutput` or `data` (a damaged database).
    public init(
        _ folder: RunFolder, version: String, locate: (@Sendable () -> RunFolder)? = nil,
        onNotice: @escaping @Sendable (EventMark) -> Void = { _ in },
        onFailure: @escaping @Sendable (INNError?) -> Void = { _ in }
    ) throws {
        self.locate = locate ?? { folder }
        self.version = version
        self.onFailure = onFailure
        self.onNotice = onNotice
        place = Mutex(try Place(folder.databaseURL))
    }

    /// Why the last attempt to write failed; nil when all is well.
    public var failure: INNError? { pending.withLock { $0.failure } }

    public func receive(_ event: TrainingEvent) {
        let mustSchedule = pending.withLock { pending in
            guard !pending.isClosed else { return false }
            pending.events.append(event)
            defer { pending.isScheduled = true }
            return !pending.isScheduled
        }
        if mustSchedule { schedule(after: Self.batchDelay) }
    }

    /// Waits until everything received so far is on disk. To be called before a checkpoint is saved.
    ///
    /// - Throws: the reason when it could not be written; the events stay in memory and are tried again.
    public func flush() throws {
        try queue.sync {
            drain()
            if let failure { throw failure }
        }
    }

    /// The steps whose checkpoints have been recorded, with everything that happened before them.
    public func checkpointSteps() throws -> [Int] {
        try DatabaseProblem.translating(url) {
            try database.read(DatabaseRows.checkpointSteps).compactMap(Int.init(exactly:))
        }
    }

    /// Whether any process that trained the run came to a regular end.
    public func hasEndedSession() throws -> Bool {
        try DatabaseProblem.translating(url) {
            try database.read {
                try Bool.fetchOne($0, sql: "SELECT EXISTS (SELECT 1 FROM sessions WHERE endedAt IS NOT NULL)") ?? false
            }
        }
    }

    /// The last step of which there are metrics; 0 when there are none.
    public func lastStep() throws -> Int {
        try DatabaseProblem.translating(url) {
            try database.read {
                try Int.fetchOne($0, sql: "SELECT max(step) FROM metrics WHERE typeof(step) = 'integer'") ?? 0
            }
        }
    }

    /// The steps on both sides of the first hole in the metrics up to `step`; nil when there is none.
    ///
    /// - Parameter interval: steps between two reports.
    public func firstGap(upTo step: Int, every interval: Int) throws -> (after: Int, before: Int)? {
        try DatabaseProblem.translating(url) {
            try database.read { try DatabaseRows.firstGap(upTo: step, every: interval, $0) }.map {
                (Int(clamping: $0.after), Int(clamping: $0.before))
            }
        }
    }

    /// Takes back everything recorded after a checkpoint's step, so that training from there leaves no gap and no
    /// duplicate. It goes into tables of its own, where the last ``DatabaseRows/keptRemovals`` times are kept.
    ///
    /// The events of a checkpoint's own step must come before the checkpoint is saved.
    public func resume(from step: Int) throws {
        try flush()
        try DatabaseProblem.translating(url) { try database.write { try DatabaseRows.remove(after: step, $0) } }
    }

    /// Writes what is left and records the end of the session. What is received afterwards is dropped.
    ///
    /// - Throws: the reason when the rest could not be written.
    public func close() throws {
        try flush()
        let session = pending.withLock { pending in
            pending.isClosed = true
            return pending.session
        }
        try DatabaseProblem.translating(url) {
            if let session { try database.write { try DatabaseRows.endSession(session, $0) } }
            let isWhereItWas = place.withLock(\.isWhereItWas)
            try? database.inDatabase { db in
                guard isWhereItWas else { return Self.keepFiles(of: db) }
                // All in one file, which can then be copied alone and read where nothing can be written.
                // The second part is not possible while somebody else has it open.
                try db.execute(
                    sql: "PRAGMA busy_timeout = 0; PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE")
            }
            try database.close()
        }
    }

    /// SQLite removes the log by its path, where another run's may lie when the folder was moved.
    private static func keepFiles(of db: Database) {
        var isOn: Int32 = 1
        sqlite3_file_control(db.sqliteConnection, "main", SQLITE_FCNTL_PERSIST_WAL, &isOn)
    }

    private func schedule(after delay: DispatchTimeInterval) {
        // Holds on to self: what was received is written even when nobody else remembers this store.
        queue.asyncAfter(deadline: .now() + delay) { self.drain() }
    }

    /// Writes the database again when its file was deleted: it lives on as long as it is open. Runs on `queue` only.
    ///
    /// - Returns: whether that was so.
    private func revive() throws -> Bool {
        let folder = locate()
        guard !FolderNames.isThere(folder.databaseURL), !FolderNames.waitsForRemoval(of: folder.url) else {
            return false
        }
        // They belong to the file that is gone.
        for suffix in ["-wal", "-shm"] { unlink(folder.databaseURL.path + suffix) }
        let copy = try Place(folder.databaseURL)
        let old = database
        do {
            try old.backup(to: copy.database)
        } catch {
            // Half a copy must not pass for the database: the next try makes another.
            try? copy.database.close()
            for suffix in ["", "-wal", "-shm"] { unlink(folder.databaseURL.path + suffix) }
            throw error
        }
        place.withLock { $0 = copy }
        old.inDatabase(Self.keepFiles)
        try? old.close()
        return true
    }

    /// Runs on `queue` only.
    private func drain() {
        var events = pending.withLock { pending in
            pending.isScheduled = false
            return exchange(&pending.events, with: [])
        }
        guard !events.isEmpty else { return }
        do {
            if try DatabaseProblem.translating(url, revive) {
                let detail = "the run's database was deleted; it is written again with all that it held"
                let notice = EventMark(step: events.last?.step ?? 0, kind: .notice, detail: detail)
                events.append(.mark(notice))
                onNotice(notice)
            }
            try DatabaseProblem.translating(url) {
                let session = pending.withLock { $0.session }
                let begun = try database.write { db in
                    let session = try session ?? DatabaseRows.beginSession(version: version, db)
                    for event in events { try DatabaseRows.insert(event, db) }
                    return session
                }
                pending.withLock { $0.session = begun }
            }
            if pending.withLock({ exchange(&$0.failure, with: nil) }) != nil { onFailure(nil) }
        } catch {
            keep(events, after: error as? INNError ?? DatabaseProblem.error(error, url))
        }
    }

    private func keep(_ events: [TrainingEvent], after failure: INNError) {
        let (isNew, mustSchedule) = pending.withLock { pending in
            pending.events = Self.thinned(events) + pending.events
            defer { pending.isScheduled = true }
            return (exchange(&pending.failure, with: failure) == nil, !pending.isScheduled)
        }
        if isNew { onFailure(failure) }
        if mustSchedule { schedule(after: Self.retryDelay) }
    }

    /// Drops every second waiting snapshot when there are many, so that a disk that stays full does not fill memory
    /// too.
    private static func thinned(_ events: [TrainingEvent]) -> [TrainingEvent] {
        let limit = 64
        let count = events.count { if case .probes = $0 { true } else { false } }
        guard count > limit else { return events }
        var index = 0
        return events.filter { event in
            guard case .probes = event else { return true }
            index += 1
            return index % 2 == 1
        }
    }
}

/// Replaces a value and returns the one before.
private func exchange<Value>(_ value: inout Value, with new: Value) -> Value {
    let old = value
    value = new
    return old
}
