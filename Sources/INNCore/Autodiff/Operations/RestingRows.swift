import CKernels

/// Where neurons rest in one round: a resting neuron leaves its memory as it is, passes its state through and says
/// nothing.
///
/// Whether it rests is known before its memory runs: its activation gate is computed on the memory's *input*. What the
/// gate says after the memory, as the network was trained, is then no longer asked for.
public struct RestingRows: Sendable {
    public let neurons: Int, rows: Int
    /// `[neurons, rows]`.
    private(set) var rests: [Bool]

    public func rests(neuron: Int, row: Int) -> Bool { rests[neuron * rows + row] }

    /// The rows of `range` at which a neuron works, counted from the start of the range; nil when those are all of
    /// them.
    func working(neuron: Int, in range: Range<Int>) -> [Int]? {
        let base = neuron * rows + range.lowerBound
        guard (0..<range.count).contains(where: { rests[base + $0] }) else { return nil }
        return (0..<range.count).filter { !rests[base + $0] }
    }
}

extension RestingRows {
    /// - Parameters:
    ///   - loudness: gates before hardening, `[neurons, rows]`.
    ///   - controls: thresholds, fixed gates and the budget that an intervention sets; 0.5 is the threshold without.
    ///   - isHard: whether the network was trained with hard gates.
    ///   - mayRest: which neurons may rest at all.
    init(
        loudness: UnsafePointer<Float>, neurons: Int, rows: Int, controls: RoutingControls?, isHard: Bool,
        mayRest: [Bool]
    ) {
        (self.neurons, self.rows) = (neurons, rows)
        rests = [Bool](repeating: false, count: neurons * rows)
        // Soft gates have no threshold of their own: a budget alone says who speaks.
        let threshold: Float = isHard || controls?.budget == nil ? 0.5 : -1
        var speaks = [Bool](repeating: true, count: neurons)
        for row in 0..<rows {
            for neuron in 0..<neurons {
                let gate = controls?.gates?[neuron] ?? .own
                speaks[neuron] = gate.lets(loudness[neuron * rows + row], threshold: threshold)
            }
            if let budget = controls?.budget {
                Self.keepLoudest(budget, &speaks) { loudness[$0 * rows + row] }
            }
            for neuron in 0..<neurons where mayRest[neuron] && !speaks[neuron] { rests[neuron * rows + row] = true }
        }
    }

    /// Silences all but the `budget` loudest of those that speak; of equals the lower number stays.
    static func keepLoudest(_ budget: Int, _ speaks: inout [Bool], _ loudness: (Int) -> Float) {
        var left = speaks.count { $0 }
        while left > budget {
            var quietest = -1
            for neuron in speaks.indices
            where speaks[neuron] && (quietest < 0 || loudness(neuron) <= loudness(quietest)) { quietest = neuron }
            speaks[quietest] = false
            left -= 1
        }
    }
}

extension RoutingControls.Gate {
    /// Whether a neuron of this loudness (gate before hardening) speaks.
    ///
    /// - Parameter ownThreshold: for a gate that is as trained.
    fileprivate func lets(_ loudness: Float, threshold ownThreshold: Float) -> Bool {
        switch self {
        case .own: loudness > ownThreshold
        case .fixed(let value): value > 0
        case .hard(let threshold): loudness > threshold
        case .bypassed: true
        }
    }
}

/// What a worker needs to ask one neuron's gate.
private struct LoudnessScratch: BufferLayout {
    struct Sizes {
        let rows: Int, width: Int
    }

    /// `[rows, width]`, then `[rows]` each.
    let normed, mean, deviation: UnsafeMutablePointer<Float>

    init(_ parts: inout BufferParts, _ sizes: Sizes) {
        normed = parts.claim(sizes.rows * sizes.width)
        mean = parts.claim(sizes.rows)
        deviation = parts.claim(sizes.rows)
    }
}

extension Tape {
    /// Which neurons rest at which rows, from the activation gates of `input` before its memory has run.
    ///
    /// - Parameters:
    ///   - input: `[neurons, rows, dModel]`.
    ///   - parameters: norm and gates of the round's routing.
    ///   - isHard: whether the network was trained with hard gates.
    ///   - mayRest: which neurons may rest.
    func restingRows(
        _ input: Tensor, _ parameters: RoutingParameters, controls: RoutingControls?, isHard: Bool, mayRest: [Bool]
    ) -> RestingRows {
        let neurons = input.shape[0]
        let rows = input.shape[1]
        let width = input.shape[2]
        let loudness = workspace.take(neurons * rows)
        timed(.routingStep) {
            withScratch(LoudnessScratch.self, .init(rows: rows, width: width)) { scratch in
                team.run(neurons) { neuron, worker in
                    let own = scratch[worker]
                    let source = input.data + neuron * rows * width
                    if let weight = parameters.normWeight, let bias = parameters.normBias {
                        inn_layer_norm_forward(
                            Int32(rows), Int32(width), source, weight.values, bias.values, LayerNormOperation.epsilon,
                            own.normed, own.mean, own.deviation)
                    } else {
                        own.normed.update(from: source, count: rows * width)
                    }
                    let set = parameters.gateBias!.count > 1 ? neuron : 0
                    inn_gate_forward(
                        Int32(rows), Int32(width), own.normed, parameters.gateWeight!.values + set * width,
                        parameters.gateBias!.values[set], loudness.pointer + neuron * rows)
                }
            }
        }
        let resting = RestingRows(
            loudness: loudness.pointer, neurons: neurons, rows: rows, controls: controls, isHard: isHard,
            mayRest: mayRest)
        workspace.give(loudness)
        return resting
    }
}
