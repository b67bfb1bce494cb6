import INNKit

/// The screens by name. Digits on the keyboard follow the order here.
public enum ScreenID: String, CaseIterable, Codable, Sendable {
    case overview, train, routing, neurons, clusters, generate, runs
}

/// The whole state of the screens, a value: the run on display, the window around the screens, and what each screen has
/// chosen for itself. Changed by ``reduce(_:_:)`` only; drawn by ``render(_:into:)``.
@dynamicMemberLookup
public struct AppState: Sendable {
    /// The run on display; its members can be read as if they were this type's own.
    var run: RunState

    // The window.
    public internal(set) var width: Int
    public internal(set) var height: Int
    public internal(set) var theme: ThemeName
    /// Whether the user has named a theme; otherwise it follows the terminal's background.
    var isThemeChosen: Bool
    /// What the terminal said of it.
    var terminalBackground: CellColor?
    public internal(set) var colorLevel: ColorLevel
    public internal(set) var glyphLevel: GlyphLevel
    /// Seconds of the clock at the last tick.
    public internal(set) var now: Double = 0
    public var screen: ScreenID = .overview
    public internal(set) var isMouseOn = true
    var message: (text: String, until: Double)?
    /// What went wrong by itself; keys' answers lie over it.
    var alarm: (text: String, until: Double)?
    var overlay: Overlay?
    /// Whether the ablation drawer is open under another window, and comes back when that closes.
    var isDrawerUnder = false
    var focus: [ScreenID: Int] = [:]
    var isMaximised = false
    /// The pane that was pinned to be compared.
    var pin: Pin?
    /// Whether nobody has pressed anything yet: the status line then says what to press.
    var isUntouched = true
    /// Second at which a replay goes on.
    var replayDue: Double?
    /// The part of the comparison that has the focus; nil while none is shown.
    var comparison: ComparisonPart?
    /// Second at which the notice makes room for the figures; nil before the first tick.
    var noticeEnd: Double?
    var isNoticeDismissed = false
    /// Set when the user asked to stop: the end of training then ends the program.
    var quitsWhenStopped = false

    // What each screen has chosen; a screen's handlers reach their own only.
    var isOverviewRasterShown = false
    var train = TrainView()
    var routing = RoutingView()
    var neurons = NeuronsView()
    var clusters = ClustersView()
    var generate = GenerateView()
    var runs = RunsView()

    /// The screens of a run with what it holds so far.
    ///
    /// - Parameter theme: nil follows the terminal's background, dark until that is known.
    public init(
        _ contents: RunContents, width: Int, height: Int, theme: ThemeName? = nil, colorLevel: ColorLevel = .truecolor,
        glyphLevel: GlyphLevel = .braille
    ) {
        run = RunState(contents)
        self.width = max(0, width)
        self.height = max(0, height)
        isThemeChosen = theme != nil
        self.theme = colorLevel == .mono ? .mono : theme ?? .dark
        self.colorLevel = colorLevel
        self.glyphLevel = glyphLevel
    }

    /// - Parameters:
    ///   - reports, marks, snapshots, samples: what a stored run holds, in order of time; empty for a new run.
    ///   - width, height: size of the screen in cells.
    public init(
        runInfo: RunInfo, reports: [TrainingReport] = [], marks: [EventMark] = [], snapshots: [ProbeSnapshot] = [],
        samples: [TextSample] = [], width: Int, height: Int, theme: ThemeName? = nil,
        colorLevel: ColorLevel = .truecolor, glyphLevel: GlyphLevel = .braille
    ) {
        self.init(
            RunContents(info: runInfo, reports: reports, marks: marks, snapshots: snapshots, samples: samples),
            width: width, height: height, theme: theme, colorLevel: colorLevel, glyphLevel: glyphLevel)
    }

    public subscript<Value>(dynamicMember path: KeyPath<RunState, Value>) -> Value { run[keyPath: path] }

    /// Shows another run in place of the one on display; what was chosen on the screens stays.
    mutating func open(_ contents: RunContents) {
        run.open(contents)
        train = TrainView()
        (noticeEnd, isNoticeDismissed) = (nil, false)
        generate.isPlaying = false
        generate.isFreeRunning = false
    }

    /// Has neurons stand in the order of these probes from now on, whatever is on display.
    public mutating func keepOrder(of snapshot: ProbeSnapshot?) {
        run.keptOrder = snapshot.flatMap { ProbeEntry.isConsistent($0) ? ProbeEntry($0) : nil }
    }

    var look: Look { Look(theme: theme, colors: colorLevel, glyphs: glyphLevel, unit: run.runInfo.unit) }

    /// Seconds that the notice takes room from the figures; the train screen keeps it.
    static let noticeSeconds = 60.0

    var isNoticeShown: Bool {
        guard let notice = run.runInfo.notice, !notice.isEmpty, !isNoticeDismissed else { return false }
        return noticeEnd.map { now < $0 } ?? true
    }

    var isDrawerOpen: Bool {
        if case .ablation = overlay { true } else { isDrawerUnder }
    }

    /// Below this nothing can be laid out.
    var isTooSmall: Bool { width < 30 || height < 8 }
}
