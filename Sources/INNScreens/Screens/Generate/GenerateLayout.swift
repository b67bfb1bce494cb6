import INNKit

/// Where the panes of the generate screen lie.
struct GenerateLayout {
    private let isBoxed: Bool
    private let isRasterShown: Bool
    private let isFreeRunning: Bool
    private let neurons: Int
    /// Rows where nothing is changed and no drawer is open, and what the drawer takes of them.
    private let usual: Int, drawer: Int

    init(_ state: ScreenContext<GenerateView>) {
        isBoxed = state.place.isBoxed
        (usual, drawer) = (state.place.usualRows, state.place.drawerRows)
        isFreeRunning = state.view.isFreeRunning
        neurons = state.generation?.neurons ?? 16
        // Where nobody has chosen it stands where there is room for the text and a row for everyone.
        isRasterShown =
            state.isRasterShown && !isFreeRunning && (state.view.raster == true || usual >= min(24, neurons) + 16)
    }

    /// One for each pane, in their order; empty for those that are not shown.
    func areas(_ area: Rect) -> [Rect] {
        if isRasterShown { return withRaster(area) }
        let (upper, twin) = area.splitTop(area.height - twinRows(area.height))
        var (text, lower) = upper.splitTop(max(4, upper.height * (isFreeRunning ? 20 : isBoxed ? 34 : 30) / 100))
        var freeRun = Rect(x: lower.x, y: lower.y, width: lower.width, height: 0)
        if isFreeRunning { (freeRun, lower) = lower.splitTop(max(5, lower.height * 42 / 100)) }
        let nextWidth = max(20, area.width * 24 / 100)
        let routingWidth = min(area.width * 46 / 100, max(area.width * 36 / 100, 3 * neurons + 22))
        let (next, rest) = lower.splitLeft(nextWidth)
        let (gates, routing) = rest.splitLeft(rest.width - routingWidth)
        return [text, next, gates, routing, twin, freeRun, Rect(x: lower.x, y: lower.y, width: lower.width, height: 0)]
    }

    /// A title and two lines, in a frame or not.
    private func twinRows(_ height: Int) -> Int { isBoxed ? 4 : height >= 18 ? 3 : height >= 12 ? 2 : 0 }

    /// The text and under it, column by column, who fires; what belongs to this one character at the side where there
    /// is room. The raster has its rows first, as many as it has while nothing is changed and no drawer is open: who
    /// stands where must not change with what is done to them.
    private func withRaster(_ area: Rect) -> [Rect] {
        let isWide = area.width >= 110
        let none = Rect(x: area.x, y: area.maxY, width: area.width, height: 0)
        let side = isWide ? min(area.width * 42 / 100, max(area.width * 36 / 100, 2 * neurons + 20)) : 0
        let rasterRows = min(area.height, self.rasterRows(isWide: isWide))
        var rest = area.height - rasterRows
        // The drawer says the most important of what the twin's pane does.
        var twinRows = self.twinRows(usual)
        if rest < twinRows + (isBoxed ? 4 : 2) { twinRows = 0 }
        rest -= twinRows
        let (upper, twin) = area.splitTop(area.height - twinRows)
        let (left, right) = upper.splitLeft(area.width - side)
        let gateRows = isWide && rest >= 16 ? 9 : 0
        // A text of less than a title and a line is none; the raster has the line that it follows.
        let textRows = rest - gateRows >= (isBoxed ? 4 : 2) ? rest - gateRows : 0
        let (text, below) = left.splitTop(textRows)
        let (raster, gates) = below.splitTop(rasterRows)
        let (routing, next) = right.splitTop(right.height * 58 / 100)
        return [
            text, isWide ? next : none, gateRows > 0 ? gates : none, isWide ? routing : none,
            twinRows > 0 ? twin : none,
            none, raster,
        ]
    }

    /// As many blocks of lines as there is room for, or as many neurons of one.
    private func rasterRows(isWide: Bool) -> Int {
        let frame = isBoxed ? 2 : 1
        let text = isWide ? 7 : 4
        let room = usual - twinRows(usual)
        // A line of text, a row for each neuron, two of who is heard, and a row between blocks or for the legend.
        let block = neurons + 4
        let blocks = max(1, (room - text - (isWide ? 9 : 0) - frame) / block)
        // With the drawer open and a line that says what is changed.
        return max(3, min(frame + blocks * block, room - text, usual - drawer - 1))
    }
}
