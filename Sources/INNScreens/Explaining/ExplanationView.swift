import INNKit

/// Where the explanation of a pane lies, and its lines: one answer for drawing, scrolling and the mouse.
struct ExplanationLayout {
    let frame: Rect
    let area: Rect
    let lines: [Line]
    let title: String

    struct Line {
        var text: String
        var style: Style
        /// The word at its beginning that is explained.
        var term = ""
    }

    init(_ state: AppState, in bounds: Rect) {
        let width = min(92, bounds.width - 2)
        let screen = Screens.screen(state.screen)
        let look = state.look
        title = screen.panes.isEmpty ? screen.title : screen.panes[state.focusedPane].heading(state)
        lines = state.explanation.map { Self.lines($0, state, width: max(1, width - 4), look) } ?? []
        frame = windowFrame(width, min(lines.count + 2, bounds.height - 2), in: bounds)
        area = windowInside(frame)
    }

    /// First line on display, no further down than the end of the text allows.
    func bounded(_ offset: Int) -> Int { max(0, min(offset, lines.count - rows)) }

    /// Rows for the text; the last row says how much there is when not all fits.
    var rows: Int { lines.count > area.height && area.height > 2 ? area.height - 1 : area.height }

    private static func lines(
        _ explanation: Explanation, _ state: AppState, width: Int, _ look: Look
    ) -> [Line] {
        var lines: [Line] = []
        func add(_ heading: String, _ text: String, _ style: Style) {
            if !lines.isEmpty { lines.append(Line(text: "", style: look.theme.text)) }
            lines.append(Line(text: heading, style: look.theme.key))
            lines += wrapped(look.unit.worded(text), width: width, limit: .max).map { Line(text: $0, style: style) }
        }
        add("What it shows", explanation.what, look.theme.strong)
        add("How to read it", explanation.reading, look.theme.text)
        add("What would be surprising", explanation.surprise, look.theme.text)
        add("n, what it rests on", explanation.sample(state.run), look.theme.text)
        let everywhere = Term.everywhere.filter { !explanation.terms.contains($0) }
        return lines + termLines("Words", explanation.terms, width: width, look)
            + termLines("Header and status line", everywhere, width: width, look)
    }

    private static func termLines(_ heading: String, _ terms: [Term], width: Int, _ look: Look) -> [Line] {
        guard !terms.isEmpty else { return [] }
        return [Line(text: "", style: look.theme.text), Line(text: heading, style: look.theme.key)]
            + terms.flatMap { term in
                let name = look.unit.worded(term.rawValue)
                let text = wrapped(name + ": " + look.unit.worded(term.meaning), width: width - 2, limit: .max)
                return text.enumerated().map { row, line in
                    row == 0
                        ? Line(text: line, style: look.theme.text, term: line.hasPrefix(name) ? name : line)
                        : Line(text: "  " + line, style: look.theme.text)
                }
            }
    }
}

/// Draws the explanation of the focused pane over the screen.
func renderExplanation(from offset: Int, _ state: AppState, _ look: Look, _ buffer: inout CellBuffer) {
    let layout = ExplanationLayout(state, in: buffer.bounds)
    _ = drawWindow(layout.frame, layout.title, look, &buffer)
    let area = layout.area
    let first = layout.bounded(offset)
    for (row, line) in layout.lines[first...].prefix(layout.rows).enumerated() {
        buffer.write(line.text, x: area.x, y: area.y + row, width: area.width, line.style)
        buffer.write(line.term, x: area.x, y: area.y + row, width: area.width, look.theme.accent)
    }
    guard layout.rows < area.height else { return }
    let place = "\(first + 1)–\(min(layout.lines.count, first + layout.rows)) of \(layout.lines.count) · ↑↓ PgUp PgDn"
    buffer.write(place, x: area.x, y: area.maxY - 1, width: area.width, look.theme.faint)
}
