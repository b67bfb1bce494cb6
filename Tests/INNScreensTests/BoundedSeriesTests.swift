import Testing

@testable import INNScreens

struct BoundedSeriesTests {
    @Test func aLongRunStaysBoundedAndKeepsItsSpike() throws {
        var series = BoundedSeries(capacity: 64)
        for step in 0..<100_000 { series.append(x: Double(step), y: step == 31_337 ? 50 : 2) }
        #expect(series.points.count <= 64)
        #expect(series.points.first?.firstX == 0 && series.points.last?.lastX == 99_999)
        #expect(series.points.map(\.count).reduce(0, +) == 100_000)
        #expect(try #require(series.point(nearest: 31_337)).high == 50)
        #expect(series.points.filter { $0.high == 50 }.count == 1)
    }

    @Test func notANumberIsAGapNotAValue() throws {
        var series = BoundedSeries(capacity: 4)
        for step in 0..<16 { series.append(x: Double(step), y: step == 5 ? .nan : 1) }
        #expect(series.points.filter(\.hasGap).count == 1)
        #expect(series.points.allSatisfy { $0.mean == 1 })
        #expect(series.last == 1)
    }

    @Test func theRunningMeanDoesNotLagAtTheStart() {
        var series = BoundedSeries()
        for step in 0..<100 { series.append(x: Double(step), y: step == 0 ? 100 : 1) }
        let smooth = series.smoothed(weight: 0.9)
        // With bias correction the second mean is (0.9·100 + 1) / 1.9.
        #expect(abs(smooth[1].mean - 91 / 1.9) < 1e-9)
        #expect(abs(smooth[99].mean - 1) < 0.01)
    }

    @Test func nearestPointAtTheEnds() {
        var series = BoundedSeries()
        #expect(series.point(nearest: 3) == nil)
        for step in [10.0, 20, 40] { series.append(x: step, y: step) }
        #expect(series.point(nearest: 0)?.mean == 10)
        #expect(series.point(nearest: 29)?.mean == 20)
        #expect(series.point(nearest: 31)?.mean == 40)
        #expect(series.point(nearest: 1e9)?.mean == 40)
    }
}
