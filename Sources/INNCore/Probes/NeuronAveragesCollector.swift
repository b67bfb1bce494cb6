/// Gathers an ``NeuronAverages`` from forward passes over held-out text.
public final class NeuronAveragesCollector: Probe {
    private let shape: NetworkShape
    private let stride: Int
    private let samples: Int
    private var sums: NeuronAverages
    private var gateSums: [Double], routingSums: [Double], messageSums: [Double], stateSums: [Double]
    private var seen: [Int]

    /// - Parameters:
    ///   - characters: how many will be read, so that the samples are spread over all of them.
    ///   - samples: positions of which contributions are kept.
    public init(_ shape: NetworkShape, characters: Int, samples: Int = 64) {
        self.shape = shape
        self.samples = max(1, min(samples, characters))
        stride = max(1, characters / self.samples)
        sums = NeuronAverages(
            rounds: shape.rounds, neurons: shape.neurons, dModel: shape.dModel, heads: shape.heads,
            samples: self.samples, characters: 0)
        gateSums = sums.gateMean.map { _ in 0 }
        routingSums = sums.routingMean.map { _ in 0 }
        messageSums = sums.messageMean.map { _ in 0 }
        stateSums = sums.stateMean.map { _ in 0 }
        seen = [Int](repeating: 0, count: shape.rounds + 1)
    }

    public func observe(_ site: Site, _ observation: Observation) {
        switch (site, observation) {
        case (.routing(let round), .routing(let activations, _)): add(activations, round: round)
        case (.state(shape.rounds - 1), .tensor(let states)): add(states)
        default: break
        }
    }

    /// The averages over everything read so far.
    public func averages() -> NeuronAverages {
        var result = sums
        result.characters = seen[shape.rounds]
        let scale = 1 / Double(max(1, result.characters))
        result.gateMean = gateSums.map { Float($0 * scale) }
        result.routingMean = routingSums.map { Float($0 * scale) }
        result.messageMean = messageSums.map { Float($0 * scale) }
        result.stateMean = stateSums.map { Float($0 * scale) }
        return result
    }

    /// Which sample a character is, counted over everything read; nil for most.
    private func sample(_ character: Int) -> Int? {
        character % stride == 0 && character / stride < samples ? character / stride : nil
    }

    private func add(_ activations: RoutingActivations, round: Int) {
        let (n, width, heads) = (shape.neurons, shape.dModel, shape.heads)
        let routing = activations.routing
        for token in 0..<routing.tokens {
            let kept = sample(seen[round] + token)
            for neuron in 0..<n {
                let gate = activations.gate(neuron: neuron, token: token)
                let value = activations.value(neuron: neuron, token: token)
                let place = round * n + neuron
                gateSums[place] += Double(gate)
                for index in 0..<width { messageSums[place * width + index] += Double(gate * value[index]) }
                if let kept {
                    for index in 0..<width {
                        sums.messageSamples[(place * samples + kept) * width + index] = gate * value[index]
                    }
                }
            }
            for head in 0..<heads {
                for listener in 0..<n {
                    let row = ((round * heads + head) * n + listener) * n
                    for speaker in 0..<n {
                        routingSums[row + speaker] += Double(routing[token, head, listener, speaker])
                    }
                }
            }
        }
        seen[round] += routing.tokens
    }

    private func add(_ states: Tensor) {
        let width = shape.dModel
        let rows = states.shape[1]
        for neuron in 0..<shape.neurons {
            for row in 0..<rows {
                let state = states.data + (neuron * rows + row) * width
                for index in 0..<width { stateSums[neuron * width + index] += Double(state[index]) }
                if let kept = sample(seen[shape.rounds] + row) {
                    for index in 0..<width {
                        sums.stateSamples[(neuron * samples + kept) * width + index] = state[index]
                    }
                }
            }
        }
        seen[shape.rounds] += rows
    }
}
