import INNKit
import Testing

@testable import INNScreens

/// Curves in one chart: whose colour a dot has, where the axis ends, and what stands at the ends.
struct CurveColorTests {
    private let look = Look(theme: .dark, colors: .truecolor, glyphs: .braille)

    /// The dots of a cell are all of the curve whose colour it has, wherever curves cross.
    @Test(arguments: GlyphLevel.allCases) func noDotHasTheColourOfAnotherCurve(_ glyphs: GlyphLevel) {
        let styles = [look.theme.raw, look.theme.smooth, look.theme.validation]
        let area = Rect(x: 0, y: 0, width: 20, height: 8)
        func draw(_ curves: [Int]) -> CellBuffer {
            var canvas = DotCanvas(area: area, glyphs: glyphs)
            for curve in curves {
                let height = canvas.height
                for x in 0..<canvas.width {
                    let y = [x, height - 1 - x, height / 2 + (x % 5)][curve]
                    canvas.column(x, from: y, to: y + 2, styles[curve])
                }
            }
            var buffer = CellBuffer(width: 20, height: 8)
            canvas.draw(into: &buffer)
            return buffer
        }
        let all = draw([0, 1, 2])
        let alone = (0..<3).map { draw([$0]) }
        for index in all.cells.indices where all.cells[index].scalar != " " {
            let curve = styles.firstIndex { $0.foreground == all.cells[index].foreground }
            #expect(curve.map { alone[$0].cells[index] } == all.cells[index], "cell \(index)")
        }
        #expect(Set(all.cells.map(\.foreground)).count == 4)
    }

    private func chart(_ values: [Double], clips: Bool = true) -> LineChart {
        LineChart(
            lines: [
                .init(
                    name: "train", points: values.enumerated().map { SeriesPoint(x: Double($0), y: $1) },
                    style: look.theme.smooth, endLabel: { Format.fixed($0, 3) })
            ], xRange: 0...Double(values.count - 1), clipsStart: clips)
    }

    /// 5.7 falling to 2.3 within the first tenth, and then slowly to 2.
    private static let fall: [Double] = (0..<200).map { (step: Int) -> Double in
        let x = Double(step)
        return step < 20 ? 5.7 - 0.17 * x : 2.3 - 0.0016 * x
    }

    @Test func theAxisClipsTheFirstSteepFall() throws {
        let chart = chart(Self.fall)
        let range = try #require(chart.yRange())
        #expect(range.upperBound < 3 && range.lowerBound < 2 && range.lowerBound > 1.9)
        var buffer = CellBuffer(width: 80, height: 20)
        chart.render(in: &buffer, area: buffer.bounds, look: look)
        let text = buffer.plainText()
        #expect(text.contains("↑ from 5.7"))
        #expect(text.contains("1.982"), "the last value stands at the end of the curve")
        #expect(try #require(self.chart(Self.fall, clips: false).yRange()).upperBound > 5.7)
    }

    @Test func nothingElseIsClipped() throws {
        var spike = Self.fall
        spike[150] = 4.5
        #expect(try #require(chart(spike).yRange()).upperBound > 4.5, "a late spike survives")
        let slow = (0..<200).map { 3 - 0.005 * Double($0) }
        #expect(try #require(chart(slow).yRange()).upperBound > 3)
        #expect(try #require(chart(Array(Self.fall.prefix(12))).yRange()).upperBound > 5.7, "few points are all shown")
        #expect(try #require(chart([2, 2]).yRange()).contains(2))
        #expect(chart([.nan, .nan]).yRange() == nil)
    }

    /// Curves that end at one height have their values one below the other.
    @Test func endLabelsDoNotMeet() {
        var chart = chart(Self.fall)
        chart.lines += [2.0, 1.99, 1.97].map { end in
            LineChart.Line(
                name: "", points: [SeriesPoint(x: 0, y: 2.4), SeriesPoint(x: 199, y: end)],
                style: look.theme.validation,
                endLabel: { Format.fixed($0, 3) })
        }
        var buffer = CellBuffer(width: 80, height: 12)
        chart.render(in: &buffer, area: buffer.bounds, look: look)
        let text = buffer.plainText()
        for value in ["2.000", "1.990", "1.982", "1.970"] { #expect(text.contains(value), "\(value) in\n\(text)") }
    }

    /// Every validation of a run is marked, however many there are and if it is only one.
    @Test(arguments: [1, 3, 40]) func overlaidRunsShowAllTheirPoints(_ count: Int) {
        var run = SyntheticRun(steps: 2000)
        for index in run.reports.indices {
            let isMeasured =
                index % max(1, run.reports.count / count) == 0 && index / max(1, run.reports.count / count) < count
            run.reports[index].validBPC = isMeasured ? 2.5 - 0.01 * Double(index % 7) : nil
        }
        let measured = run.reports.count { $0.validBPC != nil }
        #expect(measured == count)
        var state = run.state(.runs, width: 200, height: 60)
        let name = SyntheticRuns.listings[0].name
        _ = reduce(&state, .runs(SyntheticRuns.listings))
        _ = reduce(&state, .marked(runs: [name]))
        _ = reduce(&state, .runCurve(name: name, reports: run.reports))
        let marks = state.rendered().cells.count { $0.scalar == "◆" }
        #expect(marks == count)
    }
}
