import INNKit
import Testing

@testable import INNScreens

/// The words of the light for routing that is uniform on average.
struct RoutingLightTests {
    private func text(dynamism: Float?, entropy: Float = 0.99, width: Int = 160) -> String {
        var snapshot = SyntheticRun.snapshot(
            step: 3200, neurons: 16, rounds: 2, heads: 1, growth: 1, isDegenerate: false, seed: 7)
        snapshot.routingEntropy = snapshot.routingEntropy.map { _ in entropy }
        snapshot.routingDynamism = dynamism.map { [Float](repeating: $0, count: 32) }
        var state = SyntheticRun(steps: 100, heads: 1).state(.routing, width: width)
        _ = reduce(&state, .training(.probes(snapshot)))
        return state.rendered().plainText().split(separator: "\n").first.map(String.init) ?? ""
    }

    @Test func anAverageIsToldFromACharacter() {
        #expect(text(dynamism: 0.4).contains("● routing uniform on average, differs per character"))
        #expect(text(dynamism: 0.4, width: 80).contains("● differs per character"))
        #expect(text(dynamism: 0.4, width: 60).contains("● differs per char"))
        #expect(text(dynamism: 0.01).contains("● routing nearly uniform"))
        #expect(text(dynamism: nil).contains("● uniform on average"), "older snapshots do not say more")
        #expect(text(dynamism: 0.01, entropy: 0.9).contains("neurons differ · effective number"))
    }
}
