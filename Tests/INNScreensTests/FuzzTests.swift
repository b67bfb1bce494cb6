import INNKit
import Testing

@testable import INNScreens

/// Thousands of random keys, mouse events, sizes and data: nothing may trap and every frame must fill its buffer.
struct FuzzTests {
    private static let keys: [Key] =
        KeyTable.all.flatMap(\.keys) + "abcdefghijklmnopqrstuvwxyzABCXYZ0123456789 /()".map { Key.character($0) }
        + [
            .up, .down, .left, .right, .pageUp, .pageDown, .home, .end, .enter, .escape, .tab, .backTab, .f1,
            .backspace,
            .delete,
        ]

    @Test(arguments: [ScreenSnapshotTests.Content.trained, .empty, .onePoint, .nan, .red, .finished], [UInt64(1), 2])
    func randomKeys(_ content: ScreenSnapshotTests.Content, _ seed: UInt64) {
        var random = SeededGenerator(seed)
        var state = ScreenSnapshotTests.state(content)
        _ = reduce(&state, .resize(width: 80, height: 24))
        let other = SyntheticRun(steps: 50, neurons: 5, rounds: 3, heads: 1, probes: 1, seed: seed)
        for turn in 0..<1500 {
            switch Int.random(in: 0..<20, using: &random) {
            case 0:
                _ = reduce(
                    &state,
                    .resize(
                        width: Int.random(in: 0...220, using: &random), height: Int.random(in: 0...70, using: &random)))
            case 1:
                let event = MouseEvent(
                    kind: [.press, .release, .drag, .scrollUp, .scrollDown][Int.random(in: 0..<5, using: &random)],
                    x: Int.random(in: -3...230, using: &random), y: Int.random(in: -3...70, using: &random)
                )
                _ = reduce(&state, .mouse(event))
            case 2: _ = reduce(&state, .training(.report(Self.oddReport(turn, &random))))
            case 3: _ = reduce(&state, .tick(now: Double(turn)))
            case 4 where turn % 40 == 0: _ = reduce(&state, .training(.probes(other.snapshots[0])))
            case 6 where turn % 10 == 0:
                _ = reduce(
                    &state,
                    .generation(
                        SyntheticGeneration.frame(
                            neurons: 1 + turn % 70, rounds: 1 + turn % 3, position: turn % 90, ablated: turn % 20 == 0,
                            ahead: turn % 7, seed: seed)))
            case 7 where turn % 30 == 0:
                _ = reduce(
                    &state,
                    .generator([.ready, .opening, .absent(reason: "none"), .failed(message: "no")][turn / 30 % 4]))
            case 8 where turn % 20 == 0: SyntheticRuns.fill(&state, isBroken: turn % 40 == 0)
            case 9 where turn % 30 == 0:
                let effect = SyntheticEffect.of(state, changed: other.snapshots[0], intact: other.snapshots[0])
                _ = reduce(&state, .effect(turn % 60 == 0 ? nil : effect))
            case 5 where turn % 10 == 0:
                _ = reduce(
                    &state, .trainer([.training, .paused, .finished, .failed(message: "disk full")][turn / 10 % 4]))
            default: _ = reduce(&state, .key(Self.keys[Int.random(in: 0..<Self.keys.count, using: &random)]))
            }
            if turn % 3 == 0 { #expect(state.rendered().cells.count == state.width * state.height) }
        }
    }

    private static func oddReport(_ turn: Int, _ random: inout SeededGenerator) -> TrainingReport {
        let odd: [Double] = [.nan, .infinity, -.infinity, 0, -1, 1e-300, 1e300, 2.5, 4.75]
        func pick() -> Double { odd[Int.random(in: 0..<odd.count, using: &random)] }
        return TrainingReport(
            step: [turn, 0, 1_000_000_000, 10 * turn][Int.random(in: 0..<4, using: &random)], charactersSeen: turn,
            epoch: pick(), trainBPC: pick(), validBPC: pick(),
            gatePenalty: pick(), learningRate: pick(), gradientNorm: pick(), charsPerSecond: pick(),
            elapsedSeconds: pick(), progress: pick()
        )
    }
}
