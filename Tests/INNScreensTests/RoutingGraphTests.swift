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
        #expect(try graph(state).selection == .strongest, "while a network trains the means come first")
        state.routing.measure = .character
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

    /// The smallest discs are as round as the largest: the same from left and right, from above and below, without
    /// corners, and about as large as a circle.
    @Test(arguments: [1.6, 2.0, 2.8, 3.1, 3.9, 4.2], [0.5, 1.0])
    func discsAreRound(radius: Double, shift: Double) {
        let look = Look(theme: .dark, colors: .truecolor, glyphs: .braille)
        let disc = PixelDisc(middle: 10 + shift, row: 5, radius: radius)
        var inside: Set<[Int]> = []
        for y in 0..<11 {
            for x in 0..<22 {
                let mask = disc.mask(x, y, look)
                for quarter in 0..<4 where mask >> quarter & 1 == 1 {
                    inside.insert([2 * x + quarter % 2, 2 * y + quarter / 2])
                }
            }
        }
        let axis = Int(2 * (10 + shift)) * 2 - 1
        #expect(inside.allSatisfy { inside.contains([axis - $0[0], $0[1]]) && inside.contains([$0[0], 21 - $0[1]]) })
        let (left, right) = (inside.map { $0[0] }.min() ?? 0, inside.map { $0[0] }.max() ?? 0)
        let top = inside.map { $0[1] }.min() ?? 0
        #expect(!inside.contains([left, top]) && !inside.contains([right, top]), "a corner")
        // A quarter is half a column wide and, a row counting for two columns, one column high.
        #expect(abs(Double(inside.count) * 0.5 - Double.pi * radius * radius) < 0.25 * Double.pi * radius * radius)
    }

    /// A number of two digits stands in the middle of its disc.
    @Test func numbersStandInTheMiddle() {
        var state = state(.finished, width: 120, height: 40)
        state.routing.measure = .flow
        let buffer = state.rendered()
        var found = 0
        for y in 1..<36 {
            for x in 2..<80 where buffer[x, y].scalar == "1" && ("0"..."5").contains(buffer[x + 1, y].scalar) {
                let color = buffer[x, y].background
                guard color != .terminalDefault, buffer[x + 1, y].background == color else { continue }
                func reach(_ step: Int, from start: Int) -> Int {
                    var place = start
                    while buffer[place + step, y].background == color { place += step }
                    return abs(place - start)
                }
                #expect(reach(-1, from: x) == reach(1, from: x + 1), "at \(x), \(y)")
                found += 1
            }
        }
        #expect(found >= 4)
    }
}
