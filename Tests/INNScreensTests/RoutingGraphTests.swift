import INNKit
import Testing

@testable import INNScreens

/// The graph: discs for neurons, and the edges of one of them or of this character.
struct RoutingGraphTests {
    private func state(
        _ content: ScreenSnapshotTests.Content = .finished, width: Int = 80, height: Int = 24
    ) -> AppState {
        var state = ScreenSnapshotTests.state(content)
        state.screen = .routing
        _ = reduce(&state, .resize(width: width, height: height))
        _ = reduce(&state, .tick(now: 100))
        _ = reduce(&state, .key(.character("e")))
        return state
    }

    private func graph(_ state: AppState) throws -> RoutingGraph {
        try #require(RoutingGraph(state.context(\.routing)))
    }

    @Test func onlyTheSelectedNeuronsEdgesAreDrawn() throws {
        var state = state()
        _ = reduce(&state, .key(.down))
        _ = reduce(&state, .key(.down))
        let graph = try graph(state)
        let neuron = try #require(graph.selected)
        #expect(neuron == state.selection.neuron)
        #expect(graph.edges.allSatisfy { $0.listener == neuron || $0.speaker == neuron })
        let n = graph.neurons
        let matrix = try #require(RoutingFigure(state.run, state.context(\.routing).view)).matrix
        let heard = graph.edges.filter { $0.listener == neuron }.map(\.value).sorted(by: >)
        let row = (0..<n).filter { $0 != neuron }.map { matrix.values[neuron * n + $0] }.sorted(by: >)
        #expect(heard == Array(row.prefix(RoutingGraph.mostOfOne)))
        #expect(graph.edges.map(\.value) == graph.edges.map(\.value).sorted())
    }

    /// Where a network is stepped through, without a choice it is what passes at the present character.
    @Test func withoutAChoiceItIsThisCharactersFlow() throws {
        var state = state(.trained)
        let frame = try #require(state.generation)
        let graph = try graph(state)
        guard case .moment = graph.selection else {
            Issue.record("not this character: \(graph.selection)")
            return
        }
        let weights = try #require(frame.weights(round: state.shownRound, head: nil))
        let gates = frame.text[try #require(frame.current)].gates
        let n = frame.neurons
        for edge in graph.edges {
            #expect(
                edge.value
                    == weights[edge.listener * n + edge.speaker] * gates[state.shownRound * n + edge.speaker])
        }
        #expect(graph.sizes == Array(gates[state.shownRound * n..<(state.shownRound + 1) * n]))
        // An earlier measurement is of no character.
        state.run.selection.probeStep = state.data.probes.entries[0].snapshot.step
        #expect(try self.graph(state).selection == .strongest)
    }

    @Test(arguments: [(80, 24), (120, 40), (160, 50)]) func everyNeuronHasItsPlace(width: Int, height: Int) throws {
        var state = state(width: width, height: height)
        let area = try #require(ScreenFrame(state).panes.first).inner
        let points = try graph(state).layout.points(in: area)
        for (index, a) in points.enumerated() {
            #expect(area.contains(x: a.x, y: a.y))
            for b in points.dropFirst(index + 1) {
                let (dx, dy) = (abs(a.x - b.x), 2 * abs(a.y - b.y))
                #expect(dx * dx + dy * dy >= 16, "two discs touch")
            }
        }
        _ = reduce(&state, .key(.down))
        let text = state.rendered().plainText()
        for neuron in 0..<16 { #expect(text.contains("\(neuron)")) }
        #expect(text.contains("disc: how often it fires") && text.contains("group by tuning A"))
    }

    @Test func aClickChoosesADisc() throws {
        var state = state()
        let area = try #require(ScreenFrame(state).panes.first).inner
        var chosen: Set<Int> = []
        for y in area.y..<area.maxY {
            for x in area.x..<area.maxX {
                if let neuron = graphNeuron(state.context(\.routing), area, x: x, y: y) { chosen.insert(neuron) }
            }
        }
        #expect(chosen == Set(0..<16))
        _ = reduce(&state, .mouse(MouseEvent(kind: .press, x: area.x + area.width / 2, y: area.y + 2)))
        #expect(state.routing.hasCursor)
    }

    @Test(arguments: ScreenSnapshotTests.Content.allCases) func everyContentDraws(
        _ content: ScreenSnapshotTests.Content
    ) {
        for size in [(160, 50), (80, 24), (40, 12), (30, 8)] {
            for (colors, glyphs) in [(ColorLevel.truecolor, GlyphLevel.braille), (.palette8, .blocks), (.mono, .ascii)]
            {
                var state = state(content, width: size.0, height: size.1)
                (state.colorLevel, state.glyphLevel) = (colors, glyphs)
                #expect(state.rendered().cells.count == size.0 * size.1)
                _ = reduce(&state, .key(.down))
                let text = state.rendered().plainText()
                if glyphs == .ascii {
                    let isPlain = text.unicodeScalars.allSatisfy(\.isASCII)
                    #expect(isPlain)
                }
            }
        }
    }
}
