import Foundation
import GRDB
import INNCore

/// The tables of `run.sqlite` and how the file is opened.
///
/// Column names equal the property names of the value types. A floating-point NaN, which SQLite has no value for, is
/// stored as the text `NaN`.
enum DatabaseSchema {
    static let migrator: DatabaseMigrator = {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { db in
            try db.execute(sql: version1)
        }
        migrator.registerMigration("2") { db in
            try db.execute(sql: version2)
        }
        migrator.registerMigration("3") { db in
            try db.execute(sql: version3)
        }
        return migrator
    }()

    private static let version1 = """
        CREATE TABLE metrics (
            step INTEGER PRIMARY KEY, charactersSeen INTEGER NOT NULL, epoch REAL NOT NULL, trainBPC REAL NOT NULL,
            validBPC REAL, gatePenalty REAL NOT NULL, learningRate REAL NOT NULL, gradientNorm REAL NOT NULL,
            charsPerSecond REAL NOT NULL, elapsedSeconds REAL NOT NULL, progress REAL NOT NULL
        );
        CREATE TABLE probeSnapshots (step INTEGER PRIMARY KEY, header TEXT NOT NULL, floats BLOB NOT NULL);
        CREATE TABLE events (id INTEGER PRIMARY KEY AUTOINCREMENT, step INTEGER NOT NULL, kind TEXT NOT NULL, \
        detail TEXT NOT NULL);
        CREATE INDEX eventsByStep ON events (step);
        CREATE TABLE samples (
            id INTEGER PRIMARY KEY AUTOINCREMENT, step INTEGER NOT NULL, prompt TEXT NOT NULL, text TEXT NOT NULL, \
        temperature REAL NOT NULL
        );
        CREATE INDEX samplesByStep ON samples (step);
        CREATE TABLE interventions (id INTEGER PRIMARY KEY AUTOINCREMENT, step INTEGER NOT NULL, payload TEXT NOT NULL);
        CREATE INDEX interventionsByStep ON interventions (step);
        CREATE TABLE sessions (
            id INTEGER PRIMARY KEY AUTOINCREMENT, startedAt REAL NOT NULL, endedAt REAL, host TEXT NOT NULL, \
        pid INTEGER NOT NULL, version TEXT NOT NULL
        );
        CREATE TABLE history (generation INTEGER NOT NULL);
        INSERT INTO history VALUES (0);
        """

    /// What a resume takes back goes here first, see ``DatabaseRows/remove(after:_:)``.
    private static let version2 = """
        CREATE TABLE removals (id INTEGER PRIMARY KEY AUTOINCREMENT, removedAt REAL NOT NULL, resumedStep INTEGER NOT \
        NULL);
        CREATE TABLE removedMetrics (
            removal INTEGER NOT NULL, step INTEGER NOT NULL, charactersSeen INTEGER NOT NULL, epoch REAL NOT NULL, \
        trainBPC REAL NOT NULL,
            validBPC REAL, gatePenalty REAL NOT NULL, learningRate REAL NOT NULL, gradientNorm REAL NOT NULL,
            charsPerSecond REAL NOT NULL, elapsedSeconds REAL NOT NULL, progress REAL NOT NULL
        );
        CREATE TABLE removedProbeSnapshots (removal INTEGER NOT NULL, step INTEGER NOT NULL, header TEXT NOT NULL, \
        floats BLOB NOT NULL);
        CREATE TABLE removedEvents (removal INTEGER NOT NULL, id INTEGER NOT NULL, step INTEGER NOT NULL, kind TEXT \
        NOT NULL, detail TEXT NOT NULL);
        CREATE TABLE removedSamples (
            removal INTEGER NOT NULL, id INTEGER NOT NULL, step INTEGER NOT NULL, prompt TEXT NOT NULL, \
        text TEXT NOT NULL, temperature REAL NOT NULL
        );
        CREATE TABLE removedInterventions (removal INTEGER NOT NULL, id INTEGER NOT NULL, step INTEGER NOT NULL, \
        payload TEXT NOT NULL);
        """

    /// At most one row, see ``DatabaseRows/keep(_:at:_:)``.
    private static let version3 = """
        CREATE TABLE ranks (step INTEGER PRIMARY KEY, report TEXT NOT NULL);
        """

    /// Opens for writing, creating and migrating as needed.
    static func openForWriting(_ url: URL) throws -> DatabaseQueue {
        var configuration = common
        configuration.journalMode = .wal
        try refuseOddFile(url)
        try refuseLoneLog(url)
        try separate(url)
        let database = try DatabaseQueue(path: url.path, configuration: configuration)
        try makeDurable(database, url)
        try requireKnownVersion(database, url)
        try migrator.migrate(database)
        try ownTables.require(in: database, url, called: "run database")
        return database
    }

    /// Opens for reading, also while another process writes, and also where nothing can be written.
    static func openForReading(_ url: URL) throws -> DatabaseQueue {
        var configuration = common
        configuration.readonly = true
        try refuseOddFile(url)
        let database: DatabaseQueue = try {
            do {
                let database = try DatabaseQueue(path: url.path, configuration: configuration)
                try requireKnownVersion(database, url)
                return database
            } catch let error as DatabaseError where DatabaseCopy.helps(against: error, url) {
                return try DatabaseCopy.open(url, common)
            }
        }()
        try requireKnownVersion(database, url)
        guard try database.read({ try !migrator.appliedMigrations($0).isEmpty }) else {
            throw INNError(
                .noInput,
                """
                The run database '\(url.path)' holds no recordings: none were made yet, or it was copied without \
                \(url.lastPathComponent)-wal, in which the newest ones stand.
                """
            )
        }
        try ownTables.require(in: database, url, called: "run database")
        return database
    }

    /// Committed metrics must survive a power cut: a checkpoint, which is synced too, must never be ahead of them.
    ///
    /// To be called once the database is open, because GRDB sets `synchronous` to NORMAL after everything that a
    /// configuration asks for; in that mode the write-ahead log is not synced at the end of a transaction.
    private static func makeDurable(_ database: DatabaseQueue, _ url: URL) throws {
        let mode = try database.inDatabase { db in
            try db.execute(sql: "PRAGMA synchronous = FULL")
            return try Int.fetchOne(db, sql: "PRAGMA synchronous")
        }
        guard mode == 2 else {
            throw INNError(
                .software,
                """
                SQLite does not sync '\(url.path)' at the end of each transaction, although it was asked to; \
                report this.
                """
            )
        }
    }

    private static var common: Configuration {
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { db in
            // A file from a stranger may define views or triggers that call functions; ours has none.
            try db.execute(sql: "PRAGMA trusted_schema = OFF")
            // In KiB when negative. By default it would come to hold 2 MiB of rows that are written once and not read
            // again.
            try db.execute(sql: "PRAGMA cache_size = -256")
        }
        return configuration
    }

    /// SQLite would wait forever for the other end of a pipe. Whether there is a file at all is left to SQLite.
    static func refuseOddFile(_ url: URL) throws {
        for suffix in ["", "-journal", "-wal", "-shm"] {
            var status = stat()
            let path = url.path + suffix
            guard stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG else { continue }
            let advice = suffix.isEmpty ? "restore it from a backup" : "move it away"
            throw INNError(.data, "The database '\(path)' is no regular file; \(advice).")
        }
    }

    /// A copy made of hard links (`cp -al`) shares the database with the run that it is a copy of; from here on it has
    /// one of its own.
    private static func separate(_ url: URL) throws {
        for path in [url.path, url.path + "-wal"] {
            var status = stat()
            guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_nlink > 1 else { continue }
            try AtomicFile.copy(URL(filePath: path), to: URL(filePath: path))
        }
        var status = stat()
        // What it holds is made again from the log.
        if lstat(url.path + "-shm", &status) == 0, status.st_nlink > 1 { unlink(url.path + "-shm") }
    }

    /// SQLite would take the log for one of an older database and delete it, with all that it holds.
    private static func refuseLoneLog(_ url: URL) throws {
        // SQLite follows a link and looks beside the file.
        let file = url.resolvingSymlinksInPath()
        let log = file.deletingLastPathComponent().appending(path: file.lastPathComponent + "-wal")
        var status = stat()
        let isEmpty = stat(url.path, &status) == 0 && status.st_size == 0
        guard try isEmpty || !FolderNames.holds(url), FolderNames.isThere(log) else { return }
        throw INNError(
            .data,
            """
            The run database '\(url.path)' is missing or empty although its log '\(log.lastPathComponent)' is \
            there; restore it from a backup, or move the log away.
            """
        )
    }

    private static let ownTables = OwnTables(migrator)

    private static func requireKnownVersion(_ database: DatabaseQueue, _ url: URL) throws {
        guard try !database.read(migrator.hasBeenSuperseded) else {
            throw INNError(
                .data,
                "The run database '\(url.path)' was written by a newer version of inn-tui; update inn-tui to open it.")
        }
    }
}
