import INNKit
import Testing

@testable import INNScreens

/// What stands inside the cells of a matrix.
struct HeatmapCellTests {
    private let look = Look(theme: .dark, colors: .truecolor, glyphs: .braille)

    private func map(_ values: [Float], columns: Int, decimals: Int? = 1) -> Heatmap {
        var map = Heatmap(
            rows: values.count / columns, columns: columns, values: values,
            scale: ColorScale(.diverging, low: -1, high: 1, look: look), quantity: "doublings")
        map.isSquare = false
        map.valueDecimals = decimals
        return map
    }

    private func drawn(_ map: Heatmap, width: Int, height: Int, _ look: Look? = nil) -> CellBuffer {
        var buffer = CellBuffer(width: width, height: height)
        map.render(in: &buffer, area: buffer.bounds, look: look ?? self.look)
        return buffer
    }

    /// Numbers in narrow cells go without the zero before the point, and only then not at all.
    @Test(arguments: [(6, "+0.1"), (5, "+0.1"), (4, "+.1")])
    func numbersFitTheirCells(_ width: Int, _ text: String) {
        var map = map([0.1, -0.25, 0.9, 0.04], columns: 4)
        map.maxCellWidth = width
        let row = drawn(map, width: 60, height: 3).plainText().split(separator: "\n")[0]
        #expect(row.contains(text), "\(row)")
        #expect(row.contains("0"), "what rounds to none says so: \(row)")
        #expect(!row.contains("+0.0") && !row.contains("+.0"))
    }

    /// Three columns have no room for a sign, a point and what parts them from the next; and where one number does not
    /// fit, none is written.
    @Test(arguments: [(3, [0.1, -0.25, 0.9, 0.04]), (4, [0.1, -0.25, -1250.5, 0.04])] as [(Int, [Float])])
    func numbersAreInAllCellsOrInNone(_ width: Int, _ values: [Float]) {
        var map = map(values, columns: 4)
        map.maxCellWidth = width
        let buffer = drawn(map, width: 60, height: 4)
        let row = (0..<4 * width).map { buffer[$0, 0].scalar }
        #expect(row.allSatisfy { $0 == " " })
    }

    /// A number that would touch its neighbour goes without what is behind its point.
    @Test func numbersLeaveAColumnBetweenThem() {
        var map = map([-1.26, -0.25, -12.5, 1.1], columns: 4)
        map.maxCellWidth = 4
        let buffer = drawn(map, width: 60, height: 4)
        let row = String(String.UnicodeScalarView((0..<16).map { buffer[$0, 0].scalar }))
        #expect(row.split(separator: " ") == ["-1", "-.3", "-13", "+1"], "\(row)")
    }

    /// A dot that grows with how much a weight goes up and down; with room for numbers, their spread.
    @Test func spreadIsShownInsideTheCells() {
        var map = map([0.1, 0.1, 0.1, 0.1], columns: 4, decimals: nil)
        map.maxCellWidth = 3
        map.spread = [0.1, 0.3, 0.7, 1.4]
        let lines = drawn(map, width: 80, height: 4).plainText()
        let row = lines.split(separator: "\n", omittingEmptySubsequences: false)[0]
        #expect(row.filter { $0 != " " } == "·•●", "\(row)")
        #expect(lines.contains("· .2 • .5 ● 1: spread over characters"))
        map.valueDecimals = 1
        map.maxCellWidth = 6
        let numbers = drawn(map, width: 80, height: 6).plainText()
        #expect(numbers.contains("±1.4") && numbers.contains("± over characters"))
    }

    @Test(arguments: [ColorLevel.truecolor, .palette256, .palette8, .mono])
    func cellsOfFewCharactersAreFaint(_ level: ColorLevel) {
        let look = Look(theme: .dark, colors: level, glyphs: .braille)
        var map = Heatmap(
            rows: 1, columns: 2, values: [1, 1], scale: ColorScale(.viridis, low: 0, high: 1, look: look),
            quantity: "gate")
        map.isSquare = false
        map.isFaint = [false, true]
        map.faintBelow = 20
        map.maxCellWidth = 2
        let buffer = drawn(map, width: 24, height: 6, look)
        #expect(buffer[0, 0] != buffer[2, 0], "\(level)")
        #expect(buffer.plainText().contains("faint: n < 20"))
    }

    /// Half a cell in the terminal's own background must not be drawn in the colour of its letters.
    @Test func neutralHalvesStayBackground() {
        var map = map([0, 1, 1, 0, 0, 0], columns: 1, decimals: nil)
        map.maxCellWidth = 1
        let buffer = drawn(map, width: 30, height: 4)
        #expect(buffer[0, 0].scalar == "▄" && buffer[0, 0].background == .terminalDefault)
        #expect(buffer[0, 1].scalar == "▀" && buffer[0, 1].background == .terminalDefault)
        #expect(buffer[0, 2].scalar == " ")
    }

    /// A legend that does not fit loses whole remarks, never the end of a word.
    @Test func legendsLeaveOutWholeRemarks() {
        let legend = HeatmapLegend(
            scale: ColorScale(.viridis, low: 0, high: 8, look: look), quantity: "surprisal, bits",
            notes: ["here 0.28", "mean 1.17 over 90 characters"])
        for width in 24...90 {
            var buffer = CellBuffer(width: width, height: 1)
            legend.drawFlat(buffer.bounds, &buffer, look)
            let text = buffer.plainText()
            #expect(!text.contains("…") && text.contains("surprisal, bits"), "\(width): \(text)")
            #expect(text.contains("90 characters") || !text.contains("mean"))
        }
    }
}
