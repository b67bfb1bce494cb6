import INNKit

/// Where the lines of a start menu stand; a list longer than the screen follows the selection.
struct StartMenuLayout {
    enum Line: Equatable { case blank, about(String), heading(String), entry(Int) }

    let top: Int
    let lines: [Line]

    init(_ menu: StartMenu, width: Int, height: Int) {
        let entries = menu.entries.indices
        var list = entries.prefix(menu.commandCount).map(Line.entry)
        if menu.entries.count > menu.commandCount {
            list += [.blank, .heading("Runs in this folder")]
            list += entries.dropFirst(menu.commandCount).map(Line.entry)
        }
        let about =
            wrapped(StartMenuLayout.about, width: max(10, min(76, width - 4)), limit: 4).map(Line.about) + [.blank]
        // Two rows are the title's, one the footer's.
        let room = max(1, height - 3)
        let head = list.count + about.count <= room ? about : []
        let selected = list.firstIndex(of: .entry(menu.selection)) ?? 0
        let shown = room - head.count
        let first = max(0, min(selected - shown / 2, list.count - shown))
        top = 2
        lines = head + list[first..<min(list.count, first + shown)]
    }

    private static let about = """
        Every neuron of these networks has a memory, a gate that decides whether it speaks, and attention over all \
        others that decides whom it listens to. Together they learn to predict the next character of a text.
        """

    func entry(atRow row: Int) -> Int? {
        guard lines.indices.contains(row - top), case .entry(let index) = lines[row - top] else { return nil }
        return index
    }
}

extension StartMenu {
    /// The menu as a frame, on paper where the terminal has not said that its background suits it.
    public func rendered(width: Int, height: Int, colors: ColorLevel, glyphs: GlyphLevel) -> CellBuffer {
        let look = Look(theme: background?.isBright == true ? .light : .dark, colors: colors, glyphs: glyphs)
        var buffer = CellBuffer(width: width, height: height)
        let room = width - 4
        buffer.write("inn-tui", x: 2, y: 0, width: room, look.theme.accent)
        buffer.write("Intelligent Neural Networks, from the inside", x: 11, y: 0, width: room - 9, look.theme.dim)
        let layout = StartMenuLayout(self, width: width, height: height)
        // Side by side where there is room for both.
        let titleWidth = min(max(18, entries.map { columnCount($0.title) }.max() ?? 0), max(18, width / 3))
        for (offset, line) in layout.lines.enumerated() {
            let y = layout.top + offset
            switch line {
            case .blank: break
            case .about(let text): buffer.write(text, x: 2, y: y, width: room, look.theme.text)
            case .heading(let text): buffer.write(text, x: 2, y: y, width: room, look.theme.title)
            case .entry(let index): draw(index, y, titleWidth, look, &buffer)
            }
        }
        buffer.write(
            "↑ ↓  Enter open  q leave  " + entries[selection].command, x: 2, y: height - 1, width: room,
            look.theme.dim)
        if glyphs == .ascii { buffer.mapCells { $0.scalar = asciiStandIn($0.scalar) } }
        return buffer.painted(on: .painted(look, on: background))
    }

    private func draw(_ index: Int, _ y: Int, _ titleWidth: Int, _ look: Look, _ buffer: inout CellBuffer) {
        let entry = entries[index]
        let isSelected = index == selection
        if isSelected {
            buffer.fill(Rect(x: 1, y: y, width: buffer.width - 2, height: 1), " ", look.theme.selection)
        }
        let style = isSelected ? look.theme.selection : look.theme.text
        buffer.write(String(entry.key), x: 2, y: y, width: 1, isSelected ? style : look.theme.key)
        buffer.write(entry.title, x: 5, y: y, width: min(titleWidth, buffer.width - 6), style)
        let x = 5 + titleWidth + 2
        buffer.write(
            entry.explanation, x: x, y: y, width: buffer.width - 2 - x, isSelected ? style : look.theme.dim)
    }
}

extension StartMenu.Entry {
    /// As a shell would be given it.
    var command: String {
        (["inn-tui"] + arguments).map { $0.contains(" ") ? "'\($0)'" : $0 }.joined(separator: " ")
    }
}
