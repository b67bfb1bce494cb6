import INNKit
import Testing

@testable import INNScreens

/// The screens of what the neurons do: clusters with their evidence, routing by causal effect and as a graph, and a
/// neuron's pages.
struct InsightScreenTests {
    private static let insight = SyntheticInsight.insight(), unmeasured = SyntheticInsight.insight(isMeasured: false),
        red = SyntheticInsight.insight(isRed: true), full = SyntheticInsight.insight(depth: .full)

    private static func state(
        _ screen: ScreenID, _ size: (Int, Int) = (160, 50), insight: Insight? = insight, isRed: Bool = false,
        colors: ColorLevel = .truecolor,
        glyphs: GlyphLevel = .braille, _ change: (inout AppState) -> Void = { _ in }
    ) -> AppState {
        var state = SyntheticRun(steps: 3200, heads: 1, isDegenerate: isRed).state(
            screen, width: size.0, height: size.1, colors: colors, glyphs: glyphs)
        if colors == .mono { state.theme = .mono }
        if let insight { _ = reduce(&state, .insight(insight)) }
        state.clusters.figure = .units
        change(&state)
        return state
    }

    private static func text(_ state: AppState) -> String { state.rendered().plainText() }

    // MARK: Snapshots

    enum View: String, CaseIterable { case clusters, worth, cast, causal, graph, rules, contexts, effect }

    private static func state(
        _ view: View, _ size: (Int, Int), _ colors: ColorLevel = .truecolor, _ glyphs: GlyphLevel = .braille
    ) -> AppState {
        let screen: ScreenID =
            switch view {
            case .clusters, .worth: .clusters
            case .causal, .graph: .routing
            case .cast, .rules, .contexts, .effect: .neurons
            }
        let isFull = view == .worth || view == .cast
        return state(screen, size, insight: isFull ? full : insight, colors: colors, glyphs: glyphs) { state in
            switch view {
            case .clusters: _ = reduce(&state, .key(.down))
            case .worth:
                state.clusters.figure = .causal
                _ = reduce(&state, .key(.down))
            case .cast: state.run.selection.neuron = 2
            case .causal:
                state.routing.measure = .causal
                (state.routing.listener, state.routing.speaker, state.routing.hasCursor) = (3, 7, true)
            case .graph: (state.routing.isGraph, state.routing.measure) = (true, .flow)
            case .rules: (state.neurons.page, state.run.selection.neuron) = (.rules, 2)
            case .contexts: state.neurons.page = .contexts
            case .effect: state.neurons.page = .effect
            }
        }
    }

    @Test(arguments: View.allCases, [(160, 50), (120, 40), (80, 24)])
    func views(_ view: View, _ size: (Int, Int)) throws {
        try expectSnapshot(Self.text(Self.state(view, size)), "insight-\(view.rawValue)-\(size.0)x\(size.1).txt")
    }

    @Test(arguments: View.allCases)
    func asciiAndMono(_ view: View) throws {
        let text = Self.text(Self.state(view, (80, 24), .mono, .ascii))
        let isPlain = text.unicodeScalars.allSatisfy { $0.isASCII }
        #expect(isPlain)
        try expectSnapshot(text, "insight-\(view.rawValue)-80x24-mono-ascii.txt")
    }

    @Test(arguments: ColorLevel.allCases)
    func colours(_ level: ColorLevel) throws {
        let state = Self.state(.clusters, (80, 24), level)
        try expectSnapshot(state.rendered().ansi(level: level), "insight-clusters-80x24-\(level.rawValue).ans")
    }

    /// Where all pages of a neuron stand side by side no word of them is cut, with an analysis or without.
    @Test(arguments: [(160, 50), (120, 40)], [true, false])
    func nothingAboutANeuronIsCut(_ size: (Int, Int), _ isAnalysed: Bool) {
        for neuron in [0, 2, 5, 15] {
            let state = Self.state(.neurons, size, insight: isAnalysed ? Self.full : nil) {
                $0.run.selection.neuron = neuron
                _ = reduce(&$0, .key(.enter))
            }
            // The footer has a label that ends like this.
            let rows = Self.text(state).split(separator: "\n").dropLast()
            let cut = rows.filter { $0.firstMatch(of: /…(\s|│|$)/) != nil }
            #expect(cut.isEmpty, "neuron \(neuron): \(cut.joined(separator: "\n"))")
            #expect(rows.count { $0.contains("highest at") && $0.matches(of: /highest at/).count > 1 } == 0)
        }
    }

    @Test func everythingAboutOneNeuron() throws {
        let state = Self.state(.neurons) { state in
            state.run.selection.neuron = 2
            _ = reduce(&state, .key(.enter))
        }
        try expectSnapshot(Self.text(state), "insight-neuron-160x50.txt")
    }

    @Test func everyCombinationDraws() {
        let large = SyntheticInsight.insight(neurons: 40, rounds: 1)
        var states = [
            Self.state(.clusters), Self.state(.clusters, insight: Self.red, isRed: true),
            Self.state(.clusters, insight: nil),
        ]
        var wide = SyntheticRun(steps: 100, neurons: 40, rounds: 1, heads: 1, probes: 1).state()
        _ = reduce(&wide, .insight(large))
        states.append(wide)
        for var state in states {
            for screen in [ScreenID.routing, .neurons, .clusters] {
                for step in 0..<6 {
                    state.screen = screen
                    state.routing.isGraph = step % 2 == 1
                    state.routing.measure = RoutingView.Measure.allCases[step % 3]
                    state.routing.order = step % 2 == 0 ? .community : .id
                    state.neurons.page = NeuronsView.Page.allCases[step % 5]
                    state.neurons.showsRates = step % 2 == 0
                    state.clusters.figure = ClustersView.Figure.allCases[step % 3]
                    state.isMaximised = step > 3
                    _ = reduce(&state, .key(.down))
                    for size in [(160, 50), (80, 24), (40, 12), (1, 1), (31, 90)] {
                        for (colors, glyphs) in [(ColorLevel.palette8, GlyphLevel.blocks), (.mono, .ascii)] {
                            (state.colorLevel, state.glyphLevel) = (colors, glyphs)
                            _ = reduce(&state, .resize(width: size.0, height: size.1))
                            #expect(state.rendered().cells.count == size.0 * size.1)
                        }
                    }
                }
            }
        }
    }

    // MARK: What is claimed

    @Test func theCastSaysWhatEachNeuronIsFor() {
        let text = Self.text(Self.state(.cast, (160, 50)))
        #expect(text.contains("predicts vowels") && text.contains("predicts spaces") && text.contains("predicts “h”"))
        #expect(text.contains("no category stands out"))
        let worth = Self.text(Self.state(.worth, (160, 50)))
        #expect(worth.contains("specialisation 0.") && worth.contains("bits lost"))
        #expect(worth.contains("without neuron") && worth.contains("95 %"))
    }

    @Test func aThoroughAnalysisBringsItsProbesAlong() {
        let state = Self.state(.routing, insight: Self.full)
        #expect(state.run.live.probes.latest?.snapshot == Self.full.network.snapshot)
        let light = Insight(Self.insight.report, depth: .light, lesions: [:])
        let before = Self.state(.routing, insight: nil).run.live.probes.latest?.snapshot
        #expect(Self.state(.routing, insight: light).run.live.probes.latest?.snapshot == before)
    }

    @Test func plantedNeuronsAreShownWithTheirEvidence() {
        let text = Self.text(Self.state(.clusters))
        #expect(text.contains("vowel 1.0 (") && text.contains("space 1.0 (") && text.contains("unlabelled"))
        #expect(text.contains("beats untrained") && text.contains("n 8,192") && text.contains("95 % of"))
        let rules = Self.text(Self.state(.neurons) { ($0.neurons.page, $0.run.selection.neuron) = (.rules, 2) })
        #expect(
            rules.contains("fires after “th”") && rules.contains("P .96 R 1.0 n 150  not claimed"),
            "fewer than 200 characters")
        for (neuron, reason) in [(3, "it always fires"), (4, "of suffixes")] {
            let text = Self.text(Self.state(.neurons) { ($0.neurons.page, $0.run.selection.neuron) = (.rules, neuron) })
            #expect(text.contains("no rule beats chance") && text.contains(reason))
        }
    }

    @Test func redLightWithholdsEveryClaim() {
        for screen in [ScreenID.clusters, .routing, .neurons] {
            for page in NeuronsView.Page.allCases {
                let text = Self.text(
                    Self.state(screen, insight: Self.red, isRed: true) { state in
                        state.neurons.page = page
                        state.routing.measure = .causal
                    })
                #expect(text.contains("16 copies of one neuron"))
                for claim in ["silhouette", "fires after", "  hub", "communities:", "rank correlation", "findings"] {
                    #expect(!text.contains(claim), "\(screen) \(page) \(claim)")
                }
            }
        }
        #expect(Self.text(Self.state(.clusters, insight: Self.red, isRed: true)).contains("withheld"))
    }

    @Test func estimatesAndMeasurementsAreToldApart() {
        func cell(_ insight: Insight, _ listener: Int, _ speaker: Int) -> String {
            Self.text(
                Self.state(.routing, insight: insight) { state in
                    state.routing.measure = .causal
                    (state.routing.listener, state.routing.speaker, state.routing.hasCursor) = (listener, speaker, true)
                })
        }
        let edge = Self.insight.network.causal!.edges[0]
        let measured = cell(Self.insight, edge.listener, edge.speaker)
        #expect(
            measured.contains("✓ measured, 95 %") && measured.contains("4 edges cut (✓)")
                && measured.contains("flow–causal"))
        let estimated = cell(Self.unmeasured, edge.listener, edge.speaker)
        #expect(
            estimated.contains("estimated, n 1,024") && estimated.contains("causal: all estimated")
                && !estimated.contains("✓"))
    }

    @Test func communitiesAreNamedOrDenied() {
        let first = Self.text(Self.state(.routing) { $0.run.selection.round = 0 })
        let second = Self.text(Self.state(.routing) { $0.run.selection.round = 1 })
        #expect(first.contains("communities: none (z 0.6 < 2)") && second.contains("communities: 2, z 4.7"))
    }

    @Test func withoutAnAnalysisThePanesSayWhy() {
        let causal = Self.text(Self.state(.routing, insight: nil) { $0.routing.measure = .causal })
        #expect(
            causal.contains("the causal effect of edges is not known yet")
                && causal.contains("the first analysis of the neurons follows soon"))
        var state = Self.state(.neurons, insight: nil) { $0.neurons.page = .rules }
        _ = reduce(&state, .analysing(InsightProgress(share: 0.43, phase: "reading the text")))
        #expect(Self.text(state).contains("analysed: 43%") && Self.text(state).contains("reading the text"))
    }

    // MARK: Actions

    @Test func anAnalysisOfAnotherShapeIsNotShown() {
        var state = Self.state(.clusters, insight: SyntheticInsight.insight(neurons: 4))
        #expect(state.insight == nil && state.run.live.insight != nil)
        var broken = Self.insight.report
        broken.trained.units.removeLast()
        state = Self.state(.clusters, insight: Insight(broken, depth: .light, lesions: [:]))
        #expect(state.run.live.insight == nil)
    }

    @Test func theListOfFindingsScrollsToItsEnd() {
        var state = Self.state(.clusters, (120, 30)) { _ = reduce(&$0, .key(.tab)) }
        #expect(Self.text(state).contains(" · ↑↓ PgUp PgDn"))
        var seen = Self.text(state)
        for _ in 0..<20 {
            _ = reduce(&state, .key(.down))
            seen += Self.text(state)
        }
        let end = state.clusters.listOffset
        _ = reduce(&state, .key(.character("G")))
        #expect(state.clusters.listOffset >= end && state.context(\.clusters).selectedUnit == nil)
        _ = reduce(&state, .key(.pageDown))
        let last = state.clusters.listOffset
        _ = reduce(&state, .key(.up))
        #expect(state.clusters.listOffset == last - 1, "it does not run away")
    }

    @Test func effectsOfEdgesAreReadableAsPlainValues() {
        let text = Self.text(
            Self.state(.routing) { ($0.routing.measure, $0.run.selection.normalisation) = (.causal, .raw) })
        #expect(text.contains("bit per character") || text.contains("bits per character"))
    }

    @Test func theCursorWalksThroughAllUnits() {
        var state = Self.state(.clusters)
        _ = reduce(&state, .key(.down))
        let first = state.context(\.clusters).selectedUnit
        #expect(first == Self.insight.network.clusters.order.first && state.selection.neuron == first! % 16)
        _ = reduce(&state, .key(.character("G")))
        #expect(
            state.context(\.clusters).selectedUnit == Self.insight.network.clusters.untuned.last
                && state.run.selection.round == 1)
        let pane = ScreenFrame(state).panes[0].inner
        let table = UnitTable(state.context(\.clusters), pane)!
        _ = reduce(&state, .mouse(MouseEvent(kind: .press, x: table.strip.x + 2 * table.cellWidth, y: table.strip.y)))
        #expect(
            state.context(\.clusters).selectedUnit == table.order[table.first]
                && state.clusters.symbol == table.symbols[2])
    }

    @Test func keysChooseMeasureGraphAndPage() {
        var state = Self.state(.routing)
        var measures: [RoutingView.Measure] = []
        for _ in 0..<3 {
            _ = reduce(&state, .key(.character("v")))
            measures.append(state.routing.measure(in: state.run))
        }
        #expect(measures == [.flow, .causal, .routing])
        _ = reduce(&state, .key(.character("e")))
        #expect(state.routing.isGraph && Self.text(state).contains("what each hears most"))
        _ = reduce(&state, .key(.right))
        _ = reduce(&state, .key(.left))
        #expect(state.routing.listener == RoutingGraph(state.context(\.routing))!.order.last)
        state.screen = .neurons
        for page in [NeuronsView.Page.tuning, .rules, .contexts, .effect, .emergence, .worth] {
            _ = reduce(&state, .key(.character("v")))
            #expect(state.neurons.page == page)
        }
    }

    @Test func tablesHoldEveryRow() {
        func rows(_ state: AppState) -> [Substring] { exportView(state, .csv).contents.split(separator: "\n") }
        let units = rows(Self.state(.clusters))
        let causal = rows(Self.state(.routing) { $0.routing.measure = .causal })
        #expect(units.count == 1 + 32 && causal.count == 1 + 16 * 15 && causal.count { $0.hasSuffix(",measured") } == 4)
        let effect = rows(Self.state(.neurons) { $0.neurons.page = .effect })
        let contexts = rows(Self.state(.neurons) { $0.neurons.page = .contexts })
        #expect(effect.count == 1 + 8 * 27 && contexts.count > 32)
        let rules = rows(Self.state(.neurons) { $0.neurons.page = .rules })
        #expect(rules.contains { $0.contains(",2,fires,\"th\",") })
        #expect(
            units[0].contains("roundFrom1") && units[1].split(separator: ",")[2] == "1"
                && units.last?.split(separator: ",")[2] == "2")
        for table in [units, causal, effect, contexts, rules] {
            let fields = table[0].split(separator: ",").count
            #expect(table.allSatisfy { $0.split(separator: ",", omittingEmptySubsequences: false).count == fields })
        }
    }
}
