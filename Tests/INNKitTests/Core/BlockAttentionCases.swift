import CKernelTables
import CKernels

@testable import INNCore

/// The forms of attention that store no weights.
extension Kernels.Attention {
    var rowCount: Int { RoutingWeights.count(tokens: tokens, heads: heads, neurons: 1) * 2 * neurons }
    private func streamScratch(_ make: KernelInputs) -> UnsafeMutablePointer<Float> {
        make.scratch(inn_attention_stream_scratch_floats(Int32(neurons), Int32(headDim)))
    }

    private func streamForward(
        _ table: inn_kernel_table, _ make: KernelInputs, _ input: inout inn_attention_input
    ) -> [Floats] {
        let mix = make.output(neurons * mixNeuronStride)
        let rows = make.output(rowCount)
        var output = inn_attention_output(
            mix: mix.pointer, mixNeuronStride: mixNeuronStride, mixTokenStride: mixTokenStride, weights: nil,
            rows: rows.pointer, scratch: streamScratch(make))
        table.attention_stream_forward(&input, &output)
        return [mix, rows]
    }

    private static var reference: inn_kernel_table { inn_kernel_table_named("reference")!.pointee }

    private func streamWeights(_ table: inn_kernel_table, _ make: KernelInputs) -> [Floats] {
        var input = input(make)
        let rows = streamForward(Self.reference, make, &input)[1]
        let weights = make.output(weightCount)
        table.attention_stream_weights(&input, rows.pointer, weights.pointer, streamScratch(make))
        return [weights]
    }

    /// Where a backward pass puts its gradients, and all of that.
    private func gradient(
        _ make: KernelInputs, _ input: inn_attention_input, mix: Floats
    ) -> (inn_attention_gradient, [Floats]) {
        let projected = make.output(neurons * input.neuronStride)
        let gates = make.output(neurons * (tokens + 1))
        let fixed = make.output(heads * neurons * neurons)
        let gradient = inn_attention_gradient(
            weights: nil, rows: nil, mix: mix.pointer, dmix: make.normal(neurons * mixNeuronStride),
            mixNeuronStride: mixNeuronStride, mixTokenStride: mixTokenStride, dq: isFixed ? nil : projected.pointer,
            dk: isFixed ? nil : projected.pointer + width, dv: projected.pointer + 2 * width,
            dgate: isGated ? gates.pointer : nil, dfixed: isFixed ? fixed.pointer : nil,
            scratch: make.scratch(
                inn_attention_stream_scratch_floats(Int32(neurons), Int32(headDim))
                    + inn_attention_chosen_scratch_floats(Int32(neurons), Int32(headDim))))
        return (gradient, [projected, gates, fixed])
    }

    private func streamBackward(_ table: inn_kernel_table, _ make: KernelInputs) -> [Floats] {
        var input = input(make)
        let made = streamForward(Self.reference, make, &input)
        var (gradient, outputs) = gradient(make, input, mix: made[0])
        gradient.rows = UnsafePointer(made[1].pointer)
        table.attention_stream_backward(&input, &gradient)
        return outputs
    }

    // MARK: Chosen edges

    /// Edges with room for all, and what the choice returned.
    private func choose(
        _ table: inn_kernel_table, _ make: KernelInputs, _ input: inout inn_attention_input, room: Int
    ) -> (edges: inn_attention_edges, most: Int, speakers: UnsafeMutableBufferPointer<Int32>, weights: Floats) {
        let count = tokens * heads * neurons * room
        let speakers = UnsafeMutableBufferPointer(start: make.targets(count, below: neurons), count: count)
        let weights = make.output(count)
        var edges = inn_attention_edges(
            capacity: Int32(room), speakers: speakers.baseAddress!, weights: weights.pointer)
        let scratch = make.scratch(
            searched > 0
                ? inn_attention_search_scratch_floats(Int32(neurons), Int32(headDim), Int32(topK))
                : inn_attention_choose_scratch_floats(Int32(neurons), Int32(headDim), Int32(topK), Int32(room)))
        let most =
            searched > 0
            ? table.attention_search(&input, &edges, Int32(searched), scratch)
            : table.attention_choose(&input, &edges, scratch)
        return (edges, Int(most), speakers, weights)
    }

    private func chosenEdges(_ table: inn_kernel_table, _ make: KernelInputs) -> [Floats] {
        var input = input(make)
        let chosen = choose(table, make, &input, room: topK)
        let others = make.output(chosen.speakers.count + 1)
        for (index, speaker) in chosen.speakers.enumerated() { others.pointer[index] = Float(speaker) }
        others.pointer[chosen.speakers.count] = Float(chosen.most)
        return [chosen.weights, others]
    }

    private func chosenForward(
        _ table: inn_kernel_table, _ make: KernelInputs, _ input: inout inn_attention_input,
        _ edges: inout inn_attention_edges
    ) -> [Floats] {
        let mix = make.output(neurons * mixNeuronStride)
        var output = inn_attention_output(
            mix: mix.pointer, mixNeuronStride: mixNeuronStride, mixTokenStride: mixTokenStride, weights: nil,
            rows: nil, scratch: make.scratch(inn_attention_chosen_scratch_floats(Int32(neurons), Int32(headDim))))
        table.attention_chosen_forward(&input, &edges, &output)
        return [mix]
    }

    private func chosenBackward(_ table: inn_kernel_table, _ make: KernelInputs) -> [Floats] {
        var input = input(make)
        var edges = choose(Self.reference, make, &input, room: topK + 2).edges
        let mix = chosenForward(Self.reference, make, &input, &edges)[0]
        var (gradient, outputs) = gradient(make, input, mix: mix)
        table.attention_chosen_backward(&input, &edges, &gradient)
        return outputs
    }

    var blockCases: [KernelCase] {
        guard topK > 0 else {
            return [
                KernelCase("attention_stream_forward", name) { table, make in
                    var input = input(make)
                    return streamForward(table, make, &input)
                },
                KernelCase("attention_stream_backward", name) { table, make in streamBackward(table, make) },
                KernelCase("attention_stream_weights", name) { table, make in streamWeights(table, make) },
            ]
        }
        guard searched == 0 else {
            return [KernelCase("attention_search", name) { table, make in chosenEdges(table, make) }]
        }
        return [
            KernelCase("attention_choose", name) { table, make in chosenEdges(table, make) },
            KernelCase("attention_chosen_forward", name) { table, make in
                var input = input(make)
                var edges = choose(Self.reference, make, &input, room: topK + 1).edges
                return chosenForward(table, make, &input, &edges)
            },
            KernelCase("attention_chosen_backward", name) { table, make in chosenBackward(table, make) },
        ]
    }
}

extension Kernels {
    static let blockAttentions: [KernelCase] =
        (attentionShapes + [
            // Beyond one block of listeners and speakers, and of candidates.
            Attention(neurons: 41, heads: 2, headDim: 8, tokens: 5, hasScales: true),
            Attention(neurons: 67, heads: 1, headDim: 4, tokens: 19, hasDeafListener: true),
            Attention(neurons: 35, heads: 2, headDim: 3, tokens: 16, isFixed: true, hasScales: true),
            Attention(neurons: 67, heads: 2, headDim: 5, tokens: 17, hasDeafListener: true, topK: 2),
            Attention(neurons: 40, heads: 1, headDim: 16, tokens: 4, hasScales: true, topK: 12),
            Attention(neurons: 9, heads: 2, headDim: 4, tokens: 3, topK: 3, searched: 1, isBiased: false),
            Attention(neurons: 67, heads: 2, headDim: 5, tokens: 3, topK: 3, searched: 2, isBiased: false),
            Attention(neurons: 130, heads: 1, headDim: 8, tokens: 2, topK: 8, searched: 4, isBiased: false),
            Attention(neurons: 50, heads: 1, headDim: 17, tokens: 2, topK: 1, searched: 9, isBiased: false),
            Attention(neurons: 67, heads: 2, headDim: 5, tokens: 3, hasDeafListener: true, topK: 3, searched: 2),
            // The blocks that are looked into have too few edges.
            Attention(neurons: 66, heads: 1, headDim: 6, tokens: 2, topK: 20, searched: 1, isBiased: false),
            Attention(neurons: 66, heads: 1, headDim: 6, tokens: 2, hasDeafListener: true, topK: 30, searched: 1),
        ]).flatMap { $0.blockCases }
}
