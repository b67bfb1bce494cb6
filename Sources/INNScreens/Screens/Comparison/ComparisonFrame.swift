/// Where a pinned pane, the present one and their difference lie.
struct ComparisonFrame {
    /// What there is room for; one of the three where only one fits.
    let parts: [(part: ComparisonPart, outer: Rect, inner: Rect)]

    /// - Parameters:
    ///   - shown: the one that is shown where only one fits, or the one that has the whole screen.
    ///   - inner: the inside of an area.
    init(_ body: Rect, isSingle: Bool, shown: ComparisonPart, inner: (Rect) -> Rect) {
        let areas: [(ComparisonPart, Rect)]
        if isSingle {
            areas = [(shown, body)]
        } else if body.width >= 100 {
            let third = body.width * 37 / 100
            let (pinned, rest) = body.splitLeft(third)
            let (here, difference) = rest.splitLeft(third)
            areas = [(.pinned, pinned), (.here, here), (.difference, difference)]
        } else {
            let (top, difference) = body.splitTop(body.height * 60 / 100)
            let (pinned, here) = top.splitLeft(body.width / 2)
            areas = [(.pinned, pinned), (.here, here), (.difference, difference)]
        }
        parts = areas.map { ($0.0, $0.1, inner($0.1)) }
    }

    /// The title of a part: its name and what it is of, as far as there is room beside `note` columns.
    func title(_ name: String, _ subject: String, _ part: ComparisonPart, note: Int) -> String {
        let room = (area(part)?.outer.width ?? 0) - columnCount(name) - 10 - note
        return name + (!subject.isEmpty && columnCount(subject) <= room ? " · " + subject : "") + number(part)
    }

    /// Where only one of the three fits: which one it is, for its title.
    func number(_ part: ComparisonPart) -> String {
        parts.count > 1 ? "" : " \(part.rawValue + 1)/\(ComparisonPart.allCases.count)"
    }

    func area(_ part: ComparisonPart) -> (outer: Rect, inner: Rect)? {
        parts.first { $0.part == part }.map { ($0.outer, $0.inner) }
    }
}
