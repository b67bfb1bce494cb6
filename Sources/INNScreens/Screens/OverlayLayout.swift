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

    init(_ state: AppState, in bounds: Rect) {
        title = dialogTitle(state)
        count = state.listEntries.count
        frame = windowFrame(84, count + title.count + (bounds.height > 12 ? 4 : 2), in: bounds)
        let area = windowInside(frame)
        titleY = area.y + (area.height > count + title.count ? 1 : 0)
        let below = min(area.maxY, titleY + title.count)
        choicesY = below + (area.maxY - below > count ? 1 : 0)
    }

    var area: Rect { windowInside(frame) }

    func index(atY y: Int) -> Int? {
        let index = y - choicesY
        return y < area.maxY && (0..<count).contains(index) ? index : nil
    }
}
