import INNScreens

@testable import INNAnalysis
@testable import INNCore
@testable import INNData

/// What neurons cost, planted over the built-in text: in turn for vowels, for spaces, for "h", for everything alike,
/// and for nothing. The control are neurons that do the same at a quarter of the price.
enum SyntheticTuning {
    static func tuning(neurons: [Int], streams: Int = 8, windows: Int = 32, steps: Int = 32) -> CausalTuning {
        func planted(_ price: Float) -> CausalTuning {
            measured(neurons, streams: streams, windows: windows, steps: steps) { price * cost($0, $1) }
        }
        var tuning = planted(1)
        tuning.control = CausalControl([planted(0.25)])
        return tuning
    }

    private static func measured(
        _ neurons: [Int], streams: Int, windows: Int, steps: Int, cost: (Int, Int32) -> Float
    ) -> CausalTuning {
        let plan = ReadingPlan(streams: streams, windows: windows, steps: steps)
        let corpus = try! SampleCorpus.make()
        func ids(_ stream: Int, _ start: Int, _ count: Int) -> [Int32] {
            corpus.ids(in: (stream * 4000 + start)..<(stream * 4000 + start + count))
        }
        let targets = (0..<streams).flatMap { ids($0, 1, plan.length) }
        var sums = CausalSums(variants: neurons.count, plan: plan, classes: .text8, targets: targets)
        var random = SeededGenerator(21)
        for window in 0..<windows {
            let tokens = (0..<streams).flatMap { ids($0, window * steps, steps) }
            let next = (0..<streams).flatMap { ids($0, window * steps + 1, steps) }
            for (variant, neuron) in neurons.enumerated() {
                let costs = next.map { cost(neuron, $0) + 0.2 * (random.uniform() - 0.5) }
                tokens.withUnsafeBufferPointer { tokens in
                    next.withUnsafeBufferPointer { next in
                        costs.withUnsafeBufferPointer {
                            sums.add(
                                variant: variant, window: window, tokens: tokens, targets: next, surprisal: $0,
                                divergence: $0)
                        }
                    }
                }
            }
        }
        return CausalTuning(sums, neurons: neurons, classes: .text8, bitsPerCharacter: 2, seed: 1)
    }

    private static func cost(_ neuron: Int, _ symbol: Int32) -> Float {
        let worth = 1 - 0.04 * Float(neuron)
        switch neuron % 5 {
        case 0: return worth * ([1, 5, 9, 15, 21].contains(symbol) ? 0.22 : 0.08)
        case 1: return worth * (symbol == 0 ? 0.31 : 0.06)
        case 2: return worth * (symbol == 8 ? 0.5 : 0.04)
        case 3: return worth * 0.12
        default: return 0
        }
    }
}
