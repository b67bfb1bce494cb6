import INNKit

/// The screens by name. Digits on the keyboard follow the order here.
public enum ScreenID: String, CaseIterable, Codable, Sendable {
    case overview, train, routing, neurons, clusters, generate, runs
}

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
        case .mark(let mark):
            marks.append(mark)
            if marks.count > Self.maximumMarks { thinMarks() }
        case .sample(let sample):
            samples.append(sample)
            if samples.count > Self.maximumSamples { samples.removeFirst(samples.count - Self.maximumSamples) }
        case .interventions(let record): interventions = record.set
        }
    }

    /// Drops the oldest plain checkpoints first: they are many and the least telling.
    private mutating func thinMarks() {
        let index = marks.firstIndex { $0.kind == .checkpoint } ?? 0
        marks.remove(at: index)
    }
}

/// The whole state of the screens, a value. Changed by ``reduce(_:_:)`` only; drawn by ``render(_:into:)``.
public struct AppState: Sendable {
    public internal(set) var runInfo: RunInfo
    public internal(set) var width: Int
    public internal(set) var height: Int
    public internal(set) var theme: ThemeName
    public internal(set) var colorLevel: ColorLevel
    public internal(set) var glyphLevel: GlyphLevel
    /// Seconds of the clock at the last tick.
    public internal(set) var now: Double = 0
    public internal(set) var trainer: TrainerStatus
    public var screen: ScreenID = .overview
    public internal(set) var isMouseOn = true

    /// What has arrived, whether or not it is shown.
    var live = RunData()
    /// The data on display while it is frozen.
    var frozen: RunData?
    var log: [String] = []
    var message: (text: String, until: Double)?
    var overlay: Overlay?
    /// Whether the ablation drawer is open under another window, and comes back when that closes.
    var isDrawerUnder = false
    var focus: [ScreenID: Int] = [:]
    var isMaximised = false
    /// Second at which the notice makes room for the figures; nil before the first tick.
    var noticeEnd: Double?
    var isNoticeDismissed = false
    /// Set when the user asked to stop: the end of training then ends the program.
    var quitsWhenStopped = false

    var train = TrainView()
    var routing = RoutingView()
    var neurons = NeuronsView()
    var clusters = ClustersView()
    var generate = GenerateView()
    var runs = RunsView()
    var interventions = InterventionState()
    /// What the generator shows now.
    var generation: GenerationFrame?
    /// Probes with the active interventions.
    var ablated: ProbeEntry?
    /// How far an analysis in the background is; nil when none is under way.
    var insightProgress: InsightProgress?
    public internal(set) var watch: WatchStatus?
    public internal(set) var generator = GeneratorStatus.absent(
        reason: "no network is open here: inn-tui explore opens one")
    /// Round on display, nil for the last one.
    var round: Int?
    /// Step of an earlier probe snapshot on display, nil for the newest.
    var probeStep: Int?

    /// - Parameters:
    ///   - reports, marks, snapshots, samples: what a stored run holds, in order of time; empty for a new run.
    ///   - width, height: size of the screen in cells.
    public init(
        runInfo: RunInfo, reports: [TrainingReport] = [], marks: [EventMark] = [], snapshots: [ProbeSnapshot] = [],
        samples: [TextSample] = [], width: Int, height: Int, theme: ThemeName = .dark,
        colorLevel: ColorLevel = .truecolor, glyphLevel: GlyphLevel = .braille
    ) {
        self.runInfo = runInfo
        self.width = max(0, width)
        self.height = max(0, height)
        self.theme = colorLevel == .mono ? .mono : theme
        self.colorLevel = colorLevel
        self.glyphLevel = glyphLevel
        trainer = runInfo.isLive ? .training : .finished
        live = RunData(
            RunContents(info: runInfo, reports: reports, marks: marks, snapshots: snapshots, samples: samples))
    }

    /// Shows another run in place of the one on display; what was chosen on the screens stays.
    mutating func open(_ contents: RunContents) {
        runInfo = contents.info
        live = RunData(contents)
        trainer = contents.info.isLive ? .training : .finished
        frozen = nil
        generation = nil
        ablated = nil
        insightProgress = nil
        probeStep = nil
        round = nil
        train = TrainView()
        (noticeEnd, isNoticeDismissed) = (nil, false)
        generate.isPlaying = false
        generate.isFreeRunning = false
        forgetInterventions()
    }

    /// The screens of a run with what it holds so far.
    public init(
        _ contents: RunContents, width: Int, height: Int, theme: ThemeName = .dark, colorLevel: ColorLevel = .truecolor,
        glyphLevel: GlyphLevel = .braille
    ) {
        self.init(
            runInfo: contents.info, reports: contents.reports, marks: contents.marks, snapshots: contents.snapshots,
            samples: contents.samples,
            width: width, height: height, theme: theme, colorLevel: colorLevel, glyphLevel: glyphLevel)
    }

    /// The data that screens draw.
    var data: RunData { frozen ?? live }

    var look: Look { Look(theme: theme, colors: colorLevel, glyphs: glyphLevel) }

    /// The probe snapshot on display.
    var probe: ProbeEntry? {
        guard let probeStep else { return ablatedProbe ?? data.probes.latest }
        return data.probes.entries.last { $0.snapshot.step <= probeStep } ?? data.probes.entries.first
    }

    /// Probes with the active interventions, when they belong to the network on display.
    var ablatedProbe: ProbeEntry? {
        guard !interventions.active.isEmpty, let ablated, let latest = data.probes.latest?.snapshot else { return nil }
        let s = ablated.snapshot
        return s.rounds == latest.rounds && s.neurons == latest.neurons && s.heads == latest.heads
            && s.symbols.count == latest.symbols.count ? ablated : nil
    }

    /// What the probe on display is compared with: the network without interventions, or nil when there are none.
    var baselineProbe: ProbeEntry? { probeStep == nil && ablatedProbe != nil ? data.probes.latest : nil }

    /// The round on display, within what the snapshot has.
    var shownRound: Int {
        let last = max(0, (probe?.snapshot.rounds ?? 1) - 1)
        return min(round ?? last, last)
    }

    /// Whether leaving the program would end a training in progress.
    var isTraining: Bool {
        guard runInfo.isLive else { return false }
        switch trainer {
        case .training, .paused, .stopping, .savingFailed: return true
        case .finished, .failed: return false
        }
    }

    /// Seconds that the notice takes room from the figures; the train screen keeps it.
    static let noticeSeconds = 60.0

    var isNoticeShown: Bool {
        guard let notice = runInfo.notice, !notice.isEmpty, !isNoticeDismissed else { return false }
        return noticeEnd.map { now < $0 } ?? true
    }

    var isDrawerOpen: Bool {
        if case .ablation = overlay { true } else { isDrawerUnder }
    }

    /// Whether reports or probes of the run on display may still arrive.
    var isGrowing: Bool {
        if case .training = watch { true } else { isTraining }
    }

    /// Below this nothing can be laid out.
    var isTooSmall: Bool { width < 30 || height < 8 }
}
