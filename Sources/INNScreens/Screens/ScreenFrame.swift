/// Where everything lies on the screen: one answer for drawing and for the mouse.
struct ScreenFrame {
    struct PaneArea: Equatable {
        var index: Int
        var outer: Rect
        var inner: Rect
    }

    let header: Rect
    /// The notice, over the last rows of the body: panes keep their form when it comes and goes.
    let banner: Rect
    /// The list of active interventions; empty when there are none.
    let interventions: Rect
    let body: Rect
    /// The open ablation drawer, or the card of the tour; empty when both are closed.
    let drawer: Rect
    let status: Rect
    let footer: Rect
    private(set) var panes: [PaneArea]
    /// A pinned pane beside the present one, which is then the only one in ``panes``.
    let comparison: ComparisonFrame?
    /// Whether panes have a frame all round, or just a title line.
    let isBoxed: Bool
    /// Whether there is room for one pane only, maximised or not.
    let holdsOnePane: Bool
    /// The screen names in the header.
    let tabs: [(id: ScreenID, x: Int, text: String)]

    init(_ state: AppState) {
        let screenArea = Rect(x: 0, y: 0, width: state.width, height: state.height)
        var rest: Rect
        (header, rest) = screenArea.splitTop(1)
        (interventions, rest) = rest.splitTop(interventionLine(state) == nil ? 0 : 1)
        let footerRows = Self.footerRows(state)
        let whole = rest.inset(bottom: 1 + footerRows)
        status = Rect(x: 0, y: whole.maxY, width: state.width, height: 1)
        // The figures move up rather than hide behind the drawer.
        let drawerRows =
            if case .tour(let tour) = state.overlay { TourCard.rows(tour, state, in: whole) } else {
                state.isDrawerOpen ? Self.drawerRows(state) : 0
            }
        body = whole.inset(bottom: drawerRows)
        banner = body.splitTop(body.height - Self.bannerLines(state).count).rest
        drawer = Rect(x: 0, y: body.maxY, width: state.width, height: whole.maxY - body.maxY)
        footer = Rect(x: 0, y: status.maxY, width: state.width, height: footerRows)
        tabs = Self.tabs(state)
        isBoxed = Self.isBoxed(state)
        let screen = Screens.screen(state.screen)
        holdsOnePane = body.width < 60 || body.height < screen.leastHeight(state)
        let isSingle = state.isMaximised || holdsOnePane
        if state.isComparingPin, let part = state.comparison {
            let (body, isBoxed) = (body, isBoxed)
            let comparison = ComparisonFrame(body, isSingle: isSingle, shown: part) { Self.inner($0, isBoxed, body) }
            self.comparison = comparison
            panes =
                comparison.area(.here).map {
                    [PaneArea(index: state.focusedPane, outer: $0.outer, inner: $0.inner)]
                } ?? []
            return
        }
        comparison = nil
        let areas = isSingle ? [] : screen.layout(body, state)
        var panes: [PaneArea] = []
        for (index, area) in areas.enumerated() where !area.isEmpty && screen.hasContent(index, state) {
            panes.append(PaneArea(index: index, outer: area, inner: Self.inner(area, isBoxed, body)))
        }
        // A pane that the layout hides still gets its turn when Tab reaches it; one that has gone because the drawer
        // needs room does not take the others' place.
        let hasGone =
            !isSingle && state.isDrawerOpen
            && !screen.layout(Rect(x: 0, y: 0, width: state.width, height: Self.usualRows(state)), state)[
                state.focusedPane
            ].isEmpty
        if !hasGone, !panes.contains(where: { $0.index == state.focusedPane }) {
            panes = [PaneArea(index: state.focusedPane, outer: body, inner: Self.inner(body, isBoxed, body))]
        }
        self.panes = panes
    }

    // What panes look like is decided by the size of the screen alone, so that they keep their form when the drawer
    // opens and when something is changed.

    private static func footerRows(_ state: AppState) -> Int { state.height >= 10 ? 1 : 0 }

    /// Whether panes have a frame all round.
    static func isBoxed(_ state: AppState) -> Bool { state.width >= 100 && state.height >= 31 }

    /// Rows between header and status line where nothing is changed and no drawer is open.
    static func usualRows(_ state: AppState) -> Int { max(0, state.height - 2 - footerRows(state)) }

    /// Rows that the ablation drawer takes when it is open.
    static func drawerRows(_ state: AppState) -> Int {
        DrawerLayout.rows(in: Rect(x: 0, y: 0, width: state.width, height: usualRows(state)))
    }

    /// The same with one pane, elsewhere.
    func showing(_ pane: PaneArea) -> ScreenFrame {
        var frame = self
        frame.panes = [pane]
        return frame
    }

    private static func inner(_ area: Rect, _ isBoxed: Bool, _ body: Rect) -> Rect {
        if isBoxed { return area.inset(left: 2, top: 1, right: 2, bottom: 1) }
        return area.inset(left: area.x > body.x ? 1 : 0, top: 1, right: area.maxX < body.maxX ? 1 : 0)
    }

    /// The notice and how it goes away; every word of it where there is room.
    static func bannerLines(_ state: AppState) -> [String] {
        guard state.isNoticeShown, let notice = state.runInfo.notice, state.height >= 12 else { return [] }
        return wrapped(notice + " · Esc hides this", width: state.width - 2, limit: state.height >= 20 ? 6 : 1)
    }

    /// Columns of the tabs in the header.
    private static func tabs(_ state: AppState) -> [(id: ScreenID, x: Int, text: String)] {
        func tabs(named: Bool) -> [(id: ScreenID, x: Int, text: String)] {
            var x = 1
            return ScreenID.allCases.enumerated().map { index, id in
                let hasName = named || id == state.screen
                let text = hasName ? " \(index) \(Screens.screen(id).title) " : " \(index) "
                defer { x += columnCount(text) }
                return (id, x, text)
            }
        }
        let long = tabs(named: true)
        let end = long.last.map { $0.x + columnCount($0.text) } ?? 0
        let light = lightText(state).forms.map(columnCount).min() ?? 0
        return end + Self.leastName + light + 2 <= state.width ? long : tabs(named: false)
    }

    /// Columns for the run's name in the header, with what stands before it, before the names of the screens get any.
    private static let leastName = 14

    func tab(atX x: Int, y: Int) -> ScreenID? {
        guard y == header.y else { return nil }
        return tabs.first { x >= $0.x && x < $0.x + columnCount($0.text) }?.id
    }
}

/// Splits text at spaces into at most `limit` lines; the last line keeps all that is left and is cut when drawn.
func wrapped(_ text: String, width: Int, limit: Int) -> [String] {
    guard width > 0, limit > 0 else { return [] }
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ") {
        let length = columnCount(line)
        if !line.isEmpty, length + 1 + columnCount(String(word)) > width, lines.count < limit - 1 {
            lines.append(line)
            line = String(word)
        } else {
            line += line.isEmpty ? String(word) : " " + word
        }
    }
    if !line.isEmpty { lines.append(line) }
    return lines
}
