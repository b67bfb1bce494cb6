import INNKit
import Testing

@testable import INNScreens

/// What the routing matrix shows: this character where a text is stepped through, the mean while a network learns.
struct RoutingViewTests {
    private func state(isLive: Bool) -> AppState {
        var state = SyntheticRun(steps: 1200, probes: 4, info: SyntheticRun.info(isLive: isLive)).state(
            .routing, width: 160, height: 50)
        guard !isLive else { return state }
        _ = reduce(&state, .generator(.ready))
        _ = reduce(&state, .generation(SyntheticGeneration.frame()))
        return state
    }

    @Test func exploringShowsThisCharacter() throws {
        var state = state(isLive: false)
        let frame = try #require(state.run.generation)
        let figure = try #require(RoutingFigure(state.run, state.routing))
        #expect(figure.matrix.measure == .character && figure.spread == nil)
        let weights = try #require(frame.weights(round: state.run.generationRound, head: nil))
        #expect(figure.matrix.values == weights)
        #expect(state.rendered().plainText().contains("this character"))
        var seen: [RoutingView.Measure] = []
        for _ in 0..<4 {
            seen.append(state.routing.measure(in: state.run))
            _ = reduce(&state, .key(.character("v")))
        }
        #expect(seen == [.character, .routing, .flow, .causal])
    }

    @Test func trainingShowsTheMeanWithItsSpread() throws {
        var state = state(isLive: true)
        let figure = try #require(RoutingFigure(state.run, state.routing))
        let snapshot = try #require(state.run.probe?.snapshot)
        let spread = try #require(snapshot.routingSpread)
        #expect(figure.matrix.measure == .routing && figure.spread == Array(spread.suffix(16 * 16)))
        #expect(
            figure.heatmap(state.look, cursor: nil).spread[1] == spread[16 * 16 + 1] * 15, "in multiples of uniform")
        #expect(state.rendered().plainText().contains("varies"))
        _ = reduce(&state, .key(.character("v")))
        #expect(state.routing.measure(in: state.run) == .flow, "there is no present character")
    }

    /// Half as far from uniform, half the range.
    @Test func theRangeFollowsTheData() throws {
        let state = state(isLive: true)
        let figure = try #require(RoutingFigure(state.run, state.routing))
        let map = figure.heatmap(state.look, cursor: nil)
        let shown = (0..<256).filter { $0 / 16 != $0 % 16 }.map { figure.shown($0 / 16, $0 % 16) }.map(abs).sorted()
        let largest = shown[(shown.count - 1) * 98 / 100]
        #expect(map.scale.high >= min(largest, 3.9) - 1e-4 && map.scale.high <= largest * 1.6)
        #expect(map.scale.low == -map.scale.high)
    }

    /// Rows that hear all alike are 0 bits from uniform, one that hears a single neuron as many as there are choices.
    @Test func rowsFromUniform() throws {
        var frame = SyntheticGeneration.frame()
        let n = frame.neurons
        let base = (frame.rounds - 1) * frame.heads * n * n
        for head in 0..<frame.heads {
            for i in 0..<n {
                for j in 0..<n {
                    let weight: Float = i == j ? 0 : i == 0 ? (j == 3 ? 1 : 0) : 1 / Float(n - 1)
                    frame.routing[base + (head * n + i) * n + j] = weight
                }
            }
        }
        let matrix = try #require(RoutingMatrix(frame, round: frame.rounds - 1, head: nil))
        #expect(abs(matrix.rowDivergence[0] - binaryLogarithm(Float(n - 1))) < 1e-4)
        #expect(matrix.rowDivergence.dropFirst().allSatisfy { abs($0) < 1e-4 })
    }
}
