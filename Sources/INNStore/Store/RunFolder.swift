import Foundation
import INNCore

/// The folder of one run: `config.json`, `run.sqlite`, `checkpoints/` and the `lock` file.
///
/// Any process can read it while another one trains it.
public struct RunFolder: Sendable, Equatable {
    public let url: URL

    public var name: String { url.lastPathComponent }
    public var configURL: URL { url.appending(path: Self.configName) }
    public var databaseURL: URL { url.appending(path: "run.sqlite") }
    public var checkpoints: CheckpointFolder { CheckpointFolder(url.appending(path: CheckpointFolder.name)) }
    var lockURL: URL { url.appending(path: "lock") }

    static let configName = "config.json"
    static let trashName = ".trash"

    /// - Parameter url: of a folder that is known to be a run.
    package init(at url: URL) {
        self.url = url
    }

    /// Creates a run's folder, complete with its configuration, or nothing at all.
    ///
    /// - Parameters:
    ///   - name: the user's name for it; nil for the next free `CORPUS-PRESET-NUMBER`.
    ///   - runsFolder: is created when missing.
    /// - Throws: ``INNError`` of kind `usage` (a name that is taken or not allowed), `cannotCreate` or `inputOutput`.
    public static func create(
        named name: String? = nil, config: RunConfig<some Encodable>, in runsFolder: URL
    ) throws -> RunFolder {
        if let name { try RunName.validate(name) }
        if let failure = makeFolders(runsFolder.path) { throw SystemError.creating(runsFolder.path, failure) }
        StagingFolder.removeStale(in: runsFolder)
        let staging = try StagingFolder(in: runsFolder)
        try RunFolder(at: staging.url).write(config)
        let folder = try place(staging.url, named: name, description: config.description, in: runsFolder)
        staging.isPlaced = true
        try AtomicFile.syncFolder(runsFolder.path)
        return folder
    }

    /// Opens an existing run by its name in `runsFolder`, or by the path of its folder.
    ///
    /// - Throws: ``INNError`` of kind `noInput` when there is no such run, or its folder cannot be looked into.
    public static func open(_ nameOrPath: String, in runsFolder: URL) throws -> RunFolder {
        // Also a name that no new run may have, such as one with spaces: somebody has named the folder.
        let isName = !nameOrPath.isEmpty && !nameOrPath.hasPrefix(".") && !nameOrPath.utf8.contains(UInt8(ascii: "/"))
        if isName, let folder = try RunFolder(existing: runsFolder.appending(path: nameOrPath)) { return folder }
        if let folder = try RunFolder(existing: URL(filePath: nameOrPath)) { return folder }
        let known = try all(in: runsFolder).map(\.name)
        let advice =
            known.isEmpty
            ? "there are no runs yet; start one with 'inn-tui train text8'"
            : "choose one of: \(DistinctNames.onTerminal.forms(of: known).joined(separator: ", "))"
        throw INNError(.noInput, "There is no run '\(nameOrPath.shortened)' in '\(runsFolder.path)'; \(advice).")
    }

    /// The runs in a folder, by name; empty when the folder does not exist. One that cannot be looked into is among
    /// them.
    ///
    /// - Throws: ``INNError`` of kind `noInput` when `runsFolder` is there and cannot be read.
    public static func all(in runsFolder: URL) throws -> [RunFolder] {
        try inOrder(FolderNames.read(runsFolder) ?? []).compactMap { RunFolder(listed: runsFolder.appending(path: $0)) }
    }

    /// Names that runs may have, in the order of listings.
    static func inOrder(_ names: [String]) -> [String] {
        names.filter { !$0.hasPrefix(".") }.sorted { $0.compare($1, options: .numeric) == .orderedAscending }
    }

    /// What stands in a listing: also a folder of which it cannot be told whether it is a run.
    package init?(listed url: URL) {
        do {
            guard let folder = try RunFolder(existing: url) else { return nil }
            self = folder
        } catch {
            self.init(at: url)
        }
    }

    /// A folder counts as a run when it holds a configuration.
    ///
    /// - Throws: when that cannot be told.
    private init?(existing url: URL) throws {
        do {
            guard try FolderNames.holds(url.appending(path: Self.configName)) else { return nil }
        } catch {
            // Of what is no folder it can be told.
            var status = stat()
            guard stat(url.path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return nil }
            throw error
        }
        self.init(at: url)
    }

    /// Replaces the configuration atomically.
    public func write(_ config: RunConfig<some Encodable>) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try AtomicFile.write(encoder.encode(config), to: configURL)
    }

    /// - Parameter check: throws when the settings are impossible.
    /// - Throws: ``INNError`` of kind `noInput` or `data` (newer than this program, not readable as this kind of
    ///   configuration, impossible).
    public func config<Settings: Decodable>(
        _: Settings.Type, check: (Settings) throws -> Void = { _ in }
    ) throws -> RunConfig<Settings> {
        let source = try RandomAccessBytes(contentsOf: configURL)
        let limit = 1 << 20
        guard source.count <= limit else {
            throw INNError(
                .data, "The file '\(configURL.path)' is too large for a configuration; restore it from a backup.")
        }
        let json = Data(try source.bytes(at: 0, count: source.count))
        do {
            let schema = try JSONDecoder().decode(ConfigForm.self, from: json).schema ?? 1
            guard schema <= ConfigForm.current else {
                throw INNError(
                    .data,
                    """
                    The file '\(configURL.path)' was written by a newer version of inn-tui; update inn-tui to open \
                    the run.
                    """
                )
            }
            let config = try JSONDecoder().decode(RunConfig<Settings>.self, from: json)
            try check(config.settings)
            return config
        } catch let error as DecodingError {
            throw damagedConfig(Self.phrase(error))
        } catch let error as INNError where error.kind == .usage {
            throw damagedConfig(error.message.hasSuffix(".") ? String(error.message.dropLast()) : error.message)
        }
    }

    private func damagedConfig(_ phrase: String) -> INNError {
        INNError(
            .data,
            """
            The file '\(configURL.path)' is no valid configuration (\(phrase)); restore it or train under another \
            name.
            """
        )
    }

    /// The checkpoints, for training the run: they stay the run's own when its folder is renamed.
    ///
    /// - Throws: as ``config(_:check:)``.
    public func checkpoints(keptBy lock: RunLock) throws -> CheckpointFolder {
        CheckpointFolder(of: try config(AnySettings.self).identity, keptBy: lock)
    }

    /// What the run's losses are counted per.
    ///
    /// - Throws: as ``config(_:check:)``.
    package func unit() throws -> TextUnit { try config(AnySettings.self).settings.unit }

    /// Whether the run has recorded anything.
    ///
    /// - Throws: ``INNError`` of kind `noInput` when that cannot be told.
    package var hasConfig: Bool { FolderNames.isThere(configURL) }

    /// Whether somebody is deleting the folder; waits up to a second to find out.
    package var isVanishing: Bool { FolderNames.waitsForRemoval(of: url) }

    /// Whether it holds anything that training did not put there.
    package var holdsForeign: Bool {
        let own: Set = [
            Self.configName, lockURL.lastPathComponent, "run.sqlite", "run.sqlite-wal", "run.sqlite-shm",
            "run.sqlite-journal", CheckpointFolder.name,
        ]
        guard let names = try? FolderNames.read(url) else { return true }
        return !own.isSuperset(of: names)
    }

    public func hasDatabase() throws -> Bool { try FolderNames.holds(databaseURL) }

    /// Takes the run for training; it is released when the returned value goes away.
    ///
    /// - Throws: ``INNError`` of kind `temporary` naming the owner when another process trains the run.
    public func lock() throws -> RunLock {
        try RunLock(self)
    }

    /// Moves the run into the `.trash` folder beside it.
    ///
    /// - Throws: ``INNError`` of kind `temporary` when it is being trained, `cannotCreate` when it cannot be moved.
    @discardableResult
    public func moveToTrash() throws -> URL {
        let lock = try lock()
        defer { lock.release() }
        let trash = url.deletingLastPathComponent().appending(path: Self.trashName)
        guard mkdir(trash.path, 0o755) == 0 || errno == EEXIST else { throw SystemError.creating(trash.path, errno) }
        for number in 1... {
            let target = trash.appending(path: number == 1 ? name : "\(name)~\(number)")
            if rename(url.path, target.path) == 0 { return target }
            guard errno == EEXIST || errno == ENOTEMPTY else { throw SystemError.creating(target.path, errno) }
        }
        return trash
    }

    /// Makes a folder and those above it. FileManager does that too, but does not tell why it failed.
    ///
    /// - Returns: the `errno` of a failure, or nil when the folder is there.
    private static func makeFolders(_ path: String) -> Int32? {
        let parent = (path as NSString).deletingLastPathComponent
        if mkdir(path, 0o755) == 0 {
            try? AtomicFile.syncFolder(parent)
            return nil
        }
        let failure = errno
        if failure == EEXIST {
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
                ? nil : ENOTDIR
        }
        guard failure == ENOENT, parent != path, !parent.isEmpty else { return failure }
        return makeFolders(parent) ?? makeFolders(path)
    }

    /// Renames the finished folder to its name. A folder that is not empty is never replaced.
    private static func place(
        _ staging: URL, named name: String?, description: RunDescription, in runsFolder: URL
    ) throws -> RunFolder {
        var number = 1
        while true {
            let candidate = name ?? RunName.automatic(description, number: number)
            let target = runsFolder.appending(path: candidate)
            if rename(staging.path, target.path) == 0 { return RunFolder(at: target) }
            guard [EEXIST, ENOTEMPTY, ENOTDIR].contains(errno) else { throw SystemError.creating(target.path, errno) }
            if name != nil {
                throw INNError(
                    .usage,
                    """
                    There is already a run '\(candidate)' in '\(runsFolder.path)'; continue it with --resume or \
                    choose another --name.
                    """
                )
            }
            number += 1
        }
    }

    private static func phrase(_ error: DecodingError) -> String {
        switch error {
        case .keyNotFound(let key, _): "'\(key.stringValue.shortened)' is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            "'\(context.codingPath.map(\.stringValue).joined(separator: ".").shortened)' has the wrong type"
        default: "it is no JSON"
        }
    }
}
