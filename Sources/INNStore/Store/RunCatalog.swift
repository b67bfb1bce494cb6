import Foundation
import INNCore

/// The summaries of all runs in a folder, for a list that is asked for again and again: only what has changed since the
/// last time is read anew.
///
/// Whether somebody trains a run is looked up every time, because a process that is killed changes no file.
public final class RunCatalog {
    private struct Entry {
        let state: FolderState
        let summary: RunSummary
    }

    private let runsFolder: URL
    private var entries: [ExactName: Entry] = [:]
    private var names: (found: Set<ExactName>, ordered: [String]) = ([], [])
    private let coarseness: Duration
    /// How many runs were read since the beginning.
    private(set) var readCount = 0

    public convenience init(_ runsFolder: URL) {
        // Time stamps of files come from a clock with steps of some milliseconds, over a network longer ones.
        self.init(runsFolder, coarseness: .seconds(2))
    }

    /// - Parameter coarseness: for how long two changes of a file may carry the same time stamp.
    package init(_ runsFolder: URL, coarseness: Duration) {
        self.runsFolder = runsFolder
        self.coarseness = coarseness
    }

    /// By name, as ``RunSummary/all(in:)``. To be called by one thread at a time.
    ///
    /// - Throws: as ``RunSummary/all(in:)``.
    public func summaries() throws -> [RunSummary] {
        let runs = try orderedNames().compactMap { name in
            RunFolder(listed: runsFolder.appending(path: name)).map { (name, $0) }
        }
        var next: [ExactName: Entry] = [:]
        defer { entries = next }
        return runs.map { name, folder in
            // The state comes first: what is written while the summary is read is read again the next time.
            let state = FolderState(folder)
            let key = ExactName(name)
            if let known = entries[key], known.state == state {
                next[key] = known
                return known.summary.withOwner(of: folder)
            }
            let summary = RunSummary(recordedIn: folder)
            readCount += 1
            // Something that could not be read is tried again.
            if state.isSettled(for: coarseness), summary.problem == nil {
                next[key] = Entry(state: state, summary: summary)
            }
            return summary.withOwner(of: folder)
        }
    }

    /// Putting a thousand names in order takes longer than reading them.
    private func orderedNames() throws -> [String] {
        let found = try FolderNames.read(runsFolder) ?? []
        let set = Set(found.map(ExactName.init))
        if set != names.found { names = (set, RunFolder.inOrder(found)) }
        return names.ordered
    }
}

/// What the file system says of a run's files without opening one: two equal states that have settled mean the same
/// content.
private struct FolderState: Equatable {
    private struct File: Equatable {
        let device: UInt64, inode: UInt64
        let size: Int
        /// When content or attributes last changed, nanoseconds since 1970. It cannot be set by hand.
        let changed: Int
    }

    private let files: [File?]
    private let takenAt: Int

    init(_ folder: RunFolder) {
        takenAt = Int(Date().timeIntervalSince1970 * 1e9)
        let path = folder.url.path
        files = ["", "/config.json", "/run.sqlite", "/run.sqlite-wal", "/checkpoints", "/exports"].map {
            Self.file(path + $0)
        }
    }

    /// Whether a change after this look would show in the times.
    func isSettled(for coarseness: Duration) -> Bool {
        let latest = files.compactMap { $0?.changed }.max() ?? 0
        return .nanoseconds(takenAt - latest) > coarseness || coarseness == .zero
    }

    static func == (a: FolderState, b: FolderState) -> Bool { a.files == b.files }

    private static func file(_ path: String) -> File? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        #if os(Linux)
        let changed = status.st_ctim
        #else
        let changed = status.st_ctimespec
        #endif
        return File(
            device: UInt64(truncatingIfNeeded: status.st_dev), inode: UInt64(status.st_ino), size: Int(status.st_size),
            changed: Int(changed.tv_sec) * 1_000_000_000 + Int(changed.tv_nsec))
    }
}
