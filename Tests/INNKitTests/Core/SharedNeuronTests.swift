import Testing

@testable import INNCore
@testable import INNTraining

/// With `sharing: all` the neurons are copies of one (docs/MODEL.md).
@Suite struct SharedNeurons {
    /// Copies what a forward pass shows.
    private final class Recorder: Probe {
        var states: [Site: [Float]] = [:]
        /// Every routing weight of every token, head and edge, round by round.
        var routing: [[Float]] = []

        func observe(_ site: Site, _ observation: Observation) {
            switch observation {
            case .tensor(let tensor): states[site] = tensor.array()
            case .routing(let activations, _):
                let r = activations.routing
                var weights: [Float] = []
                for token in 0..<r.tokens {
                    for head in 0..<r.heads {
                        for listener in 0..<r.neurons {
                            for speaker in 0..<r.neurons { weights.append(r[token, head, listener, speaker]) }
                        }
                    }
                }
                routing.append(weights)
            }
        }
    }

    private static let configurations = [
        NamedConfiguration("odd") { $0.sharing = .all },
        NamedConfiguration("self edges") { ($0.sharing, $0.selfEdges, $0.gate) = (.all, true, .off) },
        NamedConfiguration("five neurons") { ($0.sharing, $0.neurons, $0.rounds) = (.all, 5, 3) },
        NamedConfiguration("tiny", INNPreset.tiny.configuration) { $0.sharing = .all },
    ]

    /// The memory computes every neuron alike, to the bit. The routing's matrix products run over all neurons' rows at
    /// once, and BLAS rounds rows at different places of a matrix differently: from there on, copies agree to rounding.
    @Test(arguments: configurations, [0, 3])
    func statesStayIdenticalAndRoutingUniform(_ named: NamedConfiguration, updates: Int) throws {
        let bench = try ModelBench(named.configuration, batchSize: 2, steps: 19)
        let c = named.configuration
        let recorder = Recorder()
        bench.train(updates, optimizer: AdamW(bench.model.parameters, team: bench.tape.team))
        _ = bench.logits(ForwardContext(probe: recorder))
        let first = try #require(recorder.states[.memory(round: 0)])
        let size = first.count / c.neurons
        for neuron in 1..<c.neurons {
            #expect(first[(neuron * size)..<((neuron + 1) * size)] == first[..<size], "neuron \(neuron)")
        }
        for round in 0..<c.rounds {
            for site in [Site.memory(round: round), .state(round: round)] {
                let spread = diversity(try #require(recorder.states[site]), neurons: c.neurons)
                #expect(spread < 1e-11, "\(site)")
            }
        }
        let uniform = 1 / Float(c.selfEdges ? c.neurons : c.neurons - 1)
        for (round, weights) in recorder.routing.enumerated() {
            let deviations = weights.indices.map { index in
                let isSelf = index / c.neurons % c.neurons == index % c.neurons
                return abs(weights[index] - (isSelf && !c.selfEdges ? 0 : uniform))
            }
            #expect(deviations.max()! < 1e-6, "round \(round)")
        }
    }

    /// D = Σ‖h_i − h̄‖² / Σ‖h_i‖².
    private func diversity(_ states: [Float], neurons: Int) -> Double {
        let size = states.count / neurons
        var spread = 0.0
        var total = 0.0
        for index in 0..<size {
            let values = (0..<neurons).map { Double(states[$0 * size + index]) }
            let mean = values.reduce(0, +) / Double(neurons)
            spread += values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            total += values.reduce(0) { $0 + $1 * $1 }
        }
        return spread / total
    }

    @Test func owningWeightsBreaksTheSymmetry() throws {
        for sharing in [MemorySharing.own, .conv] {
            let bench = try ModelBench(INNConfiguration.odd.with { $0.sharing = sharing })
            let recorder = Recorder()
            _ = bench.logits(ForwardContext(probe: recorder))
            let states = try #require(recorder.states[.memory(round: 0)])
            let size = states.count / 3
            #expect(states[..<size] != states[size..<(2 * size)], "\(sharing)")
        }
    }

    @Test func probesSeeEverySiteOnceAndChangeNothing() throws {
        final class Order: Probe {
            var sites: [Site] = []
            func observe(_ site: Site, _ observation: Observation) { sites.append(site) }
        }
        let bench = try ModelBench(.odd)
        let order = Order()
        #expect(bench.logits(ForwardContext(probe: order)) == bench.logits())
        #expect(order.sites == Site.all(rounds: 2))
    }
}
