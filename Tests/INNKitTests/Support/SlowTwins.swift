import Foundation

@testable import INNAnalysis
@testable import INNCore

// Operations in double precision, one loop nest per equation, from the values of parameters.

extension Parameter {
    var doubles: [Double] { array.map { Double($0) } }
}

func slowSigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
func slowSiLU(_ x: Double) -> Double { x * slowSigmoid(x) }
func slowSoftplus(_ x: Double) -> Double { max(x, 0) + log1p(exp(-abs(x))) }

/// y = x·Wᵀ + b for `[rows, fanIn]` and `[fanOut, fanIn]`.
func slowLinear(_ x: [Double], _ weight: [Double], bias: [Double]?, fanIn: Int, fanOut: Int) -> [Double] {
    (0..<(x.count / fanIn * fanOut)).map { index in
        let row = index / fanOut
        let out = index % fanOut
        return (0..<fanIn).reduce(bias?[out] ?? 0) { $0 + x[row * fanIn + $1] * weight[out * fanIn + $1] }
    }
}

func slowLayerNorm(_ x: [Double], weight: [Double], bias: [Double]) -> [Double] {
    let width = weight.count
    return stride(from: 0, to: x.count, by: width).flatMap { start -> [Double] in
        let row = x[start..<(start + width)]
        let mean = row.reduce(0, +) / Double(width)
        let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(width)
        return zip(row, zip(weight, bias)).map { ($0 - mean) / (variance + 1e-5).squareRoot() * $1.0 + $1.1 }
    }
}

/// Causal depthwise convolution and SiLU of one stream `[steps, channels]`.
func slowConvSiLU(_ x: [Double], weight: [Double], bias: [Double], steps: Int, taps: Int) -> [Double] {
    let channels = bias.count
    return (0..<(steps * channels)).map { index in
        let step = index / channels
        let channel = index % channels
        return slowSiLU(
            (0..<taps).reduce(bias[channel]) { sum, tap in
                let source = step - taps + 1 + tap
                return source < 0 ? sum : sum + weight[channel * taps + tap] * x[source * channels + channel]
            })
    }
}

/// The selective scan of one stream: `x`, `delta` `[steps, channels]`, `b`, `c` `[steps, stateSize]`, `aLog`
/// `[channels, stateSize]`.
func slowScan(
    _ x: [Double], delta: [Double], b: [Double], c: [Double], aLog: [Double], skip: [Double], stateSize: Int,
    limit: Double
) -> [Double] {
    let channels = skip.count
    var state = [Double](repeating: 0, count: channels * stateSize)
    return x.indices.map { index in
        let step = index / channels
        let channel = index % channels
        let d = min(delta[index], limit)
        var y = skip[channel] * x[index]
        for s in 0..<stateSize {
            let at = channel * stateSize + s
            state[at] = exp(d * -exp(aLog[at])) * state[at] + d * b[step * stateSize + s] * x[index]
            y += c[step * stateSize + s] * state[at]
        }
        return y
    }
}

/// x kept and scaled or dropped, as the counter-based masks decide.
func slowDropout(_ x: [Double], _ dropout: Dropout, first: UInt64 = 0) -> [Double] {
    guard dropout.probability > 0 else { return x }
    let threshold = UInt64(Double(dropout.probability) * 4_294_967_296)
    return x.indices.map { index in
        let bits = RandomSource.scramble(dropout.key &+ (first &+ UInt64(index)) &* 0x9E37_79B9_7F4A_7C15) >> 32
        return bits >= threshold ? x[index] / (1 - Double(dropout.probability)) : 0
    }
}

/// Softmax over the finite values, or over the topK largest of them; zero when there are none.
func slowSoftmax(_ logits: [Double], topK: Int) -> [Double] {
    guard let largest = logits.max(), largest > -.infinity else { return logits.map { _ in 0 } }
    let bound = topK > 0 && topK < logits.count ? logits.sorted(by: >)[topK - 1] : -.infinity
    let powers = logits.map { $0 >= bound ? exp($0 - largest) : 0 }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
}

/// Sizes and options of routing attention in double precision; rows are `[neurons, rows, width]`.
struct SlowAttention {
    var neurons: Int, rows: Int, width: Int, heads: Int
    var edges: EdgeControls
    /// Scores that do not depend on the input, `[heads, neurons, neurons]`.
    var scores: [Double]?
    var topK = 0
    /// In how many blocks of speakers listeners look for their strongest edges; 0 for all scores.
    var searchedBlocks = 0

    /// Routing weights of one listener: softmax over the speakers it can hear, zero when there are none.
    func weights(_ q: [Double], _ k: [Double], row: Int, head: Int, listener: Int) -> [Double] {
        let headDim = width / heads
        func part(_ values: [Double], _ neuron: Int) -> [Double] {
            let start = (neuron * rows + row) * width + head * headDim
            return Array(values[start..<(start + headDim)])
        }
        let compared =
            searchedBlocks == 0
            ? nil
            : SlowSearch(keys: (0..<neurons).map { part(k, $0) }).compared(
                query: part(q, listener), bias: edges.scoreBias[(listener * neurons)..<((listener + 1) * neurons)],
                searched: searchedBlocks, topK: topK)
        let logits = (0..<neurons).map { speaker -> Double in
            if let compared, !compared.contains(speaker) { return -.infinity }
            let bias = Double(edges.scoreBias[listener * neurons + speaker])
            if let scores { return scores[(head * neurons + listener) * neurons + speaker] + bias }
            let dot = (0..<headDim).reduce(0.0) {
                $0 + q[(listener * rows + row) * width + head * headDim + $1]
                    * k[(speaker * rows + row) * width + head * headDim + $1]
            }
            return dot / Double(headDim).squareRoot() + bias
        }
        return slowSoftmax(logits, topK: topK)
    }

    func mix(q: [Double], k: [Double], v: [Double], gate: [Double]?) -> [Double] {
        let headDim = width / heads
        var mix = [Double](repeating: 0, count: neurons * rows * width)
        for row in 0..<rows {
            for head in 0..<heads {
                for listener in 0..<neurons {
                    let weights = weights(q, k, row: row, head: head, listener: listener)
                    for speaker in 0..<neurons {
                        let scale =
                            Double(edges.weightScale?[listener * neurons + speaker] ?? 1)
                            * Double(edges.headScale?[head] ?? 1)
                        let factor = weights[speaker] * scale * (gate?[speaker * rows + row] ?? 1)
                        for column in (head * headDim)..<((head + 1) * headDim) {
                            mix[(listener * rows + row) * width + column] +=
                                factor * v[(speaker * rows + row) * width + column]
                        }
                    }
                }
            }
        }
        return mix
    }
}

extension SlowAttention {
    /// Attention in two levels, from the definition: hubs are means, a group hears them as one more speaker.
    func mixInGroups(_ groups: Int, q: [Double], k: [Double], v: [Double], gate: [Double]?) -> [Double] {
        let headDim = width / heads
        let size = neurons / groups
        func dot(_ a: [Double], _ b: [Double]) -> Double {
            zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } / Double(headDim).squareRoot()
        }
        func sum(_ weights: [Double], _ vectors: [[Double]]) -> [Double] {
            (0..<headDim).map { d in zip(weights, vectors).reduce(0) { $0 + $1.0 * $1.1[d] } }
        }
        var mix = [Double](repeating: 0, count: neurons * rows * width)
        for row in 0..<rows {
            for head in 0..<heads {
                func vectors(_ values: [Double]) -> [[Double]] {
                    (0..<neurons).map { Array(values[(($0 * rows + row) * width + head * headDim)...].prefix(headDim)) }
                }
                let queries = vectors(q)
                let keys = vectors(k)
                let messages = vectors(v).enumerated().map { neuron, message in
                    message.map { $0 * (gate?[neuron * rows + row] ?? 1) }
                }
                func mean(_ group: Int, _ values: [[Double]]) -> [Double] {
                    sum(
                        [Double](repeating: 1 / Double(size), count: size),
                        Array(values[(group * size)..<((group + 1) * size)]))
                }
                let hubKeys = (0..<groups).map { mean($0, keys) }
                let hubMessages = (0..<groups).map { mean($0, messages) }
                for listener in 0..<neurons {
                    let group = listener / size
                    let own = (group * size)..<((group + 1) * size)
                    let hubQuery = mean(group, queries)
                    let far = slowSoftmax(
                        (0..<groups).map { $0 == group ? -.infinity : dot(hubQuery, hubKeys[$0]) }, topK: 0)
                    let near = own.map {
                        dot(queries[listener], keys[$0]) + Double(edges.scoreBias[listener * neurons + $0])
                    }
                    let weights = slowSoftmax(near + [dot(queries[listener], sum(far, hubKeys))], topK: topK)
                    let heard = sum(weights, Array(messages[own]) + [sum(far, hubMessages)])
                    for d in 0..<headDim { mix[(listener * rows + row) * width + head * headDim + d] = heard[d] }
                }
            }
        }
        return mix
    }
}

/// Sigmoid gates of `[neurons, rows, width]` with one or `neurons` weight sets, hardened when asked.
func slowGates(_ x: [Double], weight: [Double], bias: [Double], neurons: Int, width: Int, isHard: Bool) -> [Double] {
    let rows = x.count / neurons / width
    return (0..<(neurons * rows)).map { index in
        let set = bias.count > 1 ? index / rows : 0
        let gate = slowSigmoid((0..<width).reduce(bias[set]) { $0 + x[index * width + $1] * weight[set * width + $1] })
        return isHard ? (gate > 0.5 ? 1 : 0) : gate
    }
}

/// A whole routing step in double precision, every option included.
func slowRoutingStep(
    _ input: [Double], _ p: RoutingParameters, _ g: RoutingGeometry, dropout: Dropout, isResidual: Bool
) -> [Double] {
    var normed = input
    if let weight = p.normWeight, let bias = p.normBias {
        normed = slowLayerNorm(input, weight: weight.doubles, bias: bias.doubles)
    }
    var gate: [Double]?
    if g.gate != .off, let weight = p.gateWeight, let bias = p.gateBias {
        gate = slowGates(
            normed, weight: weight.doubles, bias: bias.doubles, neurons: g.neurons, width: g.dModel,
            isHard: g.gate == .hard)
    }
    let projected = slowLinear(
        normed, p.inProjection.doubles, bias: p.inBias.doubles, fanIn: g.dModel, fanOut: g.projected)
    func column(_ index: Int) -> [Double] {
        (0..<(g.neurons * g.rows * g.dModel)).map {
            projected[$0 / g.dModel * g.projected + index * g.dModel + $0 % g.dModel]
        }
    }
    var attention = SlowAttention(neurons: g.neurons, rows: g.rows, width: g.dModel, heads: g.heads, edges: g.edges)
    let isLearned = g.mode == .learned
    if !isLearned {
        attention.scores = p.staticScores?.doubles ?? [Double](repeating: 0, count: g.heads * g.neurons * g.neurons)
    }
    (attention.topK, attention.searchedBlocks) = (g.topK, g.searchedBlocks)
    let mix =
        g.groups.map {
            attention.mixInGroups($0.count, q: column(0), k: column(1), v: column(2), gate: gate)
        }
        ?? attention.mix(
            q: isLearned ? column(0) : [], k: isLearned ? column(1) : [], v: column(isLearned ? 2 : 0), gate: gate)
    let out = slowDropout(
        slowLinear(mix, p.outProjection.doubles, bias: p.outBias.doubles, fanIn: g.dModel, fanOut: g.dModel), dropout)
    return isResidual ? zip(input, out).map { $0 + $1 } : out
}
