/// The frame of a window in the middle of the screen.
func windowFrame(_ width: Int, _ height: Int, in bounds: Rect) -> Rect {
    let w = min(width, bounds.width - 2)
    let h = min(height, bounds.height - 2)
    return Rect(x: (bounds.width - w) / 2, y: (bounds.height - h) / 2, width: w, height: h)
}

/// The area of a window inside its frame.
func windowInside(_ frame: Rect) -> Rect { frame.inset(left: 2, top: 1, right: 2, bottom: 1) }

/// Where the rows of help and palette lie: one answer for drawing and for the mouse.
struct ListLayout {
    let frame: Rect
    /// The rows of the entries.
    let body: Rect
    /// Index of the entry in the first row.
    let first: Int
    let count: Int

    init(_ state: AppState, in bounds: Rect) {
        frame = windowFrame(138, 40, in: bounds)
        body = windowInside(frame).inset(top: 2)
        count = state.listEntries.count
        first = max(0, min(state.overlaySelection - body.height / 2, count - body.height))
    }

    func index(atY y: Int) -> Int? {
        let index = first + y - body.y
        return y >= body.y && y < body.maxY && index < count ? index : nil
    }
}

/// Where the title and the choices of a dialog lie.
struct DialogLayout {
    let frame: Rect
    let title: [String]
    let titleY: Int
    let choicesY: Int
    let count: Int
    /// Columns of the keys, and of the names of the choices.
    let keyWidth: Int, labelWidth: Int
    /// What the choices do has no room beside their names: that of the marked one stands below all of them.
    let helpsBelow: Bool

    init(_ state: AppState, in bounds: Rect) {
        title = dialogTitle(state)
        let choices = state.listEntries
        count = choices.count
        keyWidth = max(4, choices.map { columnCount($0.keys.first?.text ?? "") }.max() ?? 0)
        labelWidth = max(14, choices.map { columnCount($0.label) }.max() ?? 0)
        let width = windowInside(windowFrame(84, bounds.height, in: bounds)).width
        let longest = choices.map { columnCount($0.help) }.max() ?? 0
        helpsBelow = keyWidth + 2 + labelWidth + 1 + longest > width
        let rows = count + title.count + (helpsBelow ? 2 : 0)
        frame = windowFrame(84, rows + (bounds.height > 12 ? 4 : 2), in: bounds)
        let area = windowInside(frame)
        titleY = area.y + (area.height > rows ? 1 : 0)
        let below = min(area.maxY, titleY + title.count)
        choicesY = below + (area.maxY - below > rows - title.count ? 1 : 0)
    }

    var area: Rect { windowInside(frame) }

    func index(atY y: Int) -> Int? {
        let index = y - choicesY
        return y < area.maxY && (0..<count).contains(index) ? index : nil
    }
}
