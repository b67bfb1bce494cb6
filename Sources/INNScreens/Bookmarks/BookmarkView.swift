import INNKit

/// Where the list of bookmarks lies: one answer for drawing and for the mouse.
struct BookmarkLayout {
    let frame: Rect
    let body: Rect
    /// Index of the bookmark in the first row.
    let first: Int
    private let count: Int

    init(_ state: AppState, _ list: BookmarkList, in bounds: Rect) {
        count = state.run.bookmarks.count
        frame = windowFrame(120, max(5, min(24, count + 4)), in: bounds)
        body = windowInside(frame).inset(bottom: 1)
        first = max(0, min(list.selection - body.height / 2, count - body.height))
    }

    func index(atY y: Int) -> Int? {
        let index = first + y - body.y
        return y >= body.y && y < body.maxY && index < count ? index : nil
    }
}

/// Draws the list of bookmarks over the screen.
func renderBookmarks(_ list: BookmarkList, _ state: AppState, _ look: Look, _ buffer: inout CellBuffer) {
    let layout = BookmarkLayout(state, list, in: buffer.bounds)
    let area = drawWindow(layout.frame, "Bookmarks", look, &buffer)
    let bookmarks = state.run.bookmarks
    let hint: String
    if bookmarks.isEmpty {
        renderEmpty(["nothing is kept yet", "n keeps this view under a name"], look, layout.body, &buffer)
        hint = ""
    } else if list.isDeleting {
        hint = "d once more deletes “\(state.selectedBookmark?.name ?? "")”, any other key keeps it"
    } else {
        hint = "Enter returns · n keeps this view · d deletes"
    }
    let nameWidth = max(12, min(layout.body.width / 2, bookmarks.map { columnCount($0.name) }.max() ?? 0))
    for row in 0..<max(0, min(layout.body.height, bookmarks.count - layout.first)) {
        let bookmark = bookmarks[layout.first + row]
        let (y, x) = (layout.body.y + row, layout.body.x + nameWidth + 2)
        let isSelected = layout.first + row == list.selection
        let plain = isSelected ? look.theme.selection : look.theme.text
        if isSelected {
            buffer.fill(Rect(x: area.x, y: y, width: area.width, height: 1), " ", look.theme.selection)
        }
        buffer.write(bookmark.name, x: layout.body.x, y: y, width: nameWidth, plain.with(.bold))
        let when = x + 30 < layout.body.maxX ? " " + bookmark.when : ""
        let room = layout.body.maxX - x - columnCount(when)
        buffer.write(bookmark.place, x: x, y: y, width: room, isSelected ? plain : look.theme.dim)
        buffer.writeRight(when, in: layout.body, row: row, isSelected ? plain : look.theme.faint)
    }
    buffer.write(
        hint, x: area.x, y: area.maxY - 1, width: area.width, list.isDeleting ? look.theme.warning : look.theme.faint)
}

/// Draws the shell line of a view, broken between words as a shell takes it.
func renderCommand(_ line: String, _ look: Look, _ buffer: inout CellBuffer) {
    let width = max(1, min(138, buffer.width - 2) - 4)
    let lines = packed(shellWords(line), separator: " ", width: width - 2)
    let rows = lines.enumerated().flatMap { index, text in
        let scalars = Array((index < lines.count - 1 ? text + " \\" : text).unicodeScalars)
        return stride(from: 0, to: scalars.count, by: width).map { start in
            String(String.UnicodeScalarView(scalars[start..<min(scalars.count, start + width)]))
        }
    }
    let hint = "a picture of it instead: add --format svg -o view.svg"
    let isRoomy = rows.count + 4 <= buffer.height
    let area = drawWindow(
        windowFrame(width + 4, rows.count + (isRoomy ? 4 : 2), in: buffer.bounds), "This line draws the same view",
        look,
        &buffer)
    for (row, text) in rows.prefix(area.height).enumerated() {
        buffer.write(text, x: area.x, y: area.y + row, width: area.width, look.theme.text)
    }
    if isRoomy { buffer.write(hint, x: area.x, y: area.maxY - 1, width: area.width, look.theme.faint) }
}

/// The words of a shell line as they stand in it; spaces between quotation marks belong to a word.
func shellWords(_ line: String) -> [String] {
    var words = [""]
    var (isQuoted, isEscaped) = (false, false)
    for character in line {
        if character == " ", !isQuoted, !isEscaped {
            words.append("")
            continue
        }
        words[words.count - 1].append(character)
        if character == "'", !isEscaped { isQuoted.toggle() }
        isEscaped = character == "\\" && !isQuoted && !isEscaped
    }
    return words.filter { !$0.isEmpty }
}
