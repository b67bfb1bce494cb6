import Foundation

/// A drawing in SVG that is readable on light and on dark paper: colours are names of the page's palette.
package struct Picture {
    /// File name without its ending.
    package let name: String
    /// One sentence that says what is seen, also for people who do not see it.
    let caption: String
    package let width: Double, height: Double
    private(set) var body = ""

    init(_ name: String, caption: String, width: Double, height: Double) {
        (self.name, self.caption, self.width, self.height) = (name, caption, width, height)
    }

    /// Colours by role.
    package enum Ink: String {
        case ink, muted, line, paper, hot, cold, accent, other, warn
        case group0, group1, group2, group3, group4, group5

        static func group(_ index: Int) -> Ink { [.group0, .group1, .group2, .group3, .group4, .group5][index % 6] }
        var css: String { "var(--\(rawValue))" }
    }

    package enum Anchor: String { case start, middle, end }

    mutating func rectangle(
        _ x: Double, _ y: Double, _ width: Double, _ height: Double, _ fill: Ink, opacity: Double = 1,
        title: String? = nil
    ) {
        add(x, y, width, height, style: Self.style(fill, opacity), title)
    }

    /// A bar of a chart.
    mutating func bar(_ x: Double, _ y: Double, _ width: Double, _ height: Double, title: String? = nil) {
        add(x, y, width, height, style: "rx=\"1.5\" " + Self.style(.accent, 0.85), title)
    }

    private static func style(_ fill: Ink, _ opacity: Double) -> String {
        "fill=\"\(fill.css)\"" + (opacity < 1 ? " fill-opacity=\"\(number(opacity))\"" : "")
    }

    private mutating func add(
        _ x: Double, _ y: Double, _ width: Double, _ height: Double, style: String, _ title: String?
    ) {
        let start =
            """
            <rect x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" width=\"\(Self.number(width))\" \
            height=\"\(Self.number(height))\" \(style)
            """
        body += title.map { start + "><title>\(Self.escaped($0))</title></rect>" } ?? start + "/>"
    }

    mutating func frame(
        _ x: Double, _ y: Double, _ width: Double, _ height: Double, _ stroke: Ink = .line, thickness: Double = 1
    ) {
        body +=
            """
            <rect x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" width=\"\(Self.number(width))\" \
            height=\"\(Self.number(height))\" fill=\"none\" stroke=\"\(stroke.css)\" \
            stroke-width=\"\(Self.number(thickness))\"/>
            """
    }

    package mutating func line(
        _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ stroke: Ink = .line, thickness: Double = 1,
        isDashed: Bool = false
    ) {
        body +=
            """
            <line x1=\"\(Self.number(x1))\" y1=\"\(Self.number(y1))\" x2=\"\(Self.number(x2))\" \
            y2=\"\(Self.number(y2))\" stroke=\"\(stroke.css)\" \
            stroke-width=\"\(Self.number(thickness))\"\(isDashed ? " stroke-dasharray=\"4 3\"" : "")/>
            """
    }

    package mutating func path(
        _ points: [(Double, Double)], _ stroke: Ink, thickness: Double = 2, isDashed: Bool = false
    ) {
        guard let first = points.first else { return }
        let rest = points.dropFirst().map { "L\(Self.number($0.0)) \(Self.number($0.1))" }.joined()
        curve(
            "M\(Self.number(first.0)) \(Self.number(first.1))" + rest, stroke, thickness: thickness, isDashed: isDashed)
    }

    /// - Parameter path: SVG path data.
    mutating func curve(_ path: String, _ stroke: Ink, thickness: Double, opacity: Double = 1, isDashed: Bool = false) {
        body +=
            """
            <path d=\"\(path)\" fill=\"none\" stroke=\"\(stroke.css)\" stroke-width=\"\(Self.number(thickness))\" \
            stroke-opacity=\"\(Self.number(opacity))\" \
            stroke-linejoin=\"round\"\(isDashed ? " stroke-dasharray=\"5 4\"" : "")/>
            """
    }

    /// The area between two curves over the same abscissas.
    mutating func band(_ upper: [(Double, Double)], _ lower: [(Double, Double)], _ fill: Ink) {
        let points = (upper + lower.reversed()).map { "\(Self.number($0.0)),\(Self.number($0.1))" }.joined(
            separator: " ")
        body += "<polygon points=\"\(points)\" fill=\"\(fill.css)\" fill-opacity=\"0.18\"/>"
    }

    mutating func dot(
        _ x: Double, _ y: Double, _ radius: Double, _ fill: Ink, isHollow: Bool = false, title: String? = nil
    ) {
        let start =
            """
            <circle cx=\"\(Self.number(x))\" cy=\"\(Self.number(y))\" r=\"\(Self.number(radius))\" \
            fill=\"\((isHollow ? Ink.paper : fill).css)\" stroke=\"\(fill.css)\" stroke-width=\"1.4\"
            """
        body += title.map { start + "><title>\(Self.escaped($0))</title></circle>" } ?? start + "/>"
    }

    package mutating func text(
        _ string: String, _ x: Double, _ y: Double, size: Double = 11, _ fill: Ink = .ink, anchor: Anchor = .start,
        isBold: Bool = false
    ) {
        let weight = isBold ? " font-weight=\"600\"" : ""
        body +=
            """
            <text x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" font-size=\"\(Self.number(size))\" \
            fill=\"\(fill.css)\" text-anchor=\"\(anchor.rawValue)\"\(weight)>\(Self.escaped(string))</text>
            """
    }

    /// A square of a diverging scale: warm above 0, cold below; `value` in −1…1.
    mutating func cell(
        _ x: Double, _ y: Double, _ width: Double, _ height: Double, _ value: Double, title: String? = nil
    ) {
        guard value.isFinite else { return }
        rectangle(x, y, width, height, value >= 0 ? .hot : .cold, opacity: min(1, abs(value)), title: title)
    }

    // MARK: Files

    /// For a page that defines the palette.
    var inline: String {
        """
        <svg viewBox=\"0 0 \(Self.number(width)) \(Self.number(height))\" role=\"img\" \
        aria-label=\"\(Self.escaped(caption))\">\(body)</svg>
        """
    }

    /// A file of its own, with the palette and paper. Colours stand in it as such: many programs that draw SVG know no
    /// CSS variables and would paint everything black.
    package var standalone: String {
        """
        <svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(Self.number(width)) \(Self.number(height))\" \
        width=\"\(Self.number(width))\" height=\"\(Self.number(height))\" font-family=\"system-ui, -apple-system, \
        'Segoe UI', 'DejaVu Sans', sans-serif\" role=\"img\" \
        aria-label=\"\(Self.escaped(caption))\"><style>\(Palette.darkCSS)</style>
        """
            + Palette.plain("<rect width=\"100%\" height=\"100%\" fill=\"\(Ink.paper.css)\"/>\(bodyWithoutTitles)")
            + "</svg>\n"
    }

    /// A file that is shown as an image answers no pointer.
    private var bodyWithoutTitles: String { body.replacing(#/><title>[^<]*</title></(rect|circle)>/#, with: "/>") }

    package static func number(_ value: Double) -> String {
        let text = String(format: "%.2f", value)
        return text.hasSuffix(".00") ? String(text.dropLast(3)) : text
    }

    /// For an element or an attribute in double quotes. SVG has no way at all to write control characters.
    static func escaped(_ text: String) -> String {
        let line = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).joined(separator: " ")
            .printable
        return line.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
            .replacingOccurrences(of: ">", with: "&gt;")
            .replacingOccurrences(of: "\"", with: "&quot;")
    }
}

/// The colours of report pages, for light and dark paper. Hues stay apart for people who see no red or no green.
enum Palette {
    private static let light = [
        "paper": "#ffffff", "panel": "#f6f7f9", "ink": "#1b2230", "muted": "#5d6778", "line": "#d8dce4",
        "hot": "#c8511b", "cold": "#2463b5", "accent": "#2463b5",
        "other": "#8a93a3", "warn": "#b3261e", "group0": "#2463b5", "group1": "#c8511b", "group2": "#148f77",
        "group3": "#8e44ad", "group4": "#a07d00", "group5": "#c2185b",
    ]
    private static let dark = [
        "paper": "#14181f", "panel": "#1c222c", "ink": "#e6e9ef", "muted": "#a2abba", "line": "#363e4b",
        "hot": "#ff9155", "cold": "#6aa8ff", "accent": "#6aa8ff",
        "other": "#8490a3", "warn": "#ff8a80", "group0": "#6aa8ff", "group1": "#ff9155", "group2": "#4fd1b5",
        "group3": "#cf94f2", "group4": "#e3c54a", "group5": "#ff80ab",
    ]

    /// Attributes with the colours for light paper in place of their names.
    static func plain(_ svg: String) -> String {
        svg.replacing(#/"var\(--(\w+)\)"/#) { "\"\(light[String($0.1)] ?? "#000000")\"" }
    }

    /// What ``plain(_:)`` left, for dark paper, where the renderer asks for it.
    static var darkCSS: String {
        let rules = Set(
            light.map { name, colour in
                ["fill", "stroke"].map { "[\($0)=\"\(colour)\"]{\($0):\(dark[name] ?? colour)}" }.joined()
            })
        return "@media (prefers-color-scheme:dark){\(rules.sorted().joined())}"
    }

    static func css(root: String) -> String {
        func block(_ colours: [String: String]) -> String {
            "\(root){\(colours.sorted { $0.key < $1.key }.map { "--\($0.key):\($0.value)" }.joined(separator: ";"))}"
        }
        return block(light) + "@media (prefers-color-scheme:dark){\(block(dark))}"
    }
}
