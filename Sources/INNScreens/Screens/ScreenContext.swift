import INNKit

/// What one screen has to do with: its own view state, what all screens look at, and the run, which it only reads; what
/// is changed in the network it changes through ``intervene(_:)``, which can be undone.
///
/// A handler gets no more than this, so it cannot touch another screen; a renderer gets it as a constant.
@dynamicMemberLookup
struct ScreenContext<View: Sendable>: Sendable {
    /// What a user has chosen on this screen.
    var view: View
    private(set) var run: RunState
    let place: ScreenPlace
    /// What the handler wants of the window around its screen, in order.
    private(set) var requests: [WindowRequest] = []

    init(_ view: View, _ run: RunState, _ place: ScreenPlace) {
        (self.view, self.run, self.place) = (view, run, place)
    }

    /// What all screens look at.
    var selection: Selection {
        get { run.selection }
        set { run.selection = newValue }
    }

    /// Changes what is changed in the network on display.
    mutating func intervene(_ set: InterventionSet) -> [Effect] { run.interventions.change(to: set) }

    subscript<Value>(dynamicMember path: KeyPath<RunState, Value>) -> Value { run[keyPath: path] }

    var look: Look { place.look }

    /// Shows a message in the status line for a few seconds.
    mutating func show(_ text: String) { requests.append(.message(text)) }

    /// Asks the user for a line of text.
    mutating func askFor(_ purpose: Overlay.InputState.Purpose, _ text: String = "") -> [Effect] {
        requests.append(.ask(purpose, text))
        return []
    }

    /// Asks whether a run goes to the trash.
    mutating func askToTrash(_ run: String) -> [Effect] {
        requests.append(.trash(run: run))
        return []
    }

    /// Gives a pane the whole screen, or back.
    mutating func toggleWholeScreen(pane: Int) -> [Effect] {
        requests.append(.wholeScreen(pane: pane))
        return []
    }
}

/// What a screen can ask of the window around it.
enum WindowRequest: Sendable {
    case message(String)
    case ask(Overlay.InputState.Purpose, String)
    case trash(run: String)
    case wholeScreen(pane: Int)
}

/// Where a screen is drawn and how.
struct ScreenPlace: Sendable {
    var look: Look
    var width: Int, height: Int
    var focusedPane = 0
    /// Whether panes have a frame all round.
    var isBoxed = false
    /// Rows for panes where nothing is changed and no drawer is open, and what the drawer takes of them when it is.
    var usualRows = 0, drawerRows = 0
    /// Known to what draws and to handlers; empty while the layout, a requirement or the drawer's target is asked for.
    var panes: [ScreenFrame.PaneArea] = []

    /// The inside of a pane, when it is on screen.
    func inner(pane: Int) -> Rect? { panes.first { $0.index == pane }?.inner }
}

/// Whatever has a run: requirements of keys read it.
protocol RunReading {
    var run: RunState { get }
}

extension ScreenContext: RunReading {}
extension AppState: RunReading {}

extension AppState {
    /// What a screen has to do with; without the panes' places while the layout is being asked for.
    func context<View: Sendable>(
        _ view: KeyPath<AppState, View>, panes: [ScreenFrame.PaneArea] = []
    ) -> ScreenContext<View> {
        let place = ScreenPlace(
            look: look, width: width, height: height, focusedPane: focusedPane, isBoxed: ScreenFrame.isBoxed(self),
            usualRows: ScreenFrame.usualRows(self), drawerRows: ScreenFrame.drawerRows(self), panes: panes)
        return ScreenContext(self[keyPath: view], run, place)
    }

    /// Runs a screen's handler on what it may touch, and does what it asks of the window.
    mutating func change<View: Sendable, Outcome>(
        _ view: WritableKeyPath<AppState, View>, _ handler: (inout ScreenContext<View>) -> Outcome
    ) -> Outcome {
        var context = context(view, panes: ScreenFrame(self).panes)
        let outcome = handler(&context)
        self[keyPath: view] = context.view
        run.selection = context.selection
        run.interventions = context.run.interventions
        for request in context.requests { grant(request) }
        return outcome
    }

    private mutating func grant(_ request: WindowRequest) {
        switch request {
        case .message(let text): show(text)
        case .ask(let purpose, let text): overlay = .input(.init(purpose: purpose, text: text))
        case .trash(let run): overlay = .trash(run: run)
        case .wholeScreen(let pane):
            isMaximised = !(isMaximised && focus[screen] == pane)
            focus[screen] = isMaximised ? pane : 0
        }
    }
}
