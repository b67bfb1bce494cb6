/// A part of a screen with its own frame.
struct Pane: Sendable {
    let title: @Sendable (AppState) -> String
    /// What the figures rest on: step, sample size, unit.
    let note: @Sendable (AppState) -> String
    let render: @Sendable (AppState, Look, Rect, inout CellBuffer) -> Void

    init(
        _ title: @escaping @autoclosure @Sendable () -> String,
        note: @escaping @Sendable (AppState) -> String = { _ in "" },
        render: @escaping @Sendable (AppState, Look, Rect, inout CellBuffer) -> Void
    ) {
        self.title = { _ in title() }
        self.note = note
        self.render = render
    }
}

/// A screen: panes, where they lie, its keys, and its numbers as a table. To add one, write a type like this,
/// give it a case in ``ScreenID`` and list it in ``Screens/all``.
protocol Screen: Sendable {
    var id: ScreenID { get }
    var title: String { get }
    /// In the order of Tab.
    var panes: [Pane] { get }
    /// This screen's section of the key table.
    var bindings: [KeyBinding] { get }
    /// One area per pane; an empty area hides the pane until it is maximised.
    func layout(_ area: Rect, _ state: AppState) -> [Rect]
    /// A mouse press inside a pane, or a drag over it. Whatever it does must also have a key.
    func click(_ state: inout AppState, pane: Int, area: Rect, x: Int, y: Int) -> [Effect]
    /// Whether dragging the mouse goes on clicking.
    var followsDrag: Bool { get }
    /// The keys that turning the mouse wheel stands for.
    var scroll: (up: Key, down: Key) { get }
    /// The numbers on display, one row per line.
    func csv(_ state: AppState) -> String
}

extension Screen {
    func click(_ state: inout AppState, pane: Int, area: Rect, x: Int, y: Int) -> [Effect] { [] }
    var followsDrag: Bool { false }
    var scroll: (up: Key, down: Key) { (.up, .down) }
}

enum Screens {
    static let all: [any Screen] = [
        OverviewScreen(), TrainScreen(), RoutingScreen(), NeuronsScreen(), ClustersScreen(), GenerateScreen(),
        RunsScreen(),
    ]

    static func screen(_ id: ScreenID) -> any Screen {
        all.first { $0.id == id } ?? all[0]
    }
}

/// Bindings for the arrow keys and their letters.
func movement(
    _ prefix: String, _ context: KeyContext, vertical: String?, horizontal: String?,
    when requirement: Requirement = .none,
    move: @escaping @Sendable (inout AppState, _ dx: Int, _ dy: Int) -> Void
) -> [KeyBinding] {
    func binding(_ name: String, _ keys: [Key], _ help: String, _ dx: Int, _ dy: Int) -> KeyBinding {
        KeyBinding("\(prefix).\(name)", context, keys, name, help, when: requirement) {
            move(&$0, dx, dy)
            return []
        }
    }
    var result: [KeyBinding] = []
    if let vertical {
        result += [
            binding("up", [.up, .character("k")], "\(vertical) up", 0, -1),
            binding("down", [.down, .character("j")], "\(vertical) down", 0, 1),
            binding("page up", [.pageUp], "\(vertical) ten up", 0, -10),
            binding("page down", [.pageDown], "\(vertical) ten down", 0, 10),
            binding("first", [.character("g"), .home], "\(vertical) to the first", 0, -1_000_000),
            binding("last", [.character("G"), .end], "\(vertical) to the last", 0, 1_000_000),
        ]
    }
    if let horizontal {
        result += [
            binding("left", [.left, .character("h")], "\(horizontal) left", -1, 0),
            binding("right", [.right, .character("l")], "\(horizontal) right", 1, 0),
        ]
    }
    return result
}

/// Round and probe-step keys shared by the screens that show a probe snapshot.
func probeBindings(_ prefix: String, _ context: KeyContext) -> [KeyBinding] {
    return [
        KeyBinding(
            "\(prefix).roundBack", context, [.character("[")], "round", "previous round", isHint: true,
            when: .severalRounds
        ) {
            $0.round = max(0, $0.shownRound - 1)
            return []
        },
        KeyBinding(
            "\(prefix).roundOn", context, [.character("]")], "round", "next round", isHint: true,
            when: .severalRounds
        ) {
            $0.round = $0.shownRound + 1
            return []
        },
        KeyBinding(
            "\(prefix).earlier", context, [.character(",")], "earlier", "earlier probe snapshot", when: .probe
        ) { $0.scrubProbes(-1) },
        KeyBinding(
            "\(prefix).later", context, [.character(".")], "later", "later probe snapshot",
            when: Requirement("these are the newest measurements") { $0.probeStep != nil }
        ) { $0.scrubProbes(1) },
    ]
}

extension AppState {
    /// Goes back and forth through the stored probe snapshots; beyond the last one the display follows the newest
    /// again.
    mutating func scrubProbes(_ delta: Int) -> [Effect] {
        let entries = data.probes.entries
        guard let current = probe, let index = entries.lastIndex(where: { $0.snapshot.step == current.snapshot.step })
        else { return [] }
        let target = index + delta
        if target >= entries.count - 1 {
            probeStep = nil
        } else {
            probeStep = entries[max(0, target)].snapshot.step
        }
        return []
    }
}
