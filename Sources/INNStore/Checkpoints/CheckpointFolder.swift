import Foundation
import INNCore

/// The `checkpoints` folder of a run: `step-00001234.safetensors` files, of which the last three are kept, and
/// `best.safetensors`, which is never removed.
///
/// `best.safetensors` is a hard link to the best step's file: it costs no space while that one exists and outlives it.
/// Reading is safe at any time; saving and ``resume(recorded:)`` only while holding the run's lock.
public struct CheckpointFolder: Sendable {
    /// A checkpoint file by its name; it has not been opened.
    public struct Listed: Sendable, Equatable {
        public let step: Int
        public let url: URL
    }

    /// What makes a folder safe to write into for hours; a run's lock is one.
    public protocol Keeper: Sendable {
        /// Where the run's folder is now.
        var folderURL: URL { get }
        /// - Throws: ``INNError`` when what is written next would not go into this run.
        func requireHeld() throws
    }

    private enum Place: Sendable {
        case fixed(URL)
        case kept(any Keeper)
    }

    package static let name = "checkpoints"
    private let place: Place
    /// Which run the checkpoints are of, see ``RunConfig/identity``; nil takes them of any run.
    package let run: String?

    public var url: URL {
        switch place {
        case .fixed(let url): url
        case .kept(let keeper): keeper.folderURL.appending(path: Self.name)
        }
    }

    public var bestURL: URL { url.appending(path: "best.safetensors") }

    /// How many steps are kept besides the best one.
    public static let keptCount = 3

    public init(_ url: URL) {
        place = .fixed(url)
        run = nil
    }

    /// The checkpoints of a run that stays the same when its folder is renamed.
    ///
    /// - Parameter run: ``RunConfig/identity``.
    public init(of run: String, keptBy keeper: any Keeper) {
        place = .kept(keeper)
        self.run = run
    }

    /// Makes sure that the next checkpoint goes into the run that this folder was opened for.
    public func requireHeld() throws {
        if case .kept(let keeper) = place { try keeper.requireHeld() }
    }

    /// The checkpoints by step, ascending, without `best`; empty when the folder does not exist.
    ///
    /// - Throws: ``INNError`` of kind `noInput` when the folder is there and cannot be read.
    public func list() throws -> [Listed] {
        let url = url
        return (try FolderNames.read(url) ?? []).compactMap { name in
            Self.step(ofFile: name).map { Listed(step: $0, url: url.appending(path: name)) }
        }.sorted { $0.step < $1.step }
    }

    /// Whether any checkpoint file is there, intact or not.
    ///
    /// - Throws: as ``list()``.
    public func holdsAny() throws -> Bool { try !list().isEmpty || FolderNames.holds(bestURL) }

    /// Saves a checkpoint, marks it as the best when `state.isBest`, and removes those older than the last three.
    ///
    /// - Parameters:
    ///   - keeping: a step whose checkpoint stays, however old.
    ///   - isComplete: called once all of it is on disk and before it gets its name: the moment to make sure that the
    ///     run's metrics reach it.
    /// - Returns: the file written.
    /// - Throws: ``INNError`` of kind `cannotCreate` or `inputOutput`; the earlier checkpoints are untouched.
    @discardableResult
    public func save(
        _ tensors: [Checkpoint.Tensor], state: CheckpointState, modelConfig: String, trainingConfig: String,
        keeping: Int? = nil, isComplete: () -> Void = {}
    ) throws -> URL {
        func write() throws -> URL {
            try requireHeld()
            try makeFolder()
            let file = url.appending(path: Self.fileName(step: state.step))
            for target in state.isBest ? [file, bestURL] : [file] { try requireFree(target) }
            try Checkpoint.write(
                tensors, state: state, modelConfig: modelConfig, trainingConfig: trainingConfig, run: run, to: file,
                isComplete: isComplete)
            if state.isBest { try markBest(file) }
            return file
        }
        let file: URL
        do {
            file = try write()
        } catch let error as INNError where error.systemCode == ENOENT {
            _ = FolderNames.waitsForRemoval(of: url.deletingLastPathComponent())
            file = try write()
        }
        // The checkpoint is safe by now: that the folder cannot be listed at the moment is no failure of saving.
        let own = ((try? list()) ?? []).filter { isOwn($0.url) }
        for old in own.dropLast(Self.keptCount) where old.step != keeping { unlink(old.url.path) }
        return file
    }

    /// Saves a checkpoint of this run into another folder, beside whatever lies there.
    ///
    /// - Returns: the file written.
    /// - Throws: ``INNError`` of kind `cannotCreate` or `inputOutput`; nothing that was there before is touched.
    @discardableResult
    public func save(
        _ tensors: [Checkpoint.Tensor], state: CheckpointState, modelConfig: String, trainingConfig: String,
        elsewhere folder: URL, isComplete: () -> Void = {}
    ) throws -> URL {
        try makeFolders(folder)
        let file = folder.appending(path: Self.fileName(step: state.step))
        guard !FolderNames.isThere(file) else {
            throw INNError(.cannotCreate, "There already is a file '\(file.path)'; choose another folder.")
        }
        try Checkpoint.write(
            tensors, state: state, modelConfig: modelConfig, trainingConfig: trainingConfig, run: run, to: file,
            isComplete: isComplete)
        return file
    }

    /// Makes a folder and those above it that are missing.
    private func makeFolders(_ folder: URL) throws {
        let above = folder.deletingLastPathComponent()
        if !FolderNames.isThere(folder), !FolderNames.isThere(above) { try makeFolders(above) }
        if mkdir(folder.path, 0o755) == 0 { return try AtomicFile.syncFolder(above.path) }
        guard errno == EEXIST else { throw SystemError.creating(folder.path, errno) }
    }

    /// In a folder that several runs share, the name may be that of another run's checkpoint.
    private func requireFree(_ file: URL) throws {
        guard let run, let found = (try? SafetensorsFile(file))?.metadata[Checkpoint.Key.run], found != run else {
            return
        }
        throw INNError(
            .cannotCreate,
            "'\(file.path)' is a checkpoint of another run; give each run a folder for checkpoints of its own.")
    }

    /// Removes the checkpoints of later steps, for a rollback to an earlier one. The best one stays.
    public func removeSteps(after step: Int) throws {
        for later in try list() where later.step > step && isOwn(later.url) { unlink(later.url.path) }
    }

    /// Removes what killed writers left; for a run that was killed while its first checkpoint was written, too.
    public func removeLeftovers() { AtomicFile.removeLeftovers(in: url, of: isWritten) }

    /// Whether a killed writer left an unfinished checkpoint.
    public var holdsUnfinished: Bool { !AtomicFile.leftovers(in: url, of: isWritten).isEmpty }

    private func isWritten(_ name: String) -> Bool {
        name == "best" || name == bestURL.lastPathComponent || Self.step(ofFile: name) != nil
    }

    /// Whether a file is a checkpoint of this run. In a folder that others write into as well, only those may be
    /// removed.
    package func isOwn(_ file: URL) -> Bool {
        var status = stat()
        guard lstat(file.path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, let found = try? SafetensorsFile(file)
        else { return false }
        return Checkpoint.isCheckpoint(found, of: run, needsMark: run != nil && isLinked)
    }

    /// Whether the folder is linked from elsewhere, so that it may hold the files of others.
    var isLinked: Bool {
        var status = stat()
        return lstat(url.path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
    }

    package static func fileName(step: Int) -> String {
        let digits = String(step)
        return "step-" + String(repeating: "0", count: max(0, 8 - digits.count)) + digits + ".safetensors"
    }

    private static func step(ofFile name: String) -> Int? {
        guard let match = name.wholeMatch(of: /step-([0-9]{8,18})\.safetensors/) else { return nil }
        return Int(match.1)
    }

    private func makeFolder() throws {
        if mkdir(url.path, 0o755) == 0 { return try AtomicFile.syncFolder(url.deletingLastPathComponent().path) }
        guard errno == EEXIST else { throw SystemError.creating(url.path, errno) }
    }

    func markBest(_ file: URL) throws {
        let temporary = url.appending(path: ".best.part-\(getpid())").path
        unlink(temporary)
        guard link(file.path, temporary) == 0 else {
            // Some file systems have no hard links.
            return try AtomicFile.copy(file, to: bestURL)
        }
        guard rename(temporary, bestURL.path) == 0 else { throw SystemError.writing(bestURL.path, errno) }
        // POSIX: renaming one link of a file over another link of the same file does nothing and leaves both.
        unlink(temporary)
        try AtomicFile.syncFolder(url.path)
    }
}
