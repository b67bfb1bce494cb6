import CKernelTables
import CKernels

@testable import INNCore

extension Kernels {
    /// Sizes and options of one call of the attention kernels.
    struct Attention: Sendable {
        var neurons: Int, heads: Int, headDim: Int, tokens: Int
        var isFixed = false, isGated = true, hasScales = false, hasDeafListener = false, hasSilence = false
        var topK = 0
        /// In how many blocks of speakers listeners look for the strongest edges; 0 for not.
        var searched = 0
        /// Whether scores have a bias besides the closed edges.
        var isBiased = true

        var width: Int { heads * headDim }
        var name: String {
            let options = [
                isFixed ? "fixed" : nil, isGated ? "gated" : nil, hasScales ? "scales" : nil,
                hasDeafListener ? "deaf listener" : nil, hasSilence ? "silence" : nil, topK > 0 ? "top \(topK)" : nil,
                searched > 0 ? "in \(searched) blocks" : nil, isBiased ? nil : "no bias",
            ]
            let sizes = "\(neurons) neurons, \(heads)×\(headDim), \(tokens) tokens"
            return ([sizes] + options.compactMap { $0 }).joined(separator: ", ")
        }

        func input(_ make: KernelInputs) -> inn_attention_input {
            let tokenStride = 3 * width + 1
            let neuronStride = tokens * tokenStride + 2
            let projected = make.normal(neurons * neuronStride)
            let bias = make.normal(neurons * neurons, scale: isBiased ? 0.5 : 0)
            for neuron in 0..<neurons where neurons > 1 { bias[neuron * neurons + neuron] = -.infinity }
            for speaker in 0..<neurons where hasDeafListener { bias[speaker] = -.infinity }
            let fixed = isFixed ? make.positive(heads * neurons * neurons, upTo: 1) : nil
            let gate = isGated ? make.positive(neurons * (tokens + 1), upTo: 1) : nil
            for neuron in stride(from: 0, to: neurons, by: 2) where hasSilence {
                for token in 0..<tokens { gate![neuron * (tokens + 1) + token] = 0 }
            }
            return inn_attention_input(
                neurons: Int32(neurons), heads: Int32(heads), headDim: Int32(headDim), tokens: Int32(tokens),
                q: isFixed ? nil : UnsafePointer(projected), k: isFixed ? nil : UnsafePointer(projected + width),
                v: projected + 2 * width,
                neuronStride: neuronStride, tokenStride: tokenStride,
                gate: gate.map { UnsafePointer($0) }, gateStride: tokens + 1, scoreBias: bias,
                edgeScale: hasScales ? UnsafePointer(make.normal(neurons * neurons)) : nil,
                fixed: fixed.map { UnsafePointer($0) },
                headScale: hasScales ? UnsafePointer(make.normal(heads)) : nil, topK: Int32(topK))
        }

        var mixTokenStride: Int { width + 1 }
        var mixNeuronStride: Int { tokens * mixTokenStride + 3 }
        var weightCount: Int { RoutingWeights.count(tokens: tokens, heads: heads, neurons: neurons) }
        func scratch(_ make: KernelInputs) -> UnsafeMutablePointer<Float> {
            make.scratch(inn_attention_scratch_floats(Int32(neurons), Int32(heads), Int32(headDim)))
        }

        func forward(_ table: inn_kernel_table, _ make: KernelInputs, _ input: inout inn_attention_input) -> [Floats] {
            let mix = make.output(neurons * mixNeuronStride)
            let weights = make.output(weightCount)
            var output = inn_attention_output(
                mix: mix.pointer, mixNeuronStride: mixNeuronStride, mixTokenStride: mixTokenStride,
                weights: weights.pointer, rows: nil, scratch: scratch(make))
            table.attention_forward(&input, &output)
            return [mix, weights]
        }

        func backward(_ table: inn_kernel_table, _ make: KernelInputs) -> [Floats] {
            var input = input(make)
            let weights = forward(inn_kernel_table_named("reference")!.pointee, make, &input)[1]
            let projected = make.output(neurons * input.neuronStride)
            let gates = make.output(neurons * (tokens + 1))
            let fixed = make.output(heads * neurons * neurons)
            var gradient = inn_attention_gradient(
                weights: weights.pointer, rows: nil, mix: nil, dmix: make.normal(neurons * mixNeuronStride),
                mixNeuronStride: mixNeuronStride,
                mixTokenStride: mixTokenStride, dq: isFixed ? nil : projected.pointer,
                dk: isFixed ? nil : projected.pointer + width,
                dv: projected.pointer + 2 * width, dgate: isGated ? gates.pointer : nil,
                dfixed: isFixed ? fixed.pointer : nil, scratch: scratch(make))
            table.attention_backward(&input, &gradient)
            return [projected, gates, fixed]
        }

        /// The mix of one token whose weights nobody needs.
        private var forgetfulCases: [KernelCase] {
            guard tokens == 1, topK == 0 else { return [] }
            return [
                KernelCase("attention_forward", name + ", no weights") { table, make in
                    var input = input(make)
                    let mix = make.output(neurons * mixNeuronStride)
                    var output = inn_attention_output(
                        mix: mix.pointer, mixNeuronStride: mixNeuronStride, mixTokenStride: mixTokenStride,
                        weights: nil, rows: nil, scratch: scratch(make))
                    table.attention_forward(&input, &output)
                    return [mix]
                }
            ]
        }

        var cases: [KernelCase] {
            forgetfulCases + [
                KernelCase("attention_forward", name) { table, make in
                    var input = input(make)
                    return forward(table, make, &input)
                },
                KernelCase("attention_backward", name) { table, make in backward(table, make) },
            ]
        }
    }

    static let attentions: [KernelCase] = attentionShapes.flatMap { $0.cases }

    static let attentionShapes = [
        Attention(neurons: 1, heads: 1, headDim: 5, tokens: 1), Attention(neurons: 2, heads: 2, headDim: 3, tokens: 7),
        Attention(neurons: 3, heads: 3, headDim: 8, tokens: 8, isGated: false),
        Attention(neurons: 5, heads: 1, headDim: 17, tokens: 15),
        Attention(neurons: 4, heads: 2, headDim: 9, tokens: 16),
        Attention(neurons: 9, heads: 2, headDim: 4, tokens: 17),
        Attention(neurons: 5, heads: 2, headDim: 7, tokens: 37, hasScales: true),
        Attention(neurons: 6, heads: 1, headDim: 16, tokens: 33),
        Attention(neurons: 3, heads: 2, headDim: 5, tokens: 21, hasDeafListener: true),
        Attention(neurons: 3, heads: 2, headDim: 5, tokens: 21, isFixed: true),
        Attention(neurons: 5, heads: 1, headDim: 3, tokens: 9, isFixed: true, isGated: false, hasScales: true),
        Attention(neurons: 9, heads: 2, headDim: 4, tokens: 17, topK: 3),
        Attention(neurons: 5, heads: 2, headDim: 7, tokens: 37, hasScales: true, topK: 1),
        Attention(neurons: 3, heads: 2, headDim: 5, tokens: 21, hasDeafListener: true, topK: 2),
        // One token has a form of its own.
        Attention(neurons: 16, heads: 2, headDim: 16, tokens: 1, hasSilence: true),
        Attention(neurons: 19, heads: 2, headDim: 17, tokens: 1, isGated: false, hasScales: true),
        Attention(
            neurons: 5, heads: 3, headDim: 4, tokens: 1, hasScales: true, hasDeafListener: true, hasSilence: true),
        Attention(neurons: 7, heads: 2, headDim: 9, tokens: 1, isFixed: true, hasScales: true),
        Attention(neurons: 4, heads: 1, headDim: 3, tokens: 1, topK: 2),
        // More than there are to choose from.
        Attention(neurons: 4, heads: 1, headDim: 3, tokens: 9, topK: 7),
    ]
}
