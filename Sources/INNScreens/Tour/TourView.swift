import INNKit

/// Where the tour's card lies below the figures, and what stands on it.
struct TourCard {
    let text: [String]
    let offer: String
    /// Whether it has a frame all round, or a title line alone.
    let isBoxed: Bool

    private init(_ tour: TourState, _ state: AppState, _ area: Rect) {
        isBoxed = area.width >= 60
        let width = max(1, area.width - (isBoxed ? 4 : 2))
        text = wrapped(Tour.steps[tour.step].sentence(tour, state), width: width, limit: .max)
        let next = tour.isLast ? "ends the tour" : Tour.steps[tour.step + 1].offer
        let offer = "Enter: " + next
        self.offer = !tour.isLast && columnCount(offer) + 22 <= width ? offer + " · Esc leaves the tour" : offer
    }

    /// Rows that it takes of the area between header and status line: always the same where there is room, so that the
    /// figures stay in their places from stop to stop.
    static func rows(_ tour: TourState, _ state: AppState, in area: Rect) -> Int {
        let card = TourCard(tour, state, area)
        let usual = area.width >= 100 ? 2 : area.width >= 60 ? 4 : 0
        let needed = max(usual, card.text.count) + (card.isBoxed ? 3 : 2)
        return max(0, min(needed, area.height - 2))
    }

    static func render(_ tour: TourState, _ state: AppState, _ outer: Rect, _ look: Look, _ buffer: inout CellBuffer) {
        guard !outer.isEmpty else { return }
        let card = TourCard(tour, state, outer)
        buffer.fill(outer, " ", look.theme.text)
        if card.isBoxed {
            buffer.box(outer, look.theme.focusBorder)
        } else {
            for x in outer.x..<outer.maxX { buffer.put("─", x: x, y: outer.y, look.theme.focusBorder) }
        }
        let pane = Screens.screen(state.screen).panes[state.focusedPane].heading(state)
        buffer.write(
            " Tour \(tour.step + 1)/\(Tour.steps.count) · \(pane) ", x: outer.x + 2, y: outer.y, width: outer.width - 4,
            look.theme.accent)
        let area = outer.inset(
            left: card.isBoxed ? 2 : 1, top: 1, right: card.isBoxed ? 2 : 1, bottom: card.isBoxed ? 1 : 0)
        for (row, line) in card.text.prefix(max(0, area.height - 1)).enumerated() {
            buffer.write(line, x: area.x, y: area.y + row, width: area.width, look.theme.strong)
        }
        guard area.height > 0 else { return }
        buffer.write(card.offer, x: area.x, y: area.maxY - 1, width: area.width, look.theme.key)
    }
}

func renderTour(_ tour: TourState, _ state: AppState, _ look: Look, _ buffer: inout CellBuffer) {
    TourCard.render(tour, state, ScreenFrame(state).drawer, look, &buffer)
}
