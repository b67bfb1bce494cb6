import INNKit

/// A screen together with the place of its view state, for the window that shows any of them.
struct AnyScreen: Sendable {
    struct Pane: Sendable {
        let title: String
        let heading: @Sendable (AppState) -> String
        let note: @Sendable (AppState, ScreenFrame) -> String
        let numbers: @Sendable (AppState) -> PaneNumbers?
        let isComparable: Bool
        let render: @Sendable (AppState, ScreenFrame, Rect, inout CellBuffer) -> Void
    }

    let id: ScreenID
    let title: String
    let panes: [Pane]
    let explanations: [Explanation]
    let bindings: [KeyBinding<AppState>]
    let followsDrag: Bool
    let scroll: (up: Key, down: Key)
    let layout: @Sendable (Rect, AppState) -> [Rect]
    let leastHeight: @Sendable (AppState) -> Int
    let hasContent: @Sendable (_ pane: Int, AppState) -> Bool
    let click: @Sendable (inout AppState, _ pane: Int, _ area: Rect, _ x: Int, _ y: Int) -> [Effect]
    let unwind: @Sendable (inout AppState) -> [Effect]?
    let aim: @Sendable (inout AblationForm, AppState) -> Void
    let csv: @Sendable (AppState) -> String

    init<Own: Screen>(_ screen: Own, _ view: WritableKeyPath<AppState, Own.View> & Sendable) {
        (id, title, followsDrag, scroll) = (screen.id, screen.title, screen.followsDrag, screen.scroll)
        panes = screen.panes.map { pane in
            Pane(
                title: pane.title, heading: { $0.look.unit.worded(pane.heading($0.context(view))) },
                note: { pane.note($0.context(view, panes: $1.panes)) },
                numbers: { pane.numbers($0.context(view)) }, isComparable: pane.isComparable,
                render: { pane.render($0.context(view, panes: $1.panes), $0.look, $2, &$3) })
        }
        explanations = screen.explanations
        bindings = screen.bindings.map { $0.lifted(view) }
        layout = { screen.layout($0, $1.context(view)) }
        leastHeight = { screen.leastHeight($0.context(view)) }
        hasContent = { screen.hasContent(pane: $0, $1[keyPath: view], $1.run) }
        click = { state, pane, area, x, y in
            state.change(view) { screen.click(&$0, pane: pane, area: area, x: x, y: y) }
        }
        unwind = { $0.change(view) { screen.unwind(&$0) } }
        aim = { screen.aim(&$0, $1.context(view)) }
        csv = { screen.csv($0.context(view, panes: ScreenFrame($0).panes)) }
    }
}
