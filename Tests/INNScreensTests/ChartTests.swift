import INNKit
import Testing

@testable import INNScreens

struct ChartTests {
    private let look = Look(theme: .dark, colors: .truecolor, glyphs: .braille)

    private func draw(_ chart: LineChart, _ width: Int, _ height: Int, _ glyphs: GlyphLevel = .braille) -> CellBuffer {
        var buffer = CellBuffer(width: width, height: height)
        chart.render(in: &buffer, area: buffer.bounds, look: Look(theme: .dark, colors: .truecolor, glyphs: glyphs))
        return buffer
    }

    private func points(_ values: [Double]) -> [SeriesPoint] {
        values.enumerated().map { SeriesPoint(x: Double($0.offset), y: $0.element) }
    }

    @Test(arguments: GlyphLevel.allCases) func aSpikeBetweenManyPointsSurvives(_ glyphs: GlyphLevel) {
        var values = [Double](repeating: 1, count: 5000)
        values[2503] = 9
        let chart = LineChart(
            lines: [.init(name: "", points: points(values), style: Style())], xRange: 0...4999, showsAxes: false)
        let buffer = draw(chart, 20, 6, glyphs)
        #expect((0..<20).contains { buffer[$0, 0].scalar != " " })
        #expect((0..<20).filter { buffer[$0, 0].scalar != " " }.count <= 2)
    }

    /// A value stands beside the end of its curve, at the edge only where the curve reaches it.
    @Test func valuesStandWhereTheirCurvesEnd() throws {
        let label: @Sendable (Double) -> String = { Format.fixed($0, 1) }
        let whole = points([Double](repeating: 1, count: 100))
        let half = points([Double](repeating: 3, count: 50))
        let chart = LineChart(
            lines: [
                .init(name: "", points: whole, style: Style(), endLabel: label),
                .init(name: "", points: half, style: Style(), endLabel: label),
            ], xRange: 0...99)
        for width in [60, 36] {
            let buffer = draw(chart, width, 12)
            let plot = chart.plotArea(in: buffer.bounds)
            let rows = buffer.plainText().split(separator: "\n", omittingEmptySubsequences: false)
            let edge = try #require(rows.first { $0.hasSuffix("1.0") })
            #expect(edge.count == width)
            let inner = try #require(rows.first { $0.contains("3.0") })
            let place = inner.distance(from: inner.startIndex, to: try #require(inner.firstRange(of: "3.0")).lowerBound)
            #expect(place == chart.screenX(49, plot) + 2, "\(inner)")
        }
    }

    @Test func notANumberLeavesAGap() {
        var values = [Double](repeating: 2, count: 100)
        for index in 40..<60 { values[index] = .nan }
        let chart = LineChart(
            lines: [.init(name: "", points: points(values), style: Style())], xRange: 0...99, showsAxes: false)
        let buffer = draw(chart, 50, 1)
        #expect(buffer[5, 0].scalar != " " && buffer[45, 0].scalar != " ")
        #expect((22..<28).allSatisfy { buffer[$0, 0].scalar == " " })
    }

    @Test func onePointAndNothingDraw() {
        let one = LineChart(lines: [.init(name: "", points: points([3]), style: Style())], xRange: 0...1)
        #expect(draw(one, 30, 8).cells.contains { $0.scalar.value > 0x2800 })
        let none = LineChart(lines: [.init(name: "", points: [], style: Style())], xRange: 0...1)
        #expect(draw(none, 30, 8).cells.allSatisfy { $0.scalar == " " })
    }

    @Test func brailleDotsLieWhereTheyBelong() {
        var buffer = CellBuffer(width: 1, height: 1)
        var canvas = DotCanvas(area: buffer.bounds, glyphs: .braille)
        canvas.column(0, from: 3, to: 3, Style())
        canvas.column(1, from: 0, to: 1, Style())
        canvas.draw(into: &buffer)
        // Dots 7, 4 and 5.
        #expect(buffer[0, 0].scalar == "⡘")
    }

    @Test(arguments: [
        (0.0, 1.0), (1.6, 4.9), (2.2, 2.2001), (-3, 3), (0, 1e-5), (1e5, 9e6), (0, 3_200_000), (1e-300, 2e-300),
    ])
    func tickLabelsNeverRepeat(_ range: (Double, Double)) {
        for count in [2, 5, 12] {
            for ticks in [
                Ticks.linear(low: range.0, high: range.1, count: count),
                Ticks.linear(low: range.0, high: range.1, count: count, isCount: true),
                Ticks.logarithmic(low: range.0, high: range.1, count: count),
            ] {
                #expect(Set(ticks.map(\.label)).count == ticks.count)
                #expect(ticks.allSatisfy { $0.value >= range.0 - 1e-9 && $0.value <= range.1 * (1 + 1e-9) + 1e-9 })
            }
        }
    }

    @Test func ticksAreRound() {
        #expect(Ticks.linear(low: 1.9, high: 4.8, count: 5).map(\.label) == ["2", "3", "4"])
        for (low, high) in [(2.31, 2.44), (2.4011, 2.4019), (3.05, 3.4)] {
            #expect(Ticks.logarithmic(low: low, high: high, count: 4).count >= 2, "\(low)…\(high)")
        }
        #expect(
            Ticks.linear(low: 0, high: 20_000, count: 4, isCount: true).map(\.label) == [
                "0", "5,000", "10k", "15k", "20k",
            ])
    }

    @Test func smallMatricesGetWholeCellsLargeOnesAreMaxPooled() {
        func map(_ n: Int) -> Heatmap {
            var values = [Float](repeating: 0, count: n * n)
            values[3 * n + 5] = 1
            return Heatmap(
                rows: n, columns: n, values: values, scale: ColorScale(.viridis, low: 0, high: 1, look: look),
                quantity: "weight")
        }
        #expect(map(8).placement(in: Rect(x: 0, y: 0, width: 40, height: 12), look: look).layout.cellWidth >= 2)
        #expect(map(20).placement(in: Rect(x: 0, y: 0, width: 30, height: 12), look: look).layout.halfRows == 1)
        var buffer = CellBuffer(width: 60, height: 12)
        let layout = map(64).render(in: &buffer, area: buffer.bounds, look: look)
        #expect(layout.isPooled && buffer.plainText().contains("max of \(layout.rowPool)×\(layout.columnPool)"))
        let hot = ColorScale(.viridis, low: 0, high: 1, look: look).color(step: 31)
        #expect(
            buffer.cells.count { ["▀", "▄"].contains($0.scalar) && [$0.foreground, $0.background].contains(hot) }
                == layout.cellWidth)
    }

    @Test func aNegativeEdgeSurvivesPoolingOfDifferences() {
        var values = [Float](repeating: 0.1, count: 64 * 64)
        values[70] = -3
        let map = Heatmap(
            rows: 64, columns: 64, values: values, scale: ColorScale(.diverging, low: -3, high: 3, look: look),
            quantity: "Δ")
        var buffer = CellBuffer(width: 40, height: 10)
        map.render(in: &buffer, area: buffer.bounds, look: look)
        let cold = ColorScale(.diverging, low: -3, high: 3, look: look).color(step: 0)
        #expect(
            buffer.cells.contains {
                ["▀", "▄"].contains($0.scalar) && ($0.foreground == cold || $0.background == cold)
            })
    }

    @Test func aHeatmapAlwaysShowsItsScale() {
        for (width, height) in [(60, 20), (34, 8), (20, 5), (12, 3)] {
            let map = Heatmap(
                rows: 16, columns: 16, values: Array(repeating: 0.5, count: 256),
                scale: ColorScale(.diverging, low: -3, high: 3, look: look), quantity: "log2")
            var buffer = CellBuffer(width: width, height: height)
            map.render(in: &buffer, area: buffer.bounds, look: look)
            let text = buffer.plainText()
            #expect(text.contains("-3") && text.contains("+3"), "\(width)×\(height)")
        }
    }

    @Test func barsCountEighths() {
        var buffer = CellBuffer(width: 4, height: 1)
        Bars.drawHorizontal(
            0.53125, in: &buffer, row: Rect(x: 0, y: 0, width: 4, height: 1), Style(), empty: Style(), look: look)
        #expect(buffer.plainText() == "██▏·\n")
        Bars.drawHorizontal(
            .nan, in: &buffer, row: Rect(x: 0, y: 0, width: 4, height: 1), Style(), empty: Style(), look: look)
        #expect(buffer.plainText() == "····\n")
        var spark = CellBuffer(width: 4, height: 1)
        Bars.drawSparkline(
            [0, 0.5, 1, .nan], low: 0, high: 1, in: &spark, row: Rect(x: 0, y: 0, width: 4, height: 1), Style(),
            look: look)
        #expect(spark.plainText() == "▁▄█\n")
    }
}

struct DendrogramTests {
    @Test func branchesMeetAtTheirDistance() {
        let points: [Float] = [0, 1, 8]
        let linkage = AverageLinkage(distances: points.flatMap { a in points.map { abs(a - $0) } }, count: 3)
        var buffer = CellBuffer(width: 9, height: 4)
        Dendrogram(linkage: linkage).render(in: &buffer, area: buffer.bounds, leafX: [0, 4, 8], Style())
        #expect(
            buffer.plainText() == """
                  ╭─────╮
                  │     │
                  │     │
                ╭─┴─╮   │

                """)
    }
}
