/// The mean gate of each neuron at each character, small.
func renderTuning(_ state: ScreenContext<OverviewView>, _ look: Look, _ area: Rect, _ buffer: inout CellBuffer) {
    guard let figure = TuningFigure(state.run, state.view.clusterOrder) else {
        return renderEmpty(probesMissing(state.run), look, area, &buffer)
    }
    guard !figure.symbols.isEmpty else { return renderEmpty(["the probed text holds no symbol"], look, area, &buffer) }
    figure.heatmap(in: area, look, showsCounts: false, cursor: nil).map.render(in: &buffer, area: area, look: look)
}
