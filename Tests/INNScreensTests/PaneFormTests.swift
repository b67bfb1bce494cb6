import INNKit
import Testing

@testable import INNScreens

/// What panes look like whatever else happens: a notice, the whole screen, light paper, plain text.
struct PaneFormTests {
    private static let sizes = [(160, 50), (120, 40), (120, 30), (80, 24), (60, 20), (40, 12)]

    private func state(_ screen: ScreenID, _ size: (Int, Int), notice: String? = nil) -> AppState {
        var run = SyntheticRun(steps: 1200, probes: 4)
        run.info.notice = notice
        var state = run.state(screen, width: size.0, height: size.1)
        _ = reduce(&state, .generator(.ready))
        _ = reduce(&state, .generation(SyntheticGeneration.frame()))
        return state
    }

    /// A notice lies over the last rows of the panes; outside it not one cell changes.
    @Test(arguments: ScreenID.allCases, sizes) func aNoticeLeavesThePanesAsTheyAre(
        _ screen: ScreenID, _ size: (Int, Int)
    ) {
        let notice = "no text8 here: training on the built-in sample; put text8 into ./data or set INN_DATA_DIR"
        let (plain, noticed) = (state(screen, size), state(screen, size, notice: notice))
        let frame = ScreenFrame(noticed)
        #expect(frame.panes == ScreenFrame(plain).panes && !frame.banner.isEmpty)
        var (before, after) = (plain, noticed)
        if screen == .train {
            // The screen of the run's facts repeats the notice.
            (before.screen, after.screen) = (.overview, .overview)
        }
        let (a, b) = (before.rendered(), after.rendered())
        for y in 0..<size.1 where !(frame.banner.y..<frame.banner.maxY).contains(y) {
            for x in 0..<size.0 where y < size.1 - 1 { #expect(a[x, y] == b[x, y], "(\(x), \(y))") }
        }
        #expect(b.plainText().contains("no text8 here"))
    }

    private func zoomed(_ screen: ScreenID, pane: Int) -> String {
        var state = state(screen, (160, 50))
        (state.focus[screen], state.isMaximised) = (pane, true)
        return state.rendered().plainText()
    }

    /// On the whole screen a pane says what it has no room for beside the others.
    @Test func wholeScreensShowMore() {
        let loss = zoomed(.overview, pane: 0)
        #expect(
            loss.contains("learning rate") && loss.contains("gradient norm") && loss.contains("characters per second"))
        for pane in [1, 2] {
            let text = zoomed(.overview, pane: pane)
            #expect(text.contains("round 1") && text.contains("▸ round 2"), "\(text)")
        }
        #expect(zoomed(.overview, pane: 1).contains("±"))
        #expect(zoomed(.overview, pane: 3).contains("0."), "gates as numbers")
        #expect(zoomed(.routing, pane: 0).contains("round 1"))
        let moment = zoomed(.generate, pane: 1) + zoomed(.generate, pane: 2) + zoomed(.generate, pane: 3)
        #expect(moment.contains("▸ round 2"))
    }

    /// A click on the whole screen hits the cell that is drawn there.
    @Test func clicksFollowTheRoundsSideBySide() throws {
        var state = state(.routing, (160, 50))
        state.routing.measure = .routing
        (state.focus[.routing], state.isMaximised) = (0, true)
        state.routing.hasCursor = true
        (state.routing.listener, state.routing.speaker) = (3, 5)
        let buffer = state.rendered()
        let place = try #require(
            (0..<(160 * 50)).first {
                buffer.cells[$0].scalar == "[" && $0 % 160 > 80 && buffer.cells[$0].attributes.contains(.bold)
            })
        (state.routing.listener, state.routing.speaker) = (0, 1)
        _ = reduce(&state, .mouse(MouseEvent(kind: .press, x: place % 160 + 1, y: place / 160)))
        #expect((state.routing.listener, state.routing.speaker) == (3, 5))
    }

    /// Plain text has no colours: every heatmap in it is made of glyphs or numbers.
    @Test(arguments: [ScreenID.overview, .routing, .neurons, .clusters, .generate]) func textHasNoSolidBlocks(
        _ screen: ScreenID
    ) {
        var state = state(screen, (120, 40))
        let text = exportView(state, .text).contents
        let solid = text.split(separator: "\n").filter { $0.contains("▀▀▀▀▀▀▀▀") }
        #expect(solid.isEmpty, "\(solid.joined(separator: "\n"))")
        (state.theme, state.colorLevel) = (.mono, .mono)
        #expect(text == exportView(state, .text).contents)
    }

    // MARK: Paper

    @Test func theThemeFollowsTheTerminal() {
        var state = AppState(runInfo: SyntheticRun.info(), width: 80, height: 24)
        #expect(state.theme == .dark && state.paper?.color == Theme(.dark, level: .truecolor).paper)
        _ = reduce(&state, .background(.rgb(253, 246, 227)))
        #expect(state.theme == .light && state.paper == nil, "the terminal's own background suits the theme")
        _ = reduce(&state, .background(.rgb(0, 43, 54)))
        #expect(state.theme == .dark && state.paper == nil)
    }

    /// A theme that the user has chosen stays, on paper of its own where the terminal's does not suit it.
    @Test func aChosenThemeBringsItsPaper() {
        var state = AppState(runInfo: SyntheticRun.info(), width: 80, height: 24, theme: .dark)
        _ = reduce(&state, .background(.rgb(255, 255, 255)))
        let dark = Theme(.dark, level: .truecolor)
        #expect(state.theme == .dark && state.paper == Paper(color: dark.paper, ink: dark.ink))
        _ = reduce(&state, .key(.character("t")))
        #expect(state.theme == .light && state.paper == nil)
        _ = reduce(&state, .background(.rgb(0, 0, 0)))
        #expect(state.theme == .light && state.paper?.color == Theme(.light, level: .truecolor).paper)
        _ = reduce(&state, .key(.character("t")))
        #expect(state.theme == .mono && state.paper == nil)
    }

    // MARK: Bars

    /// The line at a half is a mark on bars that cross it and on those that do not reach it.
    @Test func firingBarsCarryTheLineAtAHalf() throws {
        let state = state(.overview, (160, 50))
        let buffer = state.rendered()
        let area = try #require(ScreenFrame(state).panes.first { $0.index == 2 }).inner
        let column = try #require((area.x..<area.maxX).first { buffer[$0, area.y].scalar == "┊" })
        for row in 0..<16 { #expect(buffer[column, area.y + row].scalar == "┊", "\(row)") }
        let axis = (area.x..<area.maxX).map { String(buffer[$0, area.y + 16].scalar) }.joined()
        #expect(axis.contains("0") && axis.contains(".5") && axis.contains("1"))
    }

    @Test func uprightBarsCarryAxisLineAndValues() throws {
        let state = state(.overview, (120, 30))
        let buffer = state.rendered()
        let area = try #require(ScreenFrame(state).panes.first { $0.index == 2 }).inner
        let text = (0..<area.height).map { row in
            String(String.UnicodeScalarView((area.x..<area.maxX).map { buffer[$0, area.y + row].scalar }))
        }
        try #require(area.height < 16, "upright")
        #expect(text.contains { $0.hasPrefix(".5") && $0.contains("┄") } && text.contains { $0.hasPrefix(" 0") })
    }
}
