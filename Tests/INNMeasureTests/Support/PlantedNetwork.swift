@testable import INNAnalysis
@testable import INNCore
@testable import INNData

/// A firing table and a routing whose truth is known, over English-like text: n0 fires on vowels, n1 on spaces, n2
/// after "th", n3 always, n4 never, n5 at random (p = 0.2), n6 as n0, n7 at random (p = 0.5) and everybody listens to
/// it.
struct PlantedNetwork {
    static let neurons = 8
    let plan: ReadingPlan
    /// `[streams][length + 1]`.
    private let texts: [[Int32]]
    private let isShuffled: Bool

    /// - Parameter isShuffled: whether each neuron's firing is put in a random order.
    init(plan: ReadingPlan = ReadingPlan(streams: 4, windows: 192, steps: 128), isShuffled: Bool = false) {
        self.plan = plan
        self.isShuffled = isShuffled
        var random = RandomSource(seed: 77)
        let words = [
            "the", "other", "north", "house", "of", "a", "sea", "king", "one", "seven", "history", "which", "and",
            "bright", "with", "hill", "ghost", "who", "what", "she", "mother", "queen", "jazz", "box",
        ]
        texts = (0..<plan.streams).map { _ in
            var text: [Int32] = []
            while text.count <= plan.length {
                text += Alphabet.text8.encode(words[Int(random.next() % UInt64(words.count))] + " ")
            }
            return Array(text.prefix(plan.length + 1))
        }
    }

    /// Whether each neuron fires, `[neurons][streams · length]`.
    private func firing() -> [[Bool]] {
        var random = RandomSource(seed: 78)
        var table = [[Bool]](repeating: [], count: Self.neurons)
        for text in texts {
            for position in 0..<plan.length {
                let byte = Alphabet.text8.byte(ofID: text[position])
                let previous = position > 0 ? Alphabet.text8.byte(ofID: text[position - 1]) : 0
                let vowel = "aeiou".utf8.contains(byte)
                let flags = [
                    vowel, byte == 0x20, previous == UInt8(ascii: "t") && byte == UInt8(ascii: "h"), true, false,
                    random.uniform() < 0.2, vowel,
                    random.uniform() < 0.5,
                ]
                for neuron in flags.indices { table[neuron].append(flags[neuron]) }
            }
        }
        guard isShuffled else { return table }
        return table.map { $0.shuffled(using: &random) }
    }

    func accumulated() -> FiringAccumulator {
        let accumulator = FiringAccumulator(rounds: 1, neurons: Self.neurons, plan: plan, classes: .text8)
        let table = firing()
        for window in 0..<plan.windows {
            let range = (window * plan.steps)..<((window + 1) * plan.steps)
            let activity = table.flatMap { fires in
                (0..<plan.streams).flatMap { stream in
                    range.map { fires[stream * plan.length + $0] ? Float(0.95) : 0.05 }
                }
            }
            accumulator.add(
                ActivityWindow(
                    streams: plan.streams, steps: plan.steps, units: Self.neurons, ids: texts.flatMap { $0[range] },
                    next: texts.flatMap { $0[(range.lowerBound + 1)..<(range.upperBound + 1)] }, activity: activity))
        }
        accumulator.finish()
        return accumulator
    }

    /// Everybody takes 0.7 from n7 and the rest evenly, give or take a little at each character.
    func routing() -> RoutingAnalysis {
        let n = Self.neurons
        let rows = plan.streams * plan.steps
        var sums = RoutingSums(heads: 1, neurons: n, blocks: plan.blocks)
        var random = RandomSource(seed: 79)
        for window in 0..<plan.windows {
            var weights = [Float](repeating: 0, count: n * n * rows)
            for listener in 0..<n {
                for row in 0..<rows {
                    let hub: Float = listener == 7 ? 0 : 0.7 + Float(random.uniform(-0.1...0.1))
                    let others = Float(listener == 7 ? n - 1 : n - 2)
                    for speaker in 0..<n where speaker != listener {
                        weights[(listener * n + speaker) * rows + row] = speaker == 7 ? hub : (1 - hub) / others
                    }
                }
            }
            sums.add(
                RoutingRecord(heads: 1, neurons: n, rows: rows, weights: weights), block: plan.block(window: window))
        }
        return RoutingAnalysis(
            round: 0, sums, flow: sums.meanWeights(), plan: plan, trajectories: nil, diversity: 0.5,
            effectiveNeurons: 5, seed: 3)
    }

    func analysis() -> NetworkAnalysis {
        NetworkAnalysis(
            accumulated(), heads: 1, bitsPerCharacter: nil, snapshot: Self.snapshot(plan), routing: [routing()])
    }

    /// Means of neurons that differ from each other, so that the light is green.
    static func snapshot(_ plan: ReadingPlan) -> ProbeSnapshot {
        ProbeSnapshot(
            step: 0, rounds: 1, neurons: neurons, heads: 1, sampleCount: plan.characters,
            symbols: SymbolClasses.text8.names, routing: [], flow: [],
            firingRate: [], gateMean: [], gateSaturated: [], tuning: [], symbolCounts: [], routingEntropy: [0.5],
            routingDeviation: [0.5],
            diversity: [0.5], effectiveNeurons: [5], rasterText: [], rasterGates: [])
    }
}
