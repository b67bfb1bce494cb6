import Foundation
import INNCore

/// A stored run as `inn-tui runs` and the runs screen list it.
public struct RunSummary: Codable, Sendable, Equatable {
    public enum State: String, Codable, Sendable {
        /// A process is training it now.
        case running
        /// A process holds it, and training rests until somebody lets it go on.
        case paused
        /// Training came to its planned end.
        case finished
        /// Training was stopped or killed and can be resumed.
        case interrupted
        /// Something in the folder cannot be read; see `problem`.
        case damaged
    }

    public var name: String
    public var state: State
    /// Nil when the configuration cannot be read.
    public var description: RunDescription?
    /// Metrics of the last recorded step; nil before the first.
    public var lastReport: TrainingReport?
    /// What losses are counted per; nil when the configuration cannot be read.
    public var unit: TextUnit?
    /// The last validation loss measured, bits per ``unit``.
    public var validBPC: Double?
    /// The lowest validation loss, bits per ``unit``.
    public var bestValidBPC: Double?
    /// Seconds since 1970 at which training of this run last began.
    public var lastStartedAt: Double?
    /// Space that the folder takes, in bytes.
    public var bytesOnDisk: Int
    /// What is wrong with the folder, as a sentence.
    public var problem: String?
    /// Whether the last thing that the trainer recorded of its progress is a pause.
    private var restsAtEnd = false

    private enum CodingKeys: CodingKey {
        case name, state, description, lastReport, unit, validBPC, bestValidBPC, lastStartedAt, bytesOnDisk, problem
    }

    package init(
        name: String, state: State, description: RunDescription? = nil, lastReport: TrainingReport? = nil,
        validBPC: Double? = nil, bestValidBPC: Double? = nil, lastStartedAt: Double? = nil, bytesOnDisk: Int = 0,
        problem: String? = nil
    ) {
        (self.name, self.state, self.description) = (name, state, description)
        (self.lastReport, self.validBPC, self.bestValidBPC) = (lastReport, validBPC, bestValidBPC)
        (self.lastStartedAt, self.bytesOnDisk, self.problem) = (lastStartedAt, bytesOnDisk, problem)
    }

    /// The summaries of all runs in a folder, by name.
    ///
    /// - Throws: as ``RunFolder/all(in:)``.
    public static func all(in runsFolder: URL) throws -> [RunSummary] {
        try RunFolder.all(in: runsFolder).map { RunSummary($0) }
    }

    /// Never fails: a run that cannot be read is described as such.
    public init(_ folder: RunFolder) { self = RunSummary(recordedIn: folder).withOwner(of: folder) }

    /// What the files of the run tell; not whether somebody trains it.
    package init(recordedIn folder: RunFolder) {
        name = folder.name
        state = .interrupted
        bytesOnDisk = Self.bytes(in: folder.url)
        do {
            let config = try folder.config(AnySettings.self)
            (description, unit) = (config.description, config.settings.unit)
            try read(RunHistory(folder), folder)
        } catch let error as INNError where error.kind == .noInput && description != nil {
            // Created, and its first session has not recorded anything yet.
        } catch {
            state = .damaged
            problem = (error as? INNError)?.message ?? String(describing: error)
        }
    }

    /// The same, running or paused if somebody holds it at this moment.
    func withOwner(of folder: RunFolder) -> RunSummary {
        guard RunLock.owner(of: folder) != nil else { return self }
        var summary = self
        summary.state = restsAtEnd ? .paused : .running
        return summary
    }

    private mutating func read(_ history: RunHistory, _ folder: RunFolder) throws {
        lastReport = try history.latestReport()
        validBPC = try history.latestValidation()?.validBPC
        bestValidBPC = try history.bestValidation()?.validBPC
        lastStartedAt = try history.sessions().last?.startedAt
        // Checkpoints are marked after the end too.
        let phases: Set<EventMark.Kind> = [.started, .resumed, .stopped, .finished]
        let marks = try history.marks()
        restsAtEnd = marks.last { phases.union([.paused, .unpaused]).contains($0.kind) }?.kind == .paused
        guard let last = marks.last(where: { phases.contains($0.kind) }), last.kind == .finished else { return }
        // The end counts with its weights. Where there are none at all, somebody took them away.
        let newest = (try? folder.checkpoints.list())?.last?.step
        if newest.map({ $0 >= last.step }) ?? true { state = .finished }
    }

    /// Counts a file with several hard links once.
    private static func bytes(in folder: URL) -> Int {
        guard let paths = FileManager.default.enumerator(atPath: folder.path) else { return 0 }
        var sizes: [UInt64: Int] = [:]
        while let path = paths.nextObject() as? String {
            var status = stat()
            guard lstat("\(folder.path)/\(path)", &status) == 0, status.st_mode & S_IFMT == S_IFREG else { continue }
            sizes[UInt64(status.st_ino)] = Int(status.st_blocks) * 512
        }
        return sizes.values.reduce(0, +)
    }
}
