import INNKit

/// The pinned pane as it was, beside the present one, which is drawn as on any screen.
func renderPinned(_ pin: Pin, _ state: AppState, _ frame: ScreenFrame, _ look: Look, _ buffer: inout CellBuffer) {
    guard let comparison = frame.comparison, let area = comparison.area(.pinned) else { return }
    let screens = pin.screens(in: state)
    let pane = ScreenFrame.PaneArea(index: pin.pane, outer: area.outer, inner: area.inner)
    let shown = ScreenFrame(screens).showing(pane)
    let screen = Screens.screen(pin.screen)
    let isOther = screens.runInfo.name != state.runInfo.name
    renderTitle(
        comparison.title("Pinned", isOther ? screens.runInfo.name : "", .pinned, note: 0),
        note: screen.panes[pin.pane].note(screens, shown), area.outer, frame,
        isFocused: state.comparison == .pinned, look, &buffer)
    if !area.inner.isEmpty { screen.panes[pin.pane].render(screens, shown, area.inner, &buffer) }
}

/// What the present pane has more than the pinned one.
func renderDifference(_ pin: Pin, _ state: AppState, _ frame: ScreenFrame, _ look: Look, _ buffer: inout CellBuffer) {
    guard let comparison = frame.comparison, let area = comparison.area(.difference) else { return }
    let pane = Screens.screen(pin.screen).panes[pin.pane]
    let pinned = pane.numbers(pin.screens(in: state))
    let here = pane.numbers(state)
    let difference = pinned.flatMap { here?.difference(from: $0) }
    renderTitle(
        "Here less pinned" + comparison.number(.difference), note: difference?.quantity ?? "", area.outer, frame,
        isFocused: state.comparison == .difference, look, &buffer)
    guard !area.inner.isEmpty else { return }
    guard let difference else {
        let lines =
            switch (pinned, here) {
            case (nil, _), (_, nil): ["this pane shows no numbers to subtract"]
            case (let pinned?, let here?) where pinned.quantity != here.quantity:
                ["not the same quantity", "pinned: " + pinned.quantity, "here: " + here.quantity]
            default: ["both share no row and column"]
            }
        let shown = lines.flatMap { wrapped($0, width: area.inner.width, limit: 3) }
        return renderEmpty(shown, look, area.inner, &buffer)
    }
    renderDifference(difference, look, area.inner, &buffer)
}

private func renderDifference(_ difference: PaneDifference, _ look: Look, _ area: Rect, _ buffer: inout CellBuffer) {
    let largest = difference.largest
    let values = difference.values
    let most = largest.first.map { abs(values[$0]) } ?? 0
    guard most > 0 else {
        let text = largest.isEmpty ? "no number that both have" : "no difference in \(largest.count) numbers"
        return renderEmpty([text], look, area, &buffer)
    }
    var map = Heatmap(
        rows: difference.rows.count, columns: difference.columns.count, values: values,
        scale: ColorScale(.diverging, low: -most, high: most, look: look), quantity: "here less pinned",
        rowLabels: difference.rows, columnLabels: difference.columns)
    map.isSquare = difference.rows == difference.columns
    map.maxCellWidth = 4
    // Where single numbers cannot be told apart, a list of the largest says more than a picture.
    let isMatrix =
        difference.columns.count > 3
        && !map.placement(in: area.inset(top: min(6, area.height)), look: look).layout.isPooled
    let summary = summaryLines(difference, largest, isMatrix: isMatrix, look)
    let head = min(summary.count, area.height > 8 ? summary.count : 1)
    writeLines(Array(summary.prefix(head)), area, &buffer)
    let body = area.inset(top: head + (area.height > 12 ? 1 : 0))
    guard isMatrix else { return renderList(difference, largest, look, body, &buffer) }
    map.render(in: &buffer, area: body, look: look)
}

/// What differs most, and how much both differ on the whole.
private func summaryLines(
    _ difference: PaneDifference, _ largest: [Int], isMatrix: Bool, _ look: Look
) -> [(String, Style)] {
    let mean = "mean |change| " + Format.compact(difference.meanSize) + ", n \(largest.count)"
    guard isMatrix else { return [(mean, look.theme.dim)] }
    let values = difference.values
    return [(mean, look.theme.dim)]
        + largest.prefix(3).map { index in
            let change =
                Format.compact(Double(difference.pinned[index])) + " → "
                + Format.compact(Double(difference.here[index]))
            return (
                difference.name(index) + ": " + change, values[index] > 0 ? look.theme.validation : look.theme.smooth
            )
        }
}

/// One line per number, those that differ most first: name, pinned, here, and the difference as a bar to both sides.
private func renderList(
    _ difference: PaneDifference, _ largest: [Int], _ look: Look, _ area: Rect, _ buffer: inout CellBuffer
) {
    let names = largest.map(difference.name)
    let nameWidth = min(area.width / 3, max(4, names.map(columnCount).max() ?? 0)) + 1
    let values = difference.values
    let most = Double(largest.first.map { abs(values[$0]) } ?? 1)
    let half = max(0, (area.width - nameWidth - 24) / 2)
    let (heading, list) = area.splitTop(area.height > 3 ? 1 : 0)
    if !heading.isEmpty {
        let text =
            String(repeating: " ", count: nameWidth) + Format.right("pinned", 7) + Format.right("here", 7)
            + Format.right("change", 8)
        buffer.write(text, x: heading.x, y: heading.y, width: heading.width, look.theme.faint)
    }
    for (row, index) in largest.prefix(list.height).enumerated() {
        let y = list.y + row
        let value = Double(values[index])
        let style = value > 0 ? look.theme.validation : look.theme.smooth
        buffer.write(names[row], x: area.x, y: y, width: nameWidth - 1, look.theme.accent)
        var x = area.x + nameWidth
        for number in [difference.pinned[index], difference.here[index]] {
            buffer.write(
                Format.right(Format.fixed(Double(number), 3), 7), x: x, y: y, width: 7, look.theme.text)
            x += 7
        }
        buffer.write(Format.right(signed(value, 3), 8), x: x, y: y, width: min(8, area.maxX - x), style)
        x += 9
        guard half >= 2 else { continue }
        buffer.put("│", x: x + half, y: y, look.theme.faint)
        let length = Int(bounded: (abs(value) / most * Double(half)).rounded())
        for step in 0..<length {
            let place = value < 0 ? x + half - 1 - step : x + half + 1 + step
            buffer.put(look.glyphs == .ascii ? (value < 0 ? "-" : "#") : "█", x: place, y: y, style)
        }
    }
}
