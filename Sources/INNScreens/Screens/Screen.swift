/// A part of a screen with its own frame.
struct Pane<View: Sendable>: Sendable {
    /// Its name, by which it is explained.
    let title: String
    /// What stands above it, where that depends on what it shows; otherwise its name.
    let heading: @Sendable (ScreenContext<View>) -> String
    /// What the figures rest on: step, sample size, unit.
    let note: @Sendable (ScreenContext<View>) -> String
    /// What it shows as numbers that can be compared with what it shows at another time; nil where it shows none.
    let numbers: @Sendable (ScreenContext<View>) -> PaneNumbers?
    /// Whether it ever shows such numbers.
    let isComparable: Bool
    let render: @Sendable (ScreenContext<View>, Look, Rect, inout CellBuffer) -> Void

    init(
        _ title: String, heading: (@Sendable (ScreenContext<View>) -> String)? = nil,
        note: @escaping @Sendable (ScreenContext<View>) -> String = { _ in "" },
        numbers: (@Sendable (ScreenContext<View>) -> PaneNumbers?)? = nil,
        render: @escaping @Sendable (ScreenContext<View>, Look, Rect, inout CellBuffer) -> Void
    ) {
        self.title = title
        self.heading = heading ?? { _ in title }
        self.note = note
        self.numbers = numbers ?? { _ in nil }
        isComparable = numbers != nil
        self.render = render
    }
}

/// A screen: what a user can choose on it, panes, where they lie, its keys, and its numbers as a table. To add one,
/// write a type like this, give it a case in ``ScreenID``, a place for its view state in ``AppState``, and list it in
/// ``Screens/all``.
protocol Screen: Sendable {
    /// What a user has chosen on it.
    associatedtype View: Sendable
    typealias State = ScreenContext<View>

    var id: ScreenID { get }
    var title: String { get }
    /// In the order of Tab.
    var panes: [Pane<View>] { get }
    /// What each pane shows, in the order of the panes.
    var explanations: [Explanation] { get }
    /// This screen's section of the key table.
    var bindings: [KeyBinding<State>] { get }
    /// One area per pane; an empty area hides the pane until it is maximised.
    func layout(_ area: Rect, _ state: State) -> [Rect]
    /// Rows below which there is one pane at a time.
    func leastHeight(_ state: State) -> Int
    /// Whether a pane has, or will have, something to show of this run; the layout gives the room of others away.
    /// It is asked for before the focus is known, which goes to such a pane.
    func hasContent(pane: Int, _ view: View, _ run: RunState) -> Bool
    /// A mouse press inside a pane, or a drag over it. Whatever it does must also have a key.
    func click(_ state: inout State, pane: Int, area: Rect, x: Int, y: Int) -> [Effect]
    /// Whether dragging the mouse goes on clicking.
    var followsDrag: Bool { get }
    /// The keys that turning the mouse wheel stands for.
    var scroll: (up: Key, down: Key) { get }
    /// Esc: takes the innermost choice back; nil when there is none.
    func unwind(_ state: inout State) -> [Effect]?
    /// Sets the ablation drawer to what the cursor is on.
    func aim(_ form: inout AblationForm, _ state: State)
    /// The numbers on display, one row per line.
    func csv(_ state: State) -> String
}

extension Screen {
    func leastHeight(_ state: State) -> Int { 14 }
    func hasContent(pane: Int, _ view: View, _ run: RunState) -> Bool { true }
    func click(_ state: inout State, pane: Int, area: Rect, x: Int, y: Int) -> [Effect] { [] }
    var followsDrag: Bool { false }
    var scroll: (up: Key, down: Key) { (.up, .down) }
    func unwind(_ state: inout State) -> [Effect]? { nil }
    func aim(_ form: inout AblationForm, _ state: State) {}
}

enum Screens {
    static let all: [AnyScreen] = [
        AnyScreen(OverviewScreen(), \.overview), AnyScreen(TrainScreen(), \.train),
        AnyScreen(RoutingScreen(), \.routing), AnyScreen(NeuronsScreen(), \.neurons),
        AnyScreen(ClustersScreen(), \.clusters), AnyScreen(GenerateScreen(), \.generate),
        AnyScreen(RunsScreen(), \.runs),
    ]

    static func screen(_ id: ScreenID) -> AnyScreen {
        all.first { $0.id == id } ?? all[0]
    }
}
