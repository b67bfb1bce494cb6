import CKernels

/// y = SiLU(causal depthwise convolution of x).
struct ConvSiLUOperation {
    let input: Tensor, output: Tensor
    let weight: Parameter, bias: Parameter
    let streams: Int, steps: Int, channels: Int, taps: Int

    func backward(on tape: Tape) {
        guard let gradient = tape.outputGradient(of: output) else { return }
        let inputGradient = tape.gradient(of: input)
        let plane = steps * channels
        let (own, part) = (tape.workspace.take(plane), tape.workspace.take(plane))
        for stream in 0..<streams {
            let set = weightSet(weight, perSet: channels * taps, stream: stream, streams: streams)
            inn_conv_silu_backward(
                Int32(steps), Int32(channels), Int32(taps), input.data + stream * plane, Int32(channels), nil,
                weight.values + set, bias.values + set / taps, gradient + stream * plane, own.pointer,
                part.pointer, Int32(channels), weight.gradient + set, bias.gradient + set / taps)
            inn_add(plane, inputGradient + stream * plane, part.pointer)
        }
        for buffer in [own, part] { tape.workspace.give(buffer) }
        tape.releaseGradient(of: output)
    }
}

/// Weights for one group of streams out of a parameter with `sets` weight sets.
func weightSet(_ parameter: Parameter, perSet: Int, stream: Int, streams: Int) -> Int {
    let sets = parameter.count / perSet
    return stream * sets / streams * perSet
}

extension Tape {
    /// Causal depthwise convolution, then SiLU.
    ///
    /// - Parameters:
    ///   - input: `[…, steps, channels]`.
    ///   - weight: `[sets, channels, taps]`; the last tap multiplies the current step. sets divides the number of
    ///     streams.
    ///   - bias: `[sets, channels]`.
    public func convSiLU(_ input: Tensor, weight: Parameter, bias: Parameter) -> Tensor {
        let shape = input.shape
        let steps = shape[shape.rank - 2]
        let channels = shape.last
        let taps = weight.shape.last
        let streams = input.count / (steps * channels)
        let output = makeTensor(shape)
        let plane = steps * channels
        timed(.convSiLU) {
            for stream in 0..<streams {
                let set = weightSet(weight, perSet: channels * taps, stream: stream, streams: streams)
                inn_conv_silu_forward(
                    Int32(steps), Int32(channels), Int32(taps), input.data + stream * plane, Int32(channels), nil,
                    weight.values + set, bias.values + set / taps, nil, output.data + stream * plane)
            }
        }
        record(
            .convSiLU(
                ConvSiLUOperation(
                    input: input, output: output, weight: weight, bias: bias, streams: streams, steps: steps,
                    channels: channels, taps: taps)))
        return output
    }
}
