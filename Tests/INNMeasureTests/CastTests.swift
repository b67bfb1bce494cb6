import Testing

@testable import INNAnalysis
@testable import INNCore

/// Every neuron in one line, from figures that are made up for it.
@Suite struct CastTests {
    private static let symbols = ["␣", "a", "b", "c", "d"]
    /// How often each symbol was read; 200 are enough to be named.
    private static let counts = [400, 300, 200, 199, 1000]

    private static func unit(
        _ round: Int, _ neuron: Int, rate: Double = 0.3, mean: Double, gates: [Float]
    ) -> NeuronAnalysis {
        var unit = PlantedReport().trained.units[0]
        (unit.round, unit.neuron) = (round, neuron)
        unit.firing = FiringStatistics(rate: rate, mean: mean, sparseness: 0.5, saturated: 0.5)
        // Lag 0 is the second of ten; at other lags the gates say the opposite.
        let others = gates.map { 1 - $0 }
        unit.tuning = TuningTable(
            mean: others + gates + (0..<8).flatMap { _ in others }, counts: (0..<10).flatMap { _ in counts })
        return unit
    }

    private static func network(rounds: Int, neurons: Int, units: [NeuronAnalysis]) -> NetworkAnalysis {
        var network = PlantedReport().trained
        (network.rounds, network.neurons, network.units, network.symbols) = (rounds, neurons, units, symbols)
        network.routing = (0..<rounds).map { Planted.routing($0, neurons: neurons) }
        network.causal = nil
        return network
    }

    /// Weights are characters times distance from the mean gate. Round 1 of neuron 0: d 1000·.55, ␣ 400·.6, a 300·.51
    /// and b 200·.65, 1073 in all; round 2: d 1000·.699 and ␣ 400·.65, 959, more than the first three of round 1.
    @Test func whenANeuronFires() {
        let even: [Float] = [0.5, 0.5, 0.5, 0.5, 0.5]
        let first = [
            Self.unit(0, 0, mean: 0.3, gates: [0.9, 0.81, 0.95, 0.99, 0.85]),
            Self.unit(0, 1, mean: 0.7, gates: [0.1, 0.19, 0.2, 0, 0.15]),
            Self.unit(0, 2, rate: 0, mean: 0.1, gates: even), Self.unit(0, 3, rate: 1, mean: 0.9, gates: even),
            Self.unit(0, 4, rate: 0.25, mean: 0.4, gates: [0.79, 0.79, 0.2, 1, 0.5]),
            Self.unit(0, 5, rate: 0, mean: 0.3, gates: even),
        ]
        let second = [
            Self.unit(1, 0, mean: 0.3, gates: [0.95, 0.2, 0.2, 0.2, 0.999]),
            Self.unit(1, 1, mean: 0.7, gates: [0.1, 0.5, 0.5, 0.5, 0.5]),
            Self.unit(1, 2, rate: 0, mean: 0.1, gates: even), Self.unit(1, 3, rate: 1, mean: 0.9, gates: even),
            Self.unit(1, 4, rate: 0.5, mean: 0.6, gates: [0.8, 0.2, 0.2, 0, 0.5]),
            // A mean of one half counts as open. Equal weights, 300·.375 and 200·.5625, are in the order of the
            // symbols.
            Self.unit(1, 5, rate: 1, mean: 0.5, gates: [0.5, 0.125, -0.0625, 0.5, 0.5]),
        ]
        let cast = Self.network(rounds: 2, neurons: 6, units: first + second).cast
        #expect(cast.map(\.neuron) == [0, 1, 2, 3, 4, 5])
        #expect(
            cast.map(\.firing) == [
                "fires after “d” “␣” “a” in round 1", "silent after “d” “␣” “a” in round 1", "never fires",
                "always fires", "fires at 50% in round 2", "silent after “a” “b” in round 2",
            ])
        let alone = Self.network(rounds: 1, neurons: 6, units: first).cast
        #expect(alone[0].firing == "fires after “d” “␣” “a”" && alone[4].firing == "fires at 25%")
        #expect(alone.allSatisfy { $0.label == nil && $0.doubt == nil && $0.deltaBPC == nil })
    }

    /// Flow over both rounds: of neuron 0, listener 1 hears 1 + 3.5, listener 2 hears 3 + .5 and listener 3 hears 2.
    @Test func whoListens() {
        let units = (0..<6).map { Self.unit($0 / 3, $0 % 3, mean: 0.3, gates: [0.5, 0.5, 0.5, 0.5, 0.5]) }
        var network = Self.network(rounds: 2, neurons: 4, units: units + units.prefix(2))
        var flow = [[Float]](repeating: [Float](repeating: 0, count: 16), count: 2)
        for (round, listener, speaker, value) in [
            (0, 1, 0, 1), (1, 1, 0, 3.5), (0, 2, 0, 3), (1, 2, 0, 0.5), (1, 3, 0, 2),
            (1, 3, 1, 0.1), (0, 3, 2, 1), (1, 1, 2, 1), (0, 0, 2, 1),
        ] as [(Int, Int, Int, Float)] { flow[round][listener * 4 + speaker] = value }
        for round in 0..<2 { network.routing[round].flow = flow[round] }
        #expect(network.cast.map(\.listeners) == [[1, 2], [3], [0, 1], []])
    }

    /// Speaker 3 is heard by 0, 1 and 2 at .1, .3 and .2.
    @Test func whoListensToTheLast() {
        let units = (0..<4).map { Self.unit(0, $0, mean: 0.3, gates: [0.5, 0.5, 0.5, 0.5, 0.5]) }
        var network = Self.network(rounds: 1, neurons: 4, units: units)
        var flow = [Float](repeating: 0, count: 16)
        for (listener, value) in [(0, 0.1), (1, 0.3), (2, 0.2)] as [(Int, Float)] { flow[listener * 4 + 3] = value }
        network.routing[0].flow = flow
        #expect(network.cast.map(\.listeners) == [[], [], [], [1, 2]])
    }

    private static func interval(_ mean: Double) -> Interval { Interval(mean: mean, low: mean, high: mean) }

    /// Those that cost most come first, and of equals the lower number; those that were not removed come last.
    @Test func theOrderAndTheWords() throws {
        let units = (0..<5).map { Self.unit(0, $0, rate: 1, mean: 0.9, gates: [0.5, 0.5, 0.5, 0.5, 0.5]) }
        var network = Self.network(rounds: 1, neurons: 5, units: units)
        network.routing[0].flow = [Float](repeating: 0, count: 25)
        let label = CausalLabel(
            category: PredictionCategory(.symbol, "a"), cost: Self.interval(0.4), elsewhere: -0.05, characters: 900)
        func neuron(_ number: Int, _ label: CausalLabel?) -> CausalTuning.Neuron {
            .init(neuron: number, costs: [], shares: [], label: label, specialisation: nil, cluster: nil)
        }
        let tuning = CausalTuning(
            characters: 1000, blocks: 4, blockLength: 250, categories: [], counts: [],
            neurons: [neuron(4, label), neuron(0, nil)], specialisation: nil, clusters: .none, bitsPerCharacter: 2)
        network.causal = CausalAnalysis(
            characters: 1000, estimateCharacters: 0, estimates: [], roundEstimates: [], edges: [],
            neurons: [(0, 0.2), (4, 0.3), (2, 0.3)].map { number, cost in
                .init(
                    neuron: number, divergence: Self.interval(0), deltaBPC: Self.interval(cost), logitEffect: [])
            }, weights: [], flow: [], tuning: tuning)
        let cast = network.cast
        #expect(cast.map(\.neuron) == [2, 4, 0, 1, 3])
        #expect(
            cast.map(\.sentence) == [
                "no category stands out · always fires · ΔBPC +.30",
                "costs most on “a” (+.40 bits there, −.050 elsewhere; no untrained control) · always fires · ΔBPC +.30",
                "no category stands out · always fires · ΔBPC +.20", "always fires", "always fires",
            ])
        var claimed = cast[1]
        (claimed.doubt, claimed.listeners) = (nil, [3, 1])
        #expect(
            claimed.sentence
                == "predicts “a” (+.40 bits there, −.050 elsewhere) · always fires · heard most by 3, 1 · ΔBPC +.30")
        #expect([-1.5, 0.123, 0.0456, 0].map(CastMember.bits) == ["−1.50", "+.12", "+.046", "+.00"])
    }
}
