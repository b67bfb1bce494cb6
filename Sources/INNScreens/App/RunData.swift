import INNKit

/// The data that a run has delivered so far; a frozen display keeps an old copy.
public struct RunData: Equatable, Sendable {
    public internal(set) var history = ReportHistory()
    public internal(set) var probes = ProbeHistory()
    public internal(set) var marks: [EventMark] = []
    public internal(set) var samples: [TextSample] = []
    /// What is changed in the network that trains.
    public internal(set) var interventions = InterventionSet.none
    /// What the neurons do, as far as it has been analysed.
    public internal(set) var insight: Insight?

    /// What losing each neuron has cost over training.
    public internal(set) var causalHistory = CausalHistory()

    static let maximumMarks = 512
    static let maximumSamples = 64

    public init() {}

    init(_ contents: RunContents) {
        for report in contents.reports { receive(.report(report)) }
        for mark in contents.marks { receive(.mark(mark)) }
        for snapshot in contents.snapshots { receive(.probes(snapshot)) }
        for sample in contents.samples { receive(.sample(sample)) }
    }

    mutating func receive(_ event: TrainingEvent) {
        switch event {
        case .report(let report): history.append(report)
        case .probes(let snapshot): probes.append(snapshot)
        case .mark(let mark), .announced(let mark):
            marks.append(mark)
            if marks.count > Self.maximumMarks { thinMarks() }
        case .sample(let sample):
            samples.append(sample)
            if samples.count > Self.maximumSamples { samples.removeFirst(samples.count - Self.maximumSamples) }
        case .interventions(let record): interventions = record.set
        case .recorded, .withdrawn: break
        }
    }

    /// The last step that anything is known of; nil before the first.
    var lastStep: Int? {
        [history.latest?.step, marks.last?.step].compactMap(\.self).max().flatMap { $0 > 0 ? $0 : nil }
    }

    /// Whether the trainer was last heard to pause.
    var isPaused: Bool {
        let last = marks.last {
            [.paused, .unpaused, .started, .resumed, .stopped, .finished].contains($0.kind)
        }
        return last?.kind == .paused
    }

    /// Drops the oldest plain checkpoints first: they are many and the least telling.
    private mutating func thinMarks() {
        let index = marks.firstIndex { $0.kind == .checkpoint } ?? 0
        marks.remove(at: index)
    }
}
