import INNKit
import Testing

@testable import INNScreens

/// One neuron over training, and the replay of what was measured.
struct EmergenceTests {
    private func state(_ screen: ScreenID, width: Int = 120, height: Int = 40, probes: Int = 8) -> AppState {
        var state = SyntheticRun(steps: 800, probes: probes, info: SyntheticRun.info(isLive: false))
            .state(screen, width: width, height: height)
        _ = reduce(&state, .tick(now: 1))
        return state
    }

    private func press(_ key: Character, _ state: inout AppState) { _ = reduce(&state, .key(.character(key))) }

    /// Every moment is shown for its time, and then the newest again.
    @Test(arguments: [ScreenID.overview, .routing, .neurons, .clusters])
    func theReplayShowsEveryProbe(screen: ScreenID) throws {
        var state = state(screen)
        press("E", &state)
        var shown: [Int] = []
        var now = 1.0
        while state.isReplaying, now < 60 {
            let step = try #require(state.probe).snapshot.step
            if shown.last != step { shown.append(step) }
            now += 0.1
            _ = reduce(&state, .tick(now: now))
        }
        #expect(shown == [100, 200, 300, 400, 500, 600, 700])
        #expect(state.selection.probeStep == nil && state.probe?.snapshot.step == 800)
        #expect((2.0...4.0).contains(now), "a moment stays for a quarter of a second")
    }

    @Test func theKeyPausesAndStepsEndIt() {
        var state = state(.overview)
        press("E", &state)
        press("E", &state)
        #expect(!state.isReplaying && state.selection.probeStep == 100)
        press("E", &state)
        press(".", &state)
        #expect(!state.isReplaying && state.selection.probeStep == 200)
        press("E", &state)
        _ = reduce(&state, .key(.escape))
        #expect(!state.isReplaying && state.selection.probeStep == nil)
    }

    /// While earlier measurements are played, both panes speak of the groups that the rows stand in.
    @Test func bothPanesCountTheSameGroups() throws {
        var state = state(.clusters)
        for entry in state.data.probes.entries.dropLast() {
            state.run.selection.probeStep = entry.snapshot.step
            let text = state.rendered().plainText()
            let counts = Set(text.matches(of: /(\d+) groups/).map { String($0.1) })
            let listed = text.matches(of: /group ([A-Z]) ·/).count
            #expect(counts == [String(listed)], "at step \(entry.snapshot.step)")
        }
    }

    /// A stored run is played and paused by Space as well.
    @Test(arguments: [ScreenID.overview, .train, .routing, .clusters]) func spacePlays(screen: ScreenID) {
        var state = state(screen)
        press(" ", &state)
        #expect(state.isReplaying && state.selection.probeStep == 100)
        press(" ", &state)
        #expect(!state.isReplaying && state.selection.probeStep == 100)
    }

    /// Rows stand where they stand at the end, whatever they were like at the moment that is shown.
    @Test func rowsKeepTheirOrder() throws {
        var state = state(.routing)
        for order in RoutingView.Order.allCases {
            state.routing.order = order
            state.run.selection.probeStep = nil
            let now = try #require(RoutingFigure(state.run, state.routing)).order
            let tuned = try #require(TuningFigure(state.run, .cluster)).order
            for entry in state.data.probes.entries {
                state.run.selection.probeStep = entry.snapshot.step
                #expect(RoutingFigure(state.run, state.routing)?.order == now, "\(order)")
                #expect(TuningFigure(state.run, .cluster)?.order == tuned)
            }
        }
    }

    @Test func theCurveSaysWhereOneIs() throws {
        var state = state(.overview)
        #expect(!state.rendered().plainText().contains("│ step"))
        press("E", &state)
        let text = state.rendered().plainText()
        #expect(text.contains("│ step 100, valid") && text.contains("replay: step 100"))
        let chart = try #require(lossChart(state.run, state.look, window: nil, weight: 0))
        #expect(chart.cursor == 100)
    }

    @Test func laterTextIsNotShownEarlier() {
        var state = state(.overview)
        press("E", &state)
        #expect(state.rendered().plainText().contains("no text was generated up to here"))
        #expect(!state.rendered().plainText().contains("the state of the first century"))
    }

    /// What is drawn are the figures of each probe: the numbers of the table are theirs.
    @Test func theViewHoldsEveryProbe() throws {
        var state = state(.neurons)
        state.neurons.page = .emergence
        state.run.selection.neuron = 3
        let table = emergenceCSV(state.run)
        #expect(table.split(separator: "\n").count == 1 + 8 * 27)
        let s = state.data.probes.entries[2].snapshot
        let gate = s.tuning[(1 * 27 + 5) * s.neurons + 3]
        #expect(table.contains("300,2,3,\"e\",\(gate)\n"))
        _ = reduce(&state, .key(.enter))
        let text = state.rendered().plainText()
        for step in 1...8 { #expect(text.contains(" \(step)00 ")) }
        #expect(text.contains("gate at each character") && text.contains("hears"))
        #expect(text.contains("stored probes hold"))
    }

    /// Lesions that the analysis has measured appear at their steps.
    @Test func whatANeuronCostIsKept() throws {
        var state = state(.neurons)
        _ = reduce(&state, .insight(SyntheticInsight.insight()))
        let insight = try #require(state.data.insight)
        let neuron = try #require(
            (0..<insight.network.neurons).first { insight.tuning(of: $0)?.neuron($0) != nil })
        let moments = state.data.causalHistory.moments(of: neuron)
        #expect(moments.count == 1)
        let own = try #require(insight.tuning(of: neuron)?.neuron(neuron))
        #expect(moments[0].costs[1] == own.costs[1].map { Float($0.mean) })
        // The same analysis again is the same moment.
        _ = reduce(&state, .insight(SyntheticInsight.insight()))
        #expect(state.data.causalHistory.moments(of: neuron).count == 1)
    }

    @Test(arguments: [(160, 50), (80, 24)]) func looks(width: Int, height: Int) throws {
        var state = state(.neurons, width: width, height: height)
        state.neurons.page = .emergence
        _ = reduce(&state, .key(.enter))
        try expectSnapshot(state.rendered().plainText(), "emergence-\(width)x\(height).txt")
        state = self.state(.overview, width: width, height: height)
        press("E", &state)
        press(".", &state)
        try expectSnapshot(state.rendered().plainText(), "replay-overview-\(width)x\(height).txt")
    }
}
