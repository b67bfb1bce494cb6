/// The mean gate of each neuron at each character, small; on the whole screen with its numbers and counts.
func renderTuning(_ state: ScreenContext<OverviewView>, _ look: Look, _ area: Rect, _ buffer: inout CellBuffer) {
    guard let figure = TuningFigure(state.run, state.view.clusterOrder) else {
        return renderEmpty(probesMissing(state.run), look, area, &buffer)
    }
    guard !figure.symbols.isEmpty else { return renderEmpty(["the probed text holds no symbol"], look, area, &buffer) }
    let isWhole = area.width >= 100 && area.height >= 28
    var map = figure.heatmap(in: area, look, showsCounts: isWhole, cursor: nil).map
    map.valueDecimals = 2
    map.render(in: &buffer, area: area, look: look)
}
