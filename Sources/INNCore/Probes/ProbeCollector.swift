import CKernels
import Foundation

/// Gathers a ``ProbeSnapshot`` from forward passes over held-out text: one pass, bounded memory.
///
/// Feed it as the probe of an evaluation, calling ``willRead(_:)`` with the ids of every window first.
public final class ProbeCollector: Probe {
    private let rounds: Int, neurons: Int, heads: Int
    private let symbols: [String]
    private let rasterLength: Int
    private var tokens: [Int32] = []
    private var sampleCount = 0
    private var symbolCounts: [Int]
    private var perRound: [RoundSums]
    private var rasterTokens: [Int32] = []

    /// Characters that a raster shows at most.
    private static let rasterLimit = 160

    /// - Parameter windowLength: characters of a stream per forward pass; the raster shows the beginning of the first
    ///   window of the first stream.
    public init(rounds: Int, neurons: Int, heads: Int, symbols: [String], windowLength: Int) {
        self.rounds = rounds
        self.neurons = neurons
        self.heads = heads
        self.symbols = symbols
        rasterLength = min(Self.rasterLimit, windowLength)
        symbolCounts = [Int](repeating: 0, count: symbols.count)
        perRound = (0..<rounds).map { _ in RoundSums(neurons: neurons, heads: heads, symbols: symbols.count) }
    }

    /// Names the ids that the next forward pass reads, `[batchSize·steps]`.
    public func willRead(_ ids: [Int32]) {
        tokens = ids
        sampleCount += ids.count
        for id in ids { symbolCounts[Int(id)] += 1 }
        if rasterTokens.isEmpty { rasterTokens = Array(ids.prefix(rasterLength)) }
    }

    public func observe(_ site: Site, _ observation: Observation) {
        switch (site, observation) {
        case (.routing(let round), .routing(let activations, let outProjection)):
            perRound[round].add(
                activations, outProjection: outProjection, tokens: tokens, rasterLength: rasterTokens.count)
        case (.state(let round), .tensor(let states)):
            perRound[round].addStates(states)
        default: break
        }
    }

    /// What was seen so far.
    ///
    /// - Parameter step: optimizer updates the weights had seen.
    public func snapshot(step: Int) -> ProbeSnapshot {
        ProbeSnapshot(
            step: step, rounds: rounds, neurons: neurons, heads: heads, sampleCount: sampleCount, symbols: symbols,
            routing: perRound.flatMap { $0.meanRouting(sampleCount) },
            flow: perRound.flatMap { $0.mean($0.flow, sampleCount) },
            firingRate: perRound.flatMap { $0.mean($0.fired, sampleCount) },
            gateMean: perRound.flatMap { $0.mean($0.gateSum, sampleCount) },
            gateSaturated: perRound.flatMap { $0.mean($0.saturated, sampleCount) },
            tuning: perRound.flatMap { $0.tuning(counts: symbolCounts) }, symbolCounts: symbolCounts,
            routingEntropy: perRound.flatMap { $0.entropy(sampleCount) },
            routingDynamism: perRound.flatMap { $0.dynamism(sampleCount) },
            routingSpread: perRound.flatMap { $0.routingSpread(sampleCount) },
            routingDeviation: perRound.map { Float($0.deviation) },
            diversity: perRound.map(\.diversity), effectiveNeurons: perRound.map(\.effectiveNeurons),
            rasterText: rasterTokens.map { symbols[Int($0)] },
            rasterGates: perRound.flatMap { $0.raster(length: rasterTokens.count) })
    }
}

/// Sums of one round over everything read.
private struct RoundSums {
    let neurons: Int, heads: Int, symbols: Int
    /// `[heads, neurons, neurons]`.
    var routing: [Double]
    /// Σ of the square of the weight averaged over heads, `[neurons, neurons]`.
    var routingSquares: [Double]
    /// Σ H(a) over characters in nats, `[heads, neurons]`.
    var entropies: [Double]
    var flow: [Double]
    var fired: [Double], gateSum: [Double], saturated: [Double]
    /// `[symbols, neurons]`.
    var gateBySymbol: [Double]
    var deviation = 0.0
    /// Σ‖h_i − h̄‖² and Σ‖h_i‖².
    var spread = 0.0, size = 0.0
    /// Uncentred Gram matrix of the neurons' states.
    var gram: [Double]
    var rasterGates: [Float] = []

    init(neurons: Int, heads: Int, symbols: Int) {
        self.neurons = neurons
        self.heads = heads
        self.symbols = symbols
        routing = [Double](repeating: 0, count: heads * neurons * neurons)
        routingSquares = [Double](repeating: 0, count: neurons * neurons)
        entropies = [Double](repeating: 0, count: heads * neurons)
        flow = [Double](repeating: 0, count: neurons * neurons)
        fired = [Double](repeating: 0, count: neurons)
        gateSum = fired
        saturated = fired
        gateBySymbol = [Double](repeating: 0, count: symbols * neurons)
        gram = flow
    }

    mutating func add(_ activations: RoutingActivations, outProjection: Parameter, tokens: [Int32], rasterLength: Int) {
        let messages = activations.messageNorms(outProjection: outProjection)
        let gates = activations.activity(messageNorms: messages)
        addGates(gates, tokens: tokens)
        if rasterGates.isEmpty {
            rasterGates = (0..<neurons).flatMap { gates[($0 * tokens.count)..<($0 * tokens.count + rasterLength)] }
        }
        addWeights(activations, messages)
    }

    /// Edge by edge, since an edge's weights at many characters lie side by side.
    private mutating func addWeights(_ activations: RoutingActivations, _ messages: [Float]) {
        let routing = activations.routing
        let uniform = activations.uniformWeights
        let tokens = routing.tokens
        let loudness = (0..<(neurons * tokens)).map {
            activations.gate(neuron: $0 / tokens, token: $0 % tokens) * messages[$0]
        }
        var mean = [Float](repeating: 0, count: tokens)
        withUnsafeTemporaryAllocation(of: Float.self, capacity: tokens) { series in
            for edge in 0..<(neurons * neurons) {
                for index in mean.indices { mean[index] = 0 }
                for head in 0..<heads {
                    let pair = head * neurons * neurons + edge
                    routing.copySeries(pair, into: series)
                    let sums = WeightSums(series)
                    self.routing[pair] += sums.sum
                    entropies[pair / neurons] += sums.entropy
                    var (least, most) = (Float.infinity, -Float.infinity)
                    for index in 0..<tokens {
                        mean[index] += series[index] / Float(heads)
                        (least, most) = (min(least, series[index]), max(most, series[index]))
                    }
                    deviation = max(deviation, Double(most) - uniform[edge], uniform[edge] - Double(least))
                }
                addMean(mean, edge, loudness)
            }
        }
    }

    /// - Parameter mean: the weight of an edge averaged over heads, by character.
    private mutating func addMean(_ mean: [Float], _ edge: Int, _ loudness: [Float]) {
        let first = edge % neurons * mean.count
        var (squares, heard) = (0.0, 0.0)
        for index in mean.indices {
            squares += Double(mean[index]) * Double(mean[index])
            heard += Double(mean[index]) * Double(loudness[first + index])
        }
        routingSquares[edge] += squares
        flow[edge] += heard
    }

    private mutating func addGates(_ gates: [Float], tokens: [Int32]) {
        for neuron in 0..<neurons {
            for (index, token) in tokens.enumerated() {
                let gate = Double(gates[neuron * tokens.count + index])
                gateSum[neuron] += gate
                if gate > 0.5 { fired[neuron] += 1 }
                if gate < 0.1 || gate > 0.9 { saturated[neuron] += 1 }
                gateBySymbol[Int(token) * neurons + neuron] += gate
            }
        }
    }

    mutating func addStates(_ states: Tensor) {
        let count = states.count / neurons
        var mean = [Double](repeating: 0, count: count)
        for neuron in 0..<neurons {
            for index in 0..<count { mean[index] += Double(states.data[neuron * count + index]) }
        }
        for index in 0..<count { mean[index] /= Double(neurons) }
        for neuron in 0..<neurons {
            let row = states.data + neuron * count
            var neuronSpread = 0.0
            var neuronSize = 0.0
            for index in 0..<count {
                let value = Double(row[index])
                let difference = value - mean[index]
                neuronSpread += difference * difference
                neuronSize += value * value
            }
            spread += neuronSpread
            size += neuronSize
        }
        var product = [Float](repeating: 0, count: neurons * neurons)
        LinearAlgebra.multiply(
            .init(rows: neurons, columns: neurons, inner: count), .init(states.data, stride: count),
            .init(states.data, stride: count, transposed: true), into: &product, stride: neurons)
        for index in gram.indices { gram[index] += Double(product[index]) }
    }

    var diversity: Float { size > 0 ? Float(spread / size) : 0 }

    /// (Σλ)²/Σλ² = trace² / squared Frobenius norm.
    var effectiveNeurons: Float {
        let trace = (0..<neurons).reduce(0.0) { $0 + gram[$1 * neurons + $1] }
        let squares = gram.reduce(0.0) { $0 + $1 * $1 }
        return squares > 0 ? Float(trace * trace / squares) : 0
    }

    func mean(_ sums: [Double], _ count: Int) -> [Float] { sums.map { Float($0 / Double(max(1, count))) } }

    func meanRouting(_ count: Int) -> [Float] { mean(routing, count) }

    /// Standard deviation over characters of each weight averaged over heads.
    func routingSpread(_ count: Int) -> [Float] {
        let total = Double(max(1, count))
        return routingSquares.indices.map { edge in
            let sum = (0..<heads).reduce(0.0) { $0 + routing[$1 * neurons * neurons + edge] }
            let mean = sum / Double(heads) / total
            return Float(max(0, routingSquares[edge] / total - mean * mean).squareRoot())
        }
    }

    func tuning(counts: [Int]) -> [Float] {
        gateBySymbol.indices.map {
            counts[$0 / neurons] > 0 ? Float(gateBySymbol[$0] / Double(counts[$0 / neurons])) : .nan
        }
    }

    /// Entropy of each listener's mean routing row over heads, divided by the largest it could have.
    func entropy(_ count: Int) -> [Float] {
        (0..<neurons).map { listener in
            var entropy = 0.0
            var open = 0
            for speaker in 0..<neurons {
                let sum = (0..<heads).reduce(0.0) { $0 + routing[($1 * neurons + listener) * neurons + speaker] }
                let weight = sum / Double(heads * max(1, count))
                if weight > 0 {
                    entropy -= weight * log(weight)
                    open += 1
                }
            }
            return open > 1 ? Float(entropy / log(Double(open))) : 0
        }
    }

    /// H(E a) − E H(a) of each listener in nats, mean over heads.
    func dynamism(_ count: Int) -> [Float] {
        let total = Double(max(1, count))
        return (0..<neurons).map { listener in
            let sum = (0..<heads).reduce(0.0) { sum, head in
                let row = head * neurons + listener
                let mean = routing[(row * neurons)..<((row + 1) * neurons)].reduce(0.0) { entropy, weight in
                    weight > 0 ? entropy - weight / total * log(weight / total) : entropy
                }
                return sum + mean - entropies[row] / total
            }
            return Float(max(0, sum / Double(heads)))
        }
    }

    func raster(length: Int) -> [Float] {
        rasterGates.isEmpty ? [Float](repeating: 0, count: neurons * length) : rasterGates
    }
}

extension RoutingActivations {
    /// ‖W_O W_V v_j‖ for every neuron and token, `[neurons, tokens]`: how loud a message is before its gate.
    public func messageNorms(outProjection: Parameter) -> [Float] {
        let width = geometry.dModel
        let rows = geometry.rows
        var norms = [Float](repeating: 0, count: geometry.neurons * rows)
        var values = [Float](repeating: 0, count: rows * width)
        var messages = values
        for neuron in 0..<geometry.neurons {
            values.withUnsafeMutableBufferPointer { buffer in
                for token in 0..<rows {
                    (buffer.baseAddress! + token * width).update(
                        from: value(neuron: neuron, token: token), count: width)
                }
            }
            LinearAlgebra.multiply(
                .init(rows: rows, columns: width, inner: width), .init(values, stride: width),
                .init(outProjection.values, stride: width, transposed: true), into: &messages, stride: width)
            for token in 0..<rows {
                var sum: Float = 0
                for index in 0..<width { sum += messages[token * width + index] * messages[token * width + index] }
                norms[neuron * rows + token] = sum.squareRoot()
            }
        }
        return norms
    }

    /// What counts as a neuron's activity, `[neurons, tokens]`: its gate or, without gates, the loudness of its message
    /// relative to its own 95th percentile, scaled so that 0.5 is the firing threshold of 0.2 (docs/MEASURES.md).
    public func activity(messageNorms: [Float]) -> [Float] {
        let rows = geometry.rows
        guard geometry.gate == .off else {
            return (0..<(geometry.neurons * rows)).map { softGate(neuron: $0 / rows, token: $0 % rows) }
        }
        return (0..<geometry.neurons).flatMap { neuron -> [Float] in
            let own = messageNorms[(neuron * rows)..<((neuron + 1) * rows)]
            let sorted = own.sorted()
            let loud = sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, sorted.count * 95 / 100)]
            return own.map { norm in
                let relative = loud > 0 ? min(1, norm / loud) : 0
                return relative <= 0.2 ? relative * 2.5 : 0.5 + (relative - 0.2) * 0.625
            }
        }
    }

    /// What each weight would be if nothing told speakers apart, `[neurons, neurons]`; 0 where an edge is closed.
    var uniformWeights: [Double] {
        if let groups = geometry.activeGroups { return groups.uniformWeights }
        let n = geometry.neurons
        let bias = geometry.edges.scoreBias
        let open = (0..<n).map { listener in (0..<n).count { bias[listener * n + $0] > -.infinity } }
        return bias.indices.map { bias[$0] > -.infinity ? 1 / Double(open[$0 / n]) : 0 }
    }
}
