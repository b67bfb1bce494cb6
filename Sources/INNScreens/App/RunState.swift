import INNKit

/// The run on display: what it has delivered, what is known of its network, what is changed in it, and what all screens
/// look at. Screens read it; ``reduce(_:_:)`` alone changes what the run has delivered.
public struct RunState: Sendable {
    public internal(set) var runInfo: RunInfo
    public internal(set) var trainer: TrainerStatus
    /// What has arrived, whether or not it is shown.
    var live = RunData()
    /// The data on display while it is frozen.
    var frozen: RunData?
    /// What is changed in the network, and how the changes are made.
    var interventions = InterventionState()
    /// Gives the order of neurons instead of what is on display, while a run is shown over time.
    var keptOrder: ProbeEntry?
    /// What the generator shows now.
    var generation: GenerationFrame?
    public internal(set) var generator = GeneratorStatus.absent(
        reason: "no network is open here: inn-tui explore opens one")
    /// What interventions were last found to do.
    var effect: InterventionEffect?
    /// Whether that is being measured anew.
    var awaitsEffect = false
    /// Probes with the interventions of ``effect``, and of the same weights without where these are not the run's own.
    var ablated: ProbeEntry?, intact: ProbeEntry?
    /// How far an analysis in the background is; nil when none is under way.
    var insightProgress: InsightProgress?
    public internal(set) var watch: WatchStatus?
    public internal(set) var selection = Selection()
    /// Views that were kept of this network, the newest first.
    var bookmarks: [Bookmark] = []
    /// Where one was when the tour began; the place in the text is known as soon as the network has said it.
    var tourReturn: (choices: ScreenChoices, course: TextCourse?)?
    /// Lines that libraries printed.
    var log: [String] = []

    static let maximumLog = 300

    init(_ contents: RunContents) {
        runInfo = contents.info
        live = RunData(contents)
        trainer = contents.info.isLive ? .training : .finished
        if contents.info.isLive { generator = .opening }
        interventions = InterventionState(contents)
    }

    /// Takes another run in place of this one; what all screens look at stays, but for the round and the probe.
    mutating func open(_ contents: RunContents) {
        runInfo = contents.info
        live = RunData(contents)
        trainer = contents.info.isLive ? .training : .finished
        frozen = nil
        generation = nil
        accept(nil)
        insightProgress = nil
        bookmarks = []
        tourReturn = nil
        (selection.probeStep, selection.isReplaying) = (nil, false)
        selection.round = nil
        let replays = interventions.replays
        interventions = InterventionState(contents)
        interventions.replays = replays
    }

    /// The data that screens draw.
    var data: RunData { frozen ?? live }

    /// Whether leaving the program would end a training in progress.
    var isTraining: Bool {
        guard runInfo.isLive else { return false }
        switch trainer {
        case .training, .paused, .stopping, .savingFailed: return true
        case .finished, .failed: return false
        }
    }

    /// Whether a training in progress rests, here or in the process that trains the run.
    var isPaused: Bool {
        if case .training = watch { return live.isPaused }
        return isTraining && trainer == .paused
    }

    /// Whether reports or probes of the run on display may still arrive.
    var isGrowing: Bool {
        if case .training = watch { true } else { isTraining }
    }
}

// MARK: The network on display

extension RunState {
    /// The probe snapshot on display.
    var probe: ProbeEntry? {
        guard let step = selection.probeStep else { return ablatedProbe ?? data.probes.latest }
        return data.probes.entries.last { $0.snapshot.step <= step } ?? data.probes.entries.first
    }

    /// The probes that say in which order neurons stand and how they group: the newest while earlier ones are on
    /// display, so that a row can be followed through time.
    var orderProbe: ProbeEntry? {
        guard let shown = probe else { return nil }
        let chosen = keptOrder ?? (selection.probeStep == nil ? shown : data.probes.latest)
        guard let chosen, chosen.snapshot.neurons == shown.snapshot.neurons,
            chosen.snapshot.rounds == shown.snapshot.rounds
        else { return shown }
        return chosen
    }

    /// Probes with the active interventions, when they belong to the network on display.
    var ablatedProbe: ProbeEntry? {
        guard !interventions.active.isEmpty, let ablated, let latest = data.probes.latest?.snapshot else { return nil }
        let s = ablated.snapshot
        return s.rounds == latest.rounds && s.neurons == latest.neurons && s.heads == latest.heads
            && s.symbols.count == latest.symbols.count ? ablated : nil
    }

    /// What the probe on display is compared with: the network without interventions, or nil when there are none.
    var baselineProbe: ProbeEntry? {
        selection.probeStep == nil && ablatedProbe != nil ? intact ?? data.probes.latest : nil
    }

    /// Whether no earlier probe snapshot is stored than the one on display.
    var showsFirstProbe: Bool { probe?.snapshot.step == data.probes.entries.first?.snapshot.step }

    /// The round on display, within what the snapshot has.
    var shownRound: Int {
        let last = max(0, (probe?.snapshot.rounds ?? 1) - 1)
        return min(selection.round ?? last, last)
    }

    /// The round on display of the network that generates, within what it has.
    var generationRound: Int {
        let last = max(0, (generation?.rounds ?? 1) - 1)
        return min(selection.round ?? last, last)
    }

    /// Goes back and forth through the stored probe snapshots; beyond the last one the display follows the newest
    /// again.
    func probeStep(movedBy delta: Int) -> Int? {
        let entries = data.probes.entries
        guard let current = probe, let index = entries.lastIndex(where: { $0.snapshot.step == current.snapshot.step })
        else { return selection.probeStep }
        let target = index + delta
        return target >= entries.count - 1 ? nil : entries[max(0, target)].snapshot.step
    }
}
