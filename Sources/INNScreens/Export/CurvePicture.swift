/// Named curves with a legend, as a self-contained SVG picture.
public struct CurvePicture {
    public struct Curve {
        let name: String
        let points: [(x: Double, y: Double)]

        public init(name: String, points: [(x: Double, y: Double)]) { (self.name, self.points) = (name, points) }
    }

    let title: String
    let curves: [Curve]
    let reference: (name: String, value: Double)?

    public init(title: String, curves: [Curve], reference: (name: String, value: Double)? = nil) {
        (self.title, self.curves, self.reference) = (title, curves, reference)
    }

    public func svg(width: Int = 110, height: Int = 32) -> String {
        let look = Look(theme: .dark, colors: .truecolor, glyphs: .braille)
        var buffer = CellBuffer(width: width, height: height)
        buffer.write(title, x: 0, y: 0, width: width, look.theme.title)
        for (index, curve) in curves.enumerated() {
            buffer.write("─ " + curve.name, x: 0, y: 1 + index, width: width, curveStyle(index, look.theme))
        }
        let lines = curves.enumerated().map { index, curve in
            LineChart.Line(
                name: curve.name, points: curve.points.map { SeriesPoint(x: $0.x, y: $0.y) },
                style: curveStyle(index, look.theme), showsRange: false)
        }
        let xs = curves.flatMap { $0.points.map(\.x) }
        let chart = LineChart(
            lines: lines, xRange: (xs.min() ?? 0)...(xs.max() ?? 1),
            references: reference.map { [.init(name: $0.name, value: $0.value)] } ?? [])
        let top = curves.count + 2
        chart.render(in: &buffer, area: Rect(x: 0, y: top, width: width, height: height - top), look: look)
        return buffer.svg(theme: look.theme)
    }
}
