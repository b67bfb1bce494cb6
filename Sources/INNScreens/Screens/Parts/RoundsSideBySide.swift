import INNKit

/// The rounds of a network side by side, where a pane has room for more than the one on display.
struct RoundsSideBySide {
    struct Part {
        /// The run with this round on display.
        let run: RunState
        let round: Int
        let isShown: Bool
        let area: Rect
    }

    let parts: [Part]
    private let titles: Rect

    /// Nil where there is one round, or no room.
    ///
    /// - Parameters:
    ///   - shown: the round on display, which is marked.
    ///   - least: size that each round needs.
    init?(_ run: RunState, rounds: Int, shown: Int, in area: Rect, least: (width: Int, height: Int)) {
        guard rounds > 1, rounds <= 4, area.width / rounds >= least.width, area.height > least.height else {
            return nil
        }
        let (titles, body) = area.splitTop(1)
        self.titles = titles
        parts = body.columns(rounds).enumerated().map { round, column in
            var own = run
            own.selection.round = round
            return Part(
                run: own, round: round, isShown: round == shown, area: column.inset(right: round < rounds - 1 ? 2 : 0))
        }
    }

    func drawTitles(_ look: Look, _ buffer: inout CellBuffer) {
        for part in parts {
            buffer.write(
                (part.isShown ? "▸ " : "  ") + "round \(part.round + 1)", x: part.area.x, y: titles.y,
                width: part.area.width, part.isShown ? look.theme.accent : look.theme.dim)
        }
    }
}

extension ScreenContext {
    /// The same screen with another round on display.
    func showing(_ part: RoundsSideBySide.Part) -> ScreenContext<View> { ScreenContext(view, part.run, place) }
}
