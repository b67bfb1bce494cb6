/// Frames of one size as a single SVG picture that plays by itself, over and over, also where a page shows it as an
/// image. Renderers that do not animate show the last frame.
public struct AnimatedPicture: Sendable {
    private let theme: Theme
    private var frames: [(buffer: CellBuffer, seconds: Double)] = []

    public init(theme: Theme) { self.theme = theme }

    /// - Parameter seconds: when it appears; the first one's is 0.
    public mutating func add(_ frame: CellBuffer, at seconds: Double) { frames.append((frame, seconds)) }

    /// A row of the screen and when it looks so.
    private struct Stretch {
        let first: Int
        var end: Int
    }

    /// - Parameter end: when the first frame takes the place of the last one.
    public func svg(until end: Double) -> String {
        guard let last = frames.last?.buffer, end > 0 else { return "" }
        let picture = SVGPicture(theme: theme)
        var body = ""
        for y in 0..<last.height {
            for stretch in stretches(ofRow: y) {
                let row = picture.row(frames[stretch.first].buffer, y)
                guard !row.isEmpty else { continue }
                body += stretch.end - stretch.first == frames.count ? row : shown(row, during: stretch, end)
            }
        }
        return picture.document(body, width: last.width, height: last.height)
    }

    private func stretches(ofRow y: Int) -> [Stretch] {
        var result: [Stretch] = []
        for index in frames.indices {
            let isSame = index > 0 && frames[index].buffer.row(y) == frames[index - 1].buffer.row(y)
            if isSame {
                result[result.count - 1].end = index + 1
            } else {
                result.append(Stretch(first: index, end: index + 1))
            }
        }
        return result
    }

    private func shown(_ row: String, during stretch: Stretch, _ end: Double) -> String {
        func share(_ index: Int) -> String {
            Format.trimmed(index < frames.count ? frames[index].seconds / end : 1, 4)
        }
        let isLast = stretch.end == frames.count
        var moments = [("0", stretch.first == 0)]
        if stretch.first > 0 { moments.append((share(stretch.first), true)) }
        if !isLast { moments.append((share(stretch.end), false)) }
        let values = moments.map { $0.1 ? "visible" : "hidden" }.joined(separator: ";")
        return """
            <g visibility="\(isLast ? "visible" : "hidden")"><animate attributeName="visibility" calcMode="discrete" \
            dur="\(Format.trimmed(end, 2))s" repeatCount="indefinite" values="\(values)" \
            keyTimes="\(moments.map(\.0).joined(separator: ";"))"/>
            \(row)</g>

            """
    }
}
