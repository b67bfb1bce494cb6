import INNKit

/// Screen 0: everything at a glance while a network learns.
struct OverviewScreen: Screen {
    typealias View = OverviewView

    let id = ScreenID.overview
    let title = "Overview"

    let panes: [Pane<View>] = [
        Pane(
            "Loss, bits per character",
            note: { state in
                lookingBackNote(state.run)
                    ?? state.data.history.latest.map { "epoch " + Format.fixed($0.epoch, 2) } ?? ""
            }, render: renderOverviewLoss),
        Pane(
            "Routing: who listens (row) to whom",
            note: { state in
                let heads = state.probe?.snapshot.heads ?? 1
                let head =
                    state.selection.head.map { "head \($0 + 1)/\(heads)" }
                    ?? (heads > 1 ? "mean of \(heads) heads" : "")
                return joined(
                    roundNote(state.run), head, state.probe.map { "step " + Format.grouped($0.snapshot.step) } ?? "")
            }, numbers: { ScreenNumbers.routing($0.run, $0.view.routing) }, render: renderOverviewRouting),
        Pane(
            "Firing rate", note: { joined(roundNote($0.run), probeNote($0.run)) },
            numbers: { ScreenNumbers.rates($0.run) }, render: renderRates),
        Pane(
            "Tuning: gate at each character",
            note: { groupNote($0.run) }, numbers: { ScreenNumbers.tuning($0.run, $0.view.clusterOrder) },
            render: renderTuning),
        Pane(
            "Generated text", heading: { $0.view.isRasterShown ? "Who fires at each character" : "Generated text" },
            note: { $0.view.isRasterShown ? liveTextNote($0.run) : sampleNote($0.run) },
            render: { state, look, area, buffer in
                if state.view.isRasterShown {
                    renderLiveRaster(state.run, look, area, &buffer)
                } else {
                    renderSamples(state.run, look, area, &buffer)
                }
            }),
    ]

    let bindings: [KeyBinding<State>] =
        trainingBindings("overview", .screen(.overview), replaying: { _ in })
        + probeBindings("overview", .screen(.overview)) + [
            KeyBinding(
                "overview.raster", .screen(.overview), [.character("v")], "raster",
                "who fires at each character of text drawn with the newest weights, in place of rates and tuning",
                isHint: true,
                when: Requirement("no network is open: inn-tui explore") { $0.runInfo.isLive || $0.generation != nil }
            ) {
                $0.view.isRasterShown.toggle()
                return []
            }
        ]

    /// A network that came without its training has no loss and no texts from then, and will get none.
    func hasContent(pane: Int, _ view: View, _ run: RunState) -> Bool {
        switch pane {
        case 0: run.isGrowing || run.data.history.stepRange != nil
        case 2, 3: !view.isRasterShown
        case 4: run.isGrowing || view.isRasterShown || !run.data.samples.isEmpty
        default: true
        }
    }

    func layout(_ area: Rect, _ state: State) -> [Rect] {
        let isBoxed = state.place.isBoxed
        let textRows =
            hasContent(pane: 4, state.view, state.run)
            ? isBoxed ? (area.height >= 40 ? 7 : 5) : area.height >= 24 ? 4 : 3 : 0
        let (upper, text) = area.splitTop(area.height - textRows)
        let (top, bottom) = upper.splitTop(
            topRows(upper.height, neurons: state.probe?.snapshot.neurons ?? 16, isBoxed: isBoxed))
        let share = hasContent(pane: 0, state.view, state.run) ? area.width >= 140 ? 58 : 52 : 0
        let (loss, routing) = top.splitLeft(area.width * share / 100)
        if state.view.isRasterShown {
            return layoutWithRaster(area, height: top.height, share: area.width * share / 100, isBoxed, state)
        }
        let (rates, tuning) = bottom.splitLeft(area.width * (area.width >= 140 ? 46 : 44) / 100)
        return [loss, routing, rates, tuning, text]
    }

    /// A row of the raster for every neuron where there is room: rounds, the text and the legend take four more.
    private func layoutWithRaster(
        _ area: Rect, height: Int, share: Int, _ isBoxed: Bool, _ state: State
    ) -> [Rect] {
        let wanted = (state.generation?.neurons ?? 16) + 4 + (isBoxed ? 2 : 1)
        let (top, text) = area.splitTop(max(height, area.height - wanted))
        let (loss, routing) = top.splitLeft(share)
        let none = Rect(x: area.x, y: area.maxY, width: area.width, height: 0)
        return [loss, routing, none, none, text]
    }

    /// Half of the height, or what gives every row of the routing matrix a row of its own if that is not much more.
    private func topRows(_ height: Int, neurons: Int, isBoxed: Bool) -> Int {
        let half = (height + 1) / 2
        for extra in [4, 3] where isBoxed && neurons + extra <= height * 62 / 100 { return max(half, neurons + extra) }
        return half
    }

    func csv(_ state: State) -> String { lossCSV(state.run) }
}

/// The matrix; on the whole screen those of all rounds, with their numbers.
private func renderOverviewRouting(
    _ state: ScreenContext<OverviewView>, _ look: Look, _ area: Rect, _ buffer: inout CellBuffer
) {
    func draw(_ run: RunState, _ area: Rect, hasNumbers: Bool) {
        guard let figure = RoutingFigure(run, state.view.routing) else {
            return renderEmpty(probesMissing(run), look, area, &buffer)
        }
        var map = figure.heatmap(look, cursor: nil)
        map.valueDecimals = hasNumbers ? figure.valueDecimals : nil
        map.render(in: &buffer, area: area, look: look)
    }
    let n = state.probe?.snapshot.neurons ?? 0
    guard state.view.routing.measure(in: state.run) != .causal,
        let rounds = RoundsSideBySide(
            state.run, rounds: state.probe?.snapshot.rounds ?? 1, shown: state.shownRound, in: area,
            least: (max(40, 2 * n + 6), max(16, n + 3)))
    else { return draw(state.run, area, hasNumbers: false) }
    rounds.drawTitles(look, &buffer)
    for part in rounds.parts { draw(part.run, part.area, hasNumbers: true) }
}
