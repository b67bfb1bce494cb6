import Foundation

/// The `checkpoints` folder of a run: `step-00001234.safetensors` files, of which the last three are kept, and
/// `best.safetensors`, which is never removed.
///
/// `best.safetensors` is a hard link to the best step's file: it costs no space while that one exists and outlives it.
/// Reading is safe at any time; saving and ``resume()`` only while holding the run's lock.
public struct CheckpointFolder: Sendable, Equatable {
    /// A checkpoint file by its name; it has not been opened.
    public struct Listed: Sendable, Equatable {
        public let step: Int
        public let url: URL
    }

    /// A checkpoint that could be read, and what had to be passed over.
    public struct Found: Sendable {
        public let checkpoint: Checkpoint
        /// Sentences for the user about checkpoints that could not be used; empty when all was well.
        public let notices: [String]
        fileprivate let damaged: [URL]
    }

    public let url: URL
    public var bestURL: URL { url.appending(path: "best.safetensors") }

    /// How many steps are kept besides the best one.
    public static let keptCount = 3

    public init(_ url: URL) {
        self.url = url
    }

    /// The checkpoints by step, ascending, without `best`.
    public func list() -> [Listed] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
        return names.compactMap { name in
            Self.step(ofFile: name).map { Listed(step: $0, url: url.appending(path: name)) }
        }.sorted { $0.step < $1.step }
    }

    /// Saves a checkpoint, marks it as the best when `state.isBest`, and removes those older than the last three.
    ///
    /// Flush the run's metrics first, so that a checkpoint never is ahead of them.
    ///
    /// - Returns: the file written.
    /// - Throws: ``INNError`` of kind `cannotCreate` or `inputOutput`; the earlier checkpoints are untouched.
    @discardableResult
    public func save(
        _ tensors: [Checkpoint.Tensor], state: CheckpointState, modelConfig: String, trainingConfig: String
    ) throws -> URL {
        try makeFolder()
        let file = url.appending(path: Self.fileName(step: state.step))
        try Checkpoint.write(tensors, state: state, modelConfig: modelConfig, trainingConfig: trainingConfig, to: file)
        if state.isBest { try markBest(file) }
        for old in list().dropLast(Self.keptCount) { unlink(old.url.path) }
        return file
    }

    /// The latest checkpoint that is intact; falls back to earlier ones, then to the best one.
    ///
    /// - Throws: ``INNError`` of kind `noInput` when there is none, `data` when all are damaged.
    public func latest() throws -> Found {
        var notices: [String] = []
        var damaged: [URL] = []
        var candidates = list().reversed().map(\.url)
        if FileManager.default.fileExists(atPath: bestURL.path) { candidates.append(bestURL) }
        for candidate in candidates {
            do {
                let checkpoint = try Checkpoint(candidate)
                if !notices.isEmpty { notices.append("Using the checkpoint of step \(checkpoint.state.step) instead.") }
                return Found(checkpoint: checkpoint, notices: notices, damaged: damaged)
            } catch let error as INNError {
                notices.append(error.message)
                if error.kind == .data { damaged.append(candidate) }
            }
        }
        if let first = notices.first {
            throw INNError(.data, "None of the \(candidates.count) checkpoints in '\(url.path)' can be read (\(first)) Train again under another name.")
        }
        throw INNError(.noInput, "There is no checkpoint in '\(url.path)'; train the run first.")
    }

    /// The latest intact checkpoint of an earlier step than this one, or nil.
    public func latest(before step: Int) -> Checkpoint? {
        let files = list().filter { $0.step < step }.reversed().map(\.url) + [bestURL]
        return files.lazy.compactMap { try? Checkpoint($0) }.first { $0.state.step < step }
    }

    /// The best checkpoint; falls back to ``latest()`` when none was marked or it is damaged.
    ///
    /// - Throws: as ``latest()``.
    public func best() throws -> Found {
        guard FileManager.default.fileExists(atPath: bestURL.path) else { return try latest() }
        do {
            return Found(checkpoint: try Checkpoint(bestURL), notices: [], damaged: [])
        } catch let error as INNError {
            let found = try latest()
            let notices = [error.message, "Using the checkpoint of step \(found.checkpoint.state.step) instead."]
            return Found(checkpoint: found.checkpoint, notices: notices, damaged: found.damaged)
        }
    }

    /// Finds the checkpoint to go on from and prepares the folder for saving again.
    ///
    /// Damaged files are renamed to `….damaged`, what killed writers left is removed, and a best mark that was cut off
    /// by a kill is made good.
    ///
    /// - Throws: as ``latest()``, or `inputOutput` when the folder cannot be changed.
    public func resume() throws -> Found {
        removeLeftovers()
        let found = try latest()
        for file in found.damaged where rename(file.path, file.path + ".damaged") != 0 {
            throw SystemError.writing(file.path, errno)
        }
        if found.checkpoint.state.isBest, found.checkpoint.url != bestURL { try markBest(found.checkpoint.url) }
        return found
    }

    /// Removes what killed writers left; for a run that was killed while its first checkpoint was written, too.
    public func removeLeftovers() { AtomicFile.removeLeftovers(in: url) }

    /// Removes the checkpoints of later steps, for a rollback to an earlier one. The best one stays.
    public func removeSteps(after step: Int) {
        for later in list() where later.step > step { unlink(later.url.path) }
    }

    static func fileName(step: Int) -> String {
        let digits = String(step)
        return "step-" + String(repeating: "0", count: max(0, 8 - digits.count)) + digits + ".safetensors"
    }

    private static func step(ofFile name: String) -> Int? {
        guard let match = name.wholeMatch(of: /step-([0-9]{8,18})\.safetensors/) else { return nil }
        return Int(match.1)
    }

    private func makeFolder() throws {
        guard mkdir(url.path, 0o755) == 0 || errno == EEXIST else { throw SystemError.creating(url.path, errno) }
    }

    private func markBest(_ file: URL) throws {
        let temporary = url.appending(path: ".best.part-\(getpid())").path
        unlink(temporary)
        guard link(file.path, temporary) == 0 else {
            // Some file systems have no hard links.
            guard let copy = try? Data(contentsOf: file) else { throw SystemError.writing(bestURL.path, EIO) }
            return try AtomicFile.write(copy, to: bestURL)
        }
        guard rename(temporary, bestURL.path) == 0 else { throw SystemError.writing(bestURL.path, errno) }
        // POSIX: renaming one link of a file over another link of the same file does nothing and leaves both.
        unlink(temporary)
        try AtomicFile.syncFolder(url.path)
    }
}
