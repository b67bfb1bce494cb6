import Foundation
import INNCore

extension CheckpointFolder {
    /// A checkpoint that could be read, and what had to be passed over.
    public struct Found: Sendable {
        public let checkpoint: Checkpoint
        /// Sentences for the user about checkpoints that could not be used; empty when all was well.
        public internal(set) var notices: [String] = []
        /// Whether the run has recorded everything up to it; false when what was recorded ends before every checkpoint.
        public internal(set) var isRecorded = true
        fileprivate var damaged: [URL] = []
        /// Intact ones of later steps that the run's recordings do not reach.
        fileprivate var ahead: [URL] = []
    }

    /// The latest checkpoint that is intact; falls back to earlier ones, then to the best one.
    ///
    /// - Throws: ``INNError`` of kind `noInput` when there is none or the folder cannot be read, `data` when all are
    ///   damaged.
    public func latest() throws -> Found { try latest(recorded: nil) }

    /// The latest intact checkpoint of an earlier step than this one, or nil.
    public func latest(before step: Int) -> Checkpoint? {
        let files = ((try? list()) ?? []).filter { $0.step < step }.reversed().map(\.url) + [bestURL]
        return files.lazy.compactMap { try? Checkpoint($0) }.first { $0.state.step < step && Self.isSame($0.run, run) }
    }

    /// The best checkpoint; falls back to ``latest()`` when none was marked or it is damaged.
    ///
    /// - Throws: as ``latest()``.
    public func best() throws -> Found {
        guard try FolderNames.holds(bestURL) else { return try latest() }
        do {
            return Found(checkpoint: try Checkpoint(bestURL))
        } catch let error as INNError {
            var found = try latest()
            found.notices.insert(
                contentsOf: [error.message, "Using the checkpoint of step \(found.checkpoint.state.step) instead."],
                at: 0)
            return found
        }
    }

    /// Finds the checkpoint to go on from and prepares the folder for saving again.
    ///
    /// That is the newest one that the run's recordings reach: after a power cut some may be missing that were made
    /// before the checkpoint, and going on from it would leave a gap. Where they reach none, the newest intact one is
    /// taken.
    ///
    /// Damaged files are renamed to `….damaged` and those that are ahead of the recordings to `….unrecorded`, what
    /// killed writers left is removed, and a best mark that was cut off by a kill is made good.
    ///
    /// - Parameter recorded: steps whose checkpoints have been recorded with everything before them; nil when all have.
    /// - Throws: as ``latest()``, or `inputOutput` when the folder cannot be changed.
    public func resume(recorded: Set<Int>? = nil) throws -> Found {
        removeLeftovers()
        let found = try latest(recorded: recorded)
        try setAside(found.damaged, as: "damaged")
        if found.isRecorded { try setAside(found.ahead.filter { $0 != bestURL }, as: "unrecorded") }
        if found.checkpoint.state.isBest, found.checkpoint.url != bestURL { try markBest(found.checkpoint.url) }
        return found
    }

    /// In a folder that is linked from elsewhere, a file that is not a checkpoint of this run may belong to somebody
    /// else.
    private func setAside(_ files: [URL], as ending: String) throws {
        let files = isLinked ? files.filter(isOwn) : files
        for file in files where rename(file.path, "\(file.path).\(ending)") != 0 {
            throw SystemError.writing(file.path, errno)
        }
    }

    private func latest(recorded: Set<Int>?) throws -> Found {
        var notices: [String] = []
        var damaged: [URL] = []
        var ahead: [Checkpoint] = []
        let candidates = try candidates()
        for candidate in candidates {
            do {
                let checkpoint = try Checkpoint(candidate)
                guard Self.isSame(checkpoint.run, run) else {
                    notices.append("The checkpoint '\(candidate.path)' belongs to another run and is left alone.")
                    continue
                }
                guard recorded?.contains(checkpoint.state.step) != false else {
                    ahead.append(checkpoint)
                    continue
                }
                return found(checkpoint, notices, damaged, ahead)
            } catch let error as INNError {
                notices.append(error.message)
                if error.kind == .data { damaged.append(candidate) }
            }
        }
        if let newest = ahead.first {
            var found = found(newest, notices, damaged, [])
            found.isRecorded = false
            return found
        }
        if let first = notices.first {
            throw INNError(
                .data,
                """
                None of the \(candidates.count) checkpoints in '\(url.path)' can be read (\(first)) Train again \
                under another name.
                """
            )
        }
        throw INNError(.noInput, "There is no checkpoint in '\(url.path)'; train the run first.")
    }

    /// The newest first, the best one last.
    private func candidates() throws -> [URL] {
        try list().reversed().map(\.url) + (FolderNames.holds(bestURL) ? [bestURL] : [])
    }

    private func found(_ checkpoint: Checkpoint, _ notices: [String], _ damaged: [URL], _ ahead: [Checkpoint]) -> Found
    {
        let step = checkpoint.state.step
        var notices = notices
        if let newest = ahead.first {
            notices.append(
                """
                The metrics of this run end before its checkpoint of step \(newest.state.step), as after a power \
                cut, so training goes back to step \(step), which they reach.
                """
            )
        } else if !notices.isEmpty {
            notices.append("Using the checkpoint of step \(step) instead.")
        }
        return Found(
            checkpoint: checkpoint, notices: notices, damaged: damaged, ahead: ahead.map(\.url).filter { $0 != bestURL }
        )
    }

    /// Checkpoints from before runs had an identity belong to whichever run they lie in.
    package static func isSame(_ found: String?, _ wanted: String?) -> Bool {
        found == nil || wanted == nil || found == wanted
    }
}

extension Checkpoint {
    /// Whether a file says that it is a checkpoint of a run; its values are not looked at.
    ///
    /// - Parameters:
    ///   - run: nil for any run.
    ///   - needsMark: whether files from before checkpoints named their run are passed over.
    static func isCheckpoint(_ file: SafetensorsFile, of run: String?, needsMark: Bool) -> Bool {
        guard file.metadata[Key.format]?.hasPrefix(formatName) == true else { return false }
        let found = file.metadata[Key.run]
        return needsMark ? found == run : CheckpointFolder.isSame(found, run)
    }
}
