import Foundation
import Testing

@testable import INNAnalysis
@testable import INNCore
@testable import INNData
@testable import INNEvaluation

/// Effects of interventions, computed a second way: by editing the weights, or by a network that is built without the
/// part.
@Suite struct AblationCrossChecks {
    private struct Bench {
        let network: IntelligentNeuralNetwork
        let windows: ValidationWindows
        let meter: SurprisalMeter

        init(_ change: (inout INNConfiguration) -> Void = { _ in }) throws {
            let text = String(
                repeating: "she sells sea shells on the sea shore and the shells she sells are sea shells for sure ",
                count: 40)
            let corpus = try Corpus(name: "shells", text: text)
            var configuration = INNConfiguration.odd.with { ($0.vocabularySize, $0.neurons) = (27, 4) }
            change(&configuration)
            network = try IntelligentNeuralNetwork(configuration, seed: 5)
            // Large weights, so that every part matters.
            var random = RandomSource(seed: 9)
            for parameter in network.parameters.parameters {
                for index in 0..<parameter.count { parameter.values[index] += Float(0.15 * random.normal()) }
            }
            network.parameters.markChanged()
            windows = try ValidationWindows(corpus: corpus, range: 0..<corpus.count, batchSize: 3, sequenceLength: 64)
            meter = SurprisalMeter(network, windows, team: ThreadTeam(threadCount: 1))
        }

        /// As `ablate` measures it.
        func ablated(_ list: Intervention...) throws -> Double {
            let surprisals = meter.surprisals(try network.compile(InterventionSet(list), averages: meter.averages()))
            return surprisals.reduce(0.0) { $0 + Double($1) } / Double(surprisals.count)
        }

        /// As `eval` measures a network.
        static func evaluated(_ network: IntelligentNeuralNetwork, _ windows: ValidationWindows) -> Double {
            Evaluator(network, team: ThreadTeam(threadCount: 1)).evaluate(windows, carriesState: true).bitsPerCharacter
        }

        /// A copy with other weights.
        func edited(_ edit: (ParameterStore) -> Void) throws -> Double {
            let copy = try IntelligentNeuralNetwork(network.configuration, seed: 1)
            for parameter in network.parameters.parameters { try copy.parameters.load(parameter.name, parameter.array) }
            edit(copy.parameters)
            copy.parameters.markChanged()
            return Self.evaluated(copy, windows)
        }
    }

    /// A network with one neuron fewer and the weights of the others.
    private func without(_ neuron: Int, _ network: IntelligentNeuralNetwork) throws -> IntelligentNeuralNetwork {
        let n = network.configuration.neurons
        let roles = network.configuration.roles
        let smaller = try IntelligentNeuralNetwork(
            network.configuration.with {
                $0.neurons = n - 1
                if roles.isInput(neuron) { $0.inputs = $0.inputs.map { $0 - 1 } }
                if roles.isOutput(neuron) { $0.outputs = $0.outputs.map { $0 - 1 } }
            }, seed: 1)
        for target in smaller.parameters.parameters {
            let source = try #require(network.parameters[target.name])
            var values = source.array
            if source.name.hasSuffix("staticScores") {
                values = values.enumerated().filter { $0.offset % n != neuron && $0.offset / n % n != neuron }.map(
                    \.element)
            } else if source.count != target.count {
                let size = source.count / n
                values.removeSubrange((neuron * size)..<((neuron + 1) * size))
            }
            try smaller.parameters.load(target.name, values)
        }
        return smaller
    }

    private static let configurations = [
        NamedConfiguration("own"), NamedConfiguration("conv") { $0.sharing = .conv },
        NamedConfiguration("static") { $0.routing = .static },
        NamedConfiguration("uniform, self edges") { ($0.routing, $0.selfEdges) = (.uniform, true) },
        NamedConfiguration("hard gates") { $0.gate = .hard },
        NamedConfiguration("no gates, self edges") { ($0.gate, $0.selfEdges) = (.off, true) },
        NamedConfiguration("no routing") { $0.routing = .off },
        NamedConfiguration("2 inputs and 3 outputs") { ($0.inputs, $0.outputs) = (2, 3) },
        NamedConfiguration("2 inputs and 2 outputs") { ($0.inputs, $0.outputs) = (2, 2) },
    ]

    @Test(arguments: configurations)
    func aLesionIsANetworkWithoutTheNeuron(_ named: NamedConfiguration) throws {
        let c = named.configuration
        let bench = try Bench {
            ($0.sharing, $0.routing, $0.gate, $0.selfEdges) = (c.sharing, c.routing, c.gate, c.selfEdges)
            ($0.inputs, $0.outputs) = (c.inputs, c.outputs)
        }
        let plain = Bench.evaluated(bench.network, bench.windows)
        for neuron in 0..<4 {
            let effect = try bench.ablated(.neuron(neuron, .lesion)) - plain
            let expected = Bench.evaluated(try without(neuron, bench.network), bench.windows) - plain
            #expect(abs(effect - expected) <= 1e-4, "neuron \(neuron): \(effect) and \(expected)")
            #expect(abs(effect) > 1e-3, "neuron \(neuron) does something")
        }
    }

    @Test func aLesionOfTwoIsANetworkWithoutBoth() throws {
        let bench = try Bench()
        let expected = Bench.evaluated(try without(1, try without(3, bench.network)), bench.windows)
        #expect(abs(try bench.ablated(.neuron(3, .lesion), .neuron(1, .lesion)) - expected) <= 1e-4)
    }

    /// A gate with no weights and a bias of ±100 is shut or open; each neuron owns its gate.
    @Test(arguments: [(nil, nil), (3, 1), (1, 2)] as [(Int?, Int?)])
    func gatesByTheirWeights(_ inputs: Int?, _ outputs: Int?) throws {
        let bench = try Bench { ($0.inputs, $0.outputs) = (inputs, outputs) }
        func gates(_ neurons: Range<Int>, rounds: Range<Int>, bias: Float) throws -> Double {
            try bench.edited { store in
                for round in rounds {
                    let weight = store["rounds.\(round).routing.gateWeight"]!
                    let biases = store["rounds.\(round).routing.gateBias"]!
                    let width = weight.shape[1]
                    for neuron in neurons {
                        for index in 0..<width { weight.values[neuron * width + index] = 0 }
                        biases.values[neuron] = bias
                    }
                }
            }
        }
        #expect(abs(try bench.ablated(.neuron(2, .mute)) - gates(2..<3, rounds: 0..<2, bias: -100)) <= 1e-4)
        #expect(abs(try bench.ablated(.neuron(0, .mute)) - gates(0..<1, rounds: 0..<2, bias: -100)) <= 1e-4)
        #expect(abs(try bench.ablated(.neuron(2, .mute, round: 1)) - gates(2..<3, rounds: 1..<2, bias: -100)) <= 1e-4)
        #expect(abs(try bench.ablated(.gate(.open)) - gates(0..<4, rounds: 0..<2, bias: 100)) <= 1e-4)
        #expect(abs(try bench.ablated(.gate(.closed)) - gates(0..<4, rounds: 0..<2, bias: -100)) <= 1e-4)
    }

    /// A head whose columns of W_O are zero is not heard.
    @Test func headsByTheirWeights() throws {
        let bench = try Bench()
        let headDim = bench.network.configuration.headDim
        let expected = try bench.edited { store in
            for round in 0..<2 {
                let weight = store["rounds.\(round).routing.outProjection"]!
                let width = weight.shape[1]
                for row in 0..<width {
                    for column in headDim..<(2 * headDim) { weight.values[row * width + column] = 0 }
                }
            }
        }
        #expect(abs(try bench.ablated(.head(1)) - expected) <= 1e-4)
    }

    /// Nobody says anything but its bias.
    private static func makeMessagesConstant(_ network: IntelligentNeuralNetwork) {
        for layer in network.routings {
            let projection = layer.parameters.inProjection
            for index in (projection.count * 2 / 3)..<projection.count { projection.values[index] = 0 }
        }
        network.parameters.markChanged()
    }

    /// A speaker whose values are a constant is replaced by its mean without any effect.
    @Test func theMeanOfAConstantIsThatConstant() throws {
        let bench = try Bench { $0.gate = .off }
        Self.makeMessagesConstant(bench.network)
        let plain = Bench.evaluated(bench.network, bench.windows)
        #expect(abs(try bench.ablated(.neuron(1, .mean, round: 0)) - plain) <= 1e-5)
        #expect(abs(try bench.ablated(.neuron(1, .resample, round: 1)) - plain) <= 1e-5)
        #expect(abs(try bench.ablated(.neuron(1, .mean)) - plain) > 1e-4, "its share of the readout is replaced too")
    }

    /// Who is not read has no share of the readout that could be replaced, and none that a lesion takes away.
    @Test func whoIsNotReadHasNoShareOfTheReadout() throws {
        let bench = try Bench { ($0.gate, $0.inputs, $0.outputs) = (.off, 2, 2) }
        Self.makeMessagesConstant(bench.network)
        let plain = Bench.evaluated(bench.network, bench.windows)
        for neuron in 0..<2 {
            for change in [Intervention.NeuronChange.mean, .resample, .lesion] {
                #expect(abs(try bench.ablated(.neuron(neuron, change)) - plain) <= 1e-5, "\(neuron) \(change)")
            }
        }
        for neuron in 2..<4 { #expect(abs(try bench.ablated(.neuron(neuron, .mean)) - plain) > 1e-6) }
    }

    @Test func theMeterMeasuresWhatTheEvaluatorMeasures() throws {
        let bench = try Bench()
        #expect(abs(try bench.ablated() - Bench.evaluated(bench.network, bench.windows)) <= 1e-6)
        #expect(bench.meter.surprisals(nil) == bench.meter.surprisals(nil))
        #expect(bench.meter.targets.count == bench.windows.characters)
        // The order is that of the text: stream after stream.
        let start = bench.windows.corpus.ids(in: 1..<(1 + bench.meter.charactersPerStream))
        #expect(Array(bench.meter.targets[..<bench.meter.charactersPerStream]) == start)
    }

    /// Estimates are of first order: they must rank edges and agree in size with exact cuts of weak edges.
    @Test func estimatedCutsFollowMeasuredOnes() throws {
        let bench = try Bench { $0.neurons = 6 }
        let n = 6
        let estimates = bench.meter.estimatedCutCosts()
        let plain = Bench.evaluated(bench.network, bench.windows)
        var pairs: [(Double, Double)] = []
        for listener in 0..<n {
            for speaker in 0..<n where listener != speaker {
                pairs.append(
                    (
                        estimates[listener * n + speaker],
                        try bench.ablated(.edge(listener: listener, speaker: speaker, .cut)) - plain
                    ))
            }
            #expect(estimates[listener * n + listener] == 0)
        }
        func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
        let x = pairs.map(\.0)
        let y = pairs.map(\.1)
        let mx = mean(x)
        let my = mean(y)
        let covariance = mean(zip(x, y).map { ($0 - mx) * ($1 - my) })
        let slope = covariance / mean(x.map { ($0 - mx) * ($0 - mx) })
        let correlation =
            slope * (mean(x.map { ($0 - mx) * ($0 - mx) }) / mean(y.map { ($0 - my) * ($0 - my) })).squareRoot()
        #expect(correlation > 0.9)
        #expect((0.7...1.3).contains(slope))
    }
}
