import CKernels

/// One stream of one neuron through the selective scan.
struct ScanWork {
    private let input: inn_scan_input
    private let output: inn_scan_output
    private let gradient: inn_scan_gradient

    init(steps: Int, channels: Int, states: Int) {
        let delta = floats(steps * channels, scale: 0.02), a = floats(states * channels)
        for index in 0..<(steps * channels) { delta[index] += 0.05 }
        for index in 0..<(states * channels) { a[index] = -Float(1 + index / channels) }
        let bc = floats(steps * 2 * states), dbc = floats(steps * 2 * states), boundaries = floats((steps / 8 + 1) * states * channels)
        input = inn_scan_input(
            steps: Int32(steps), channels: Int32(channels), stateSize: Int32(states), x: floats(steps * channels), xStride: Int32(channels),
            delta: delta, deltaStride: Int32(channels), a: a, b: bc, c: bc + states, bcStride: Int32(2 * states), skip: floats(channels))
        output = inn_scan_output(state: floats(states * channels), boundaries: boundaries, y: floats(steps * channels), yStride: Int32(channels))
        gradient = inn_scan_gradient(
            boundaries: boundaries, dy: floats(steps * channels), dyStride: Int32(channels), dx: floats(steps * channels),
            dxStride: Int32(channels), ddelta: floats(steps * channels), ddeltaStride: Int32(channels), db: dbc, dc: dbc + states,
            dbcStride: Int32(2 * states), da: floats(states * channels), dskip: floats(channels),
            scratch: floats(inn_scan_scratch_floats(Int32(channels), Int32(states))))
    }

    func forward() { withUnsafePointer(to: input) { input in withUnsafePointer(to: output) { inn_scan_forward(input, $0) } } }
    func backward() { withUnsafePointer(to: input) { input in withUnsafePointer(to: gradient) { inn_scan_backward(input, $0) } } }
}

/// A tile of tokens of all neurons through the routing attention.
struct AttentionWork {
    private let input: inn_attention_input
    private let output: inn_attention_output
    private let gradient: inn_attention_gradient

    init(neurons: Int, heads: Int, width: Int, tokens: Int) {
        let projected = floats(neurons * tokens * 3 * width), changes = floats(neurons * tokens * 3 * width)
        let bias = floats(neurons * neurons, scale: 0), mix = floats(neurons * tokens * width)
        for neuron in 0..<neurons { bias[neuron * neurons + neuron] = -.infinity }
        let weights = floats((tokens + 15) / 16 * 16 * heads * neurons * neurons)
        let scratch = floats(inn_attention_scratch_floats(Int32(neurons), Int32(heads), Int32(width / heads)))
        var input = inn_attention_input()
        input.neurons = Int32(neurons)
        input.heads = Int32(heads)
        input.headDim = Int32(width / heads)
        input.tokens = Int32(tokens)
        input.q = UnsafePointer(projected)
        input.k = UnsafePointer(projected + width)
        input.v = UnsafePointer(projected + 2 * width)
        input.neuronStride = tokens * 3 * width
        input.tokenStride = 3 * width
        input.gate = UnsafePointer(floats(neurons * tokens))
        input.gateStride = tokens
        input.scoreBias = UnsafePointer(bias)
        self.input = input
        output = inn_attention_output(mix: mix, mixNeuronStride: tokens * width, mixTokenStride: width, weights: weights, scratch: scratch)
        gradient = inn_attention_gradient(
            weights: weights, dmix: mix, mixNeuronStride: tokens * width, mixTokenStride: width, dq: changes, dk: changes + width,
            dv: changes + 2 * width, dgate: floats(neurons * tokens), dfixed: nil, scratch: scratch)
    }

    func forward() { withUnsafePointer(to: input) { input in withUnsafePointer(to: output) { inn_attention_forward(input, $0) } } }
    func backward() { withUnsafePointer(to: input) { input in withUnsafePointer(to: gradient) { inn_attention_backward(input, $0) } } }
}
