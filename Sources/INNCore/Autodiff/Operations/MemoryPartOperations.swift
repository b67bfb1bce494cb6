import CKernels

// The parts of a memory block as separate operations: the slow twin of ``MemoryBlockOperation`` and the
// building blocks of other state-space models. Sequences are `[…, steps, channels]` with `groups` of streams;
// weights have a leading axis of 1 (shared) or of the groups.

/// Weights for one group of streams out of a parameter with `sets` weight sets.
private func weightSet(_ parameter: Parameter, perSet: Int, stream: Int, streams: Int) -> Int {
    let sets = parameter.count / perSet
    return stream * sets / streams * perSet
}

/// y = SiLU(causal depthwise convolution of x).
struct ConvSiLUOperation {
    let input: Tensor, output: Tensor
    let weight: Parameter, bias: Parameter
    let streams: Int, steps: Int, channels: Int, taps: Int

    func backward(on tape: Tape) {
        guard let gradient = tape.outputGradient(of: output) else { return }
        let inputGradient = tape.gradient(of: input)
        let plane = steps * channels
        let scratch = tape.workspace.take(2 * plane)
        for stream in 0..<streams {
            let set = weightSet(weight, perSet: channels * taps, stream: stream, streams: streams)
            inn_conv_silu_backward(
                Int32(steps), Int32(channels), Int32(taps), input.data + stream * plane, Int32(channels), nil,
                weight.values + set, bias.values + set / taps, gradient + stream * plane, scratch.pointer,
                scratch.pointer + plane, Int32(channels), weight.gradient + set, bias.gradient + set / taps)
            inn_add(plane, inputGradient + stream * plane, scratch.pointer + plane)
        }
        tape.workspace.give(scratch)
        tape.releaseGradient(of: output)
    }
}

/// y = softplus(x + bias), never above `limit` (where the gradient is zero).
struct SoftplusOperation {
    let input: Tensor, output: Tensor
    let bias: Parameter
    let streams: Int
    let limit: Float

    func backward(on tape: Tape) {
        guard let gradient = tape.outputGradient(of: output) else { return }
        let inputGradient = tape.gradient(of: input)
        let width = input.shape.last
        let rows = input.shape.rows / streams
        for stream in 0..<streams {
            let set = weightSet(bias, perSet: width, stream: stream, streams: streams)
            let start = stream * rows * width
            inn_softplus_backward(
                Int32(rows), Int32(width), output.data + start, limit, gradient + start, bias.gradient + set)
        }
        inn_add(input.count, inputGradient, gradient)
        tape.releaseGradient(of: output)
    }
}

/// The selective scan of MODEL's memory, see `inn_scan_input`; delta is clamped to `limit` before use.
struct SelectiveScanOperation {
    let input: Tensor, delta: Tensor, b: Tensor, c: Tensor, output: Tensor
    let aLog: Parameter, skip: Parameter
    let clampedDelta: UnsafeMutablePointer<Float>, boundaries: UnsafeMutablePointer<Float>
    let decayRates: UnsafeMutablePointer<Float>
    let limit: Float
    let streams: Int, steps: Int, channels: Int, stateSize: Int

    func scanInput(_ stream: Int) -> inn_scan_input {
        let plane = steps * channels
        let set = weightSet(aLog, perSet: channels * stateSize, stream: stream, streams: streams)
        return inn_scan_input(
            steps: Int32(steps), channels: Int32(channels), stateSize: Int32(stateSize), x: input.data + stream * plane,
            xStride: Int32(channels), delta: clampedDelta + stream * plane, deltaStride: Int32(channels),
            a: decayRates + set,
            b: b.data + stream * steps * stateSize, c: c.data + stream * steps * stateSize, bcStride: Int32(stateSize),
            skip: skip.values + set / stateSize)
    }

    func backward(on tape: Tape) {
        guard let gradient = tape.outputGradient(of: output) else { return }
        let plane = steps * channels
        let inner = steps * stateSize
        let states = stateSize * channels
        let dx = tape.gradient(of: input)
        let dDelta = tape.gradient(of: delta)
        let db = tape.gradient(of: b)
        let dc = tape.gradient(of: c)
        let scratch = tape.workspace.take(
            2 * plane + 2 * inner + inn_scan_scratch_floats(Int32(channels), Int32(stateSize)))
        let da = tape.workspace.take(states)
        for stream in 0..<streams {
            var scan = scanInput(stream)
            let set = weightSet(aLog, perSet: states, stream: stream, streams: streams)
            let part = scratch.pointer
            da.pointer.update(repeating: 0, count: states)
            var result = inn_scan_gradient(
                boundaries: boundaries + stream * scanBoundaryCount(steps: steps) * states,
                dy: gradient + stream * plane,
                dyStride: Int32(channels), dx: part, dxStride: Int32(channels), ddelta: part + plane,
                ddeltaStride: Int32(channels),
                db: part + 2 * plane, dc: part + 2 * plane + inner, dbcStride: Int32(stateSize), da: da.pointer,
                dskip: skip.gradient + set / stateSize, scratch: part + 2 * plane + 2 * inner)
            inn_scan_backward(&scan, &result)
            addDecayGradient(
                da.pointer, rates: decayRates + set, to: aLog.gradient + set, channels: channels, stateSize: stateSize)
            inn_add(plane, dx + stream * plane, part)
            for index in 0..<plane where delta.data[stream * plane + index] <= limit {
                dDelta[stream * plane + index] += part[plane + index]
            }
            inn_add(inner, db + stream * inner, part + 2 * plane)
            inn_add(inner, dc + stream * inner, part + 2 * plane + inner)
        }
        tape.workspace.give(scratch)
        tape.workspace.give(da)
        tape.releaseGradient(of: output)
    }
}

/// Number of states that the scan's forward pass stores.
func scanBoundaryCount(steps: Int) -> Int { (steps + Int(INN_SCAN_CHUNK) - 1) / Int(INN_SCAN_CHUNK) }

/// d aLog[e][s] += dA[s][e]·A[s][e], because A = −exp(aLog).
func addDecayGradient(
    _ gradient: UnsafePointer<Float>, rates: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>,
    channels: Int, stateSize: Int
) {
    for channel in 0..<channels {
        for state in 0..<stateSize {
            target[channel * stateSize + state] +=
                gradient[state * channels + channel] * rates[state * channels + channel]
        }
    }
}

/// y · SiLU(z).
struct SiLUGateOperation {
    let input: Tensor, gate: Tensor, output: Tensor

    func backward(on tape: Tape) {
        guard let gradient = tape.outputGradient(of: output) else { return }
        let width = input.shape.last
        let scratch = tape.workspace.take(2 * input.count)
        inn_silu_gate_backward(
            Int32(input.shape.rows), Int32(width), input.data, gate.data, Int32(width), gradient, scratch.pointer,
            scratch.pointer + input.count, Int32(width))
        inn_add(input.count, tape.gradient(of: input), scratch.pointer)
        inn_add(input.count, tape.gradient(of: gate), scratch.pointer + input.count)
        tape.workspace.give(scratch)
        tape.releaseGradient(of: output)
    }
}

/// A range of columns of the innermost axis.
struct ColumnsOperation {
    let input: Tensor, output: Tensor
    let first: Int

    func backward(on tape: Tape) {
        guard let gradient = tape.outputGradient(of: output) else { return }
        let inputGradient = tape.gradient(of: input)
        let width = output.shape.last
        let stride = input.shape.last
        for row in 0..<output.shape.rows {
            for column in 0..<width { inputGradient[row * stride + first + column] += gradient[row * width + column] }
        }
        tape.releaseGradient(of: output)
    }
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

    /// softplus(input + bias), clamped to `limit`. `bias` is `[sets, width]`; sets divides the outermost axis.
    public func softplus(_ input: Tensor, bias: Parameter, limit: Float = .infinity) -> Tensor {
        let output = makeTensor(input.shape)
        let width = input.shape.last
        let streams = max(1, bias.count / width)
        let rows = input.shape.rows / streams
        timed(.softplus) {
            output.data.update(from: input.data, count: input.count)
            for stream in 0..<streams {
                inn_softplus_forward(
                    Int32(rows), Int32(width), output.data + stream * rows * width, bias.values + stream * width, limit)
            }
        }
        record(.softplus(SoftplusOperation(input: input, output: output, bias: bias, streams: streams, limit: limit)))
        return output
    }

    /// The selective state-space scan of one or many streams.
    ///
    /// - Parameters:
    ///   - input: x, `[…, steps, channels]`; `delta` has the same shape and is positive.
    ///   - b: `[…, steps, stateSize]`, as is `c`.
    ///   - aLog: `[sets, channels, stateSize]`, A = −exp(aLog); `skip` `[sets, channels]`.
    ///   - limit: delta is clamped to it.
    ///   - lastState: receives the state after the last step, `[streams, stateSize, channels]`.
    public func selectiveScan(
        _ input: Tensor, delta: Tensor, b: Tensor, c: Tensor, aLog: Parameter, skip: Parameter, limit: Float,
        lastState: UnsafeMutablePointer<Float>? = nil
    ) -> Tensor {
        let shape = input.shape
        let steps = shape[shape.rank - 2]
        let channels = shape.last
        let stateSize = b.shape.last
        let streams = input.count / (steps * channels)
        let states = stateSize * channels
        let output = makeTensor(shape)
        let clamped = keep(input.count).pointer
        let rates = keep(aLog.count).pointer
        let boundaries = keep(streams * scanBoundaryCount(steps: steps) * states).pointer
        for index in 0..<input.count { clamped[index] = min(delta.data[index], limit) }
        fillDecayRates(aLog, channels: channels, stateSize: stateSize, into: rates)
        let operation = SelectiveScanOperation(
            input: input, delta: delta, b: b, c: c, output: output, aLog: aLog, skip: skip, clampedDelta: clamped,
            boundaries: boundaries, decayRates: rates, limit: limit, streams: streams, steps: steps, channels: channels,
            stateSize: stateSize)
        timed(.selectiveScan) {
            let state = workspace.take(states)
            for stream in 0..<streams {
                state.pointer.update(repeating: 0, count: states)
                var scan = operation.scanInput(stream)
                var result = inn_scan_output(
                    state: state.pointer, boundaries: boundaries + stream * scanBoundaryCount(steps: steps) * states,
                    y: output.data + stream * steps * channels, yStride: Int32(channels))
                inn_scan_forward(&scan, &result)
                if let lastState { (lastState + stream * states).update(from: state.pointer, count: states) }
            }
            workspace.give(state)
        }
        record(.selectiveScan(operation))
        return output
    }

    /// input · SiLU(gate), same shapes.
    public func siluGate(_ input: Tensor, gate: Tensor) -> Tensor {
        let output = makeTensor(input.shape)
        let width = Int32(input.shape.last)
        timed(.siluGate) {
            inn_silu_gate_forward(Int32(input.shape.rows), width, input.data, gate.data, width, output.data)
        }
        record(.siluGate(SiLUGateOperation(input: input, gate: gate, output: output)))
        return output
    }

    /// The columns `range` of the innermost axis.
    public func columns(_ input: Tensor, _ range: Range<Int>) -> Tensor {
        let output = makeTensor(input.shape.replacingLast(with: range.count))
        let stride = input.shape.last
        timed(.columns) {
            for row in 0..<output.shape.rows {
                (output.data + row * range.count).update(
                    from: input.data + row * stride + range.lowerBound, count: range.count)
            }
        }
        record(.columns(ColumnsOperation(input: input, output: output, first: range.lowerBound)))
        return output
    }
}

/// A = −exp(aLog), turned from `[sets, channels, stateSize]` to `[sets, stateSize, channels]` for lanes across
/// channels.
func fillDecayRates(_ aLog: Parameter, channels: Int, stateSize: Int, into rates: UnsafeMutablePointer<Float>) {
    let states = channels * stateSize
    for set in 0..<(aLog.count / states) {
        let source = aLog.values + set * states
        let target = rates + set * states
        for channel in 0..<channels {
            for state in 0..<stateSize { target[state * channels + channel] = source[channel * stateSize + state] }
        }
        inn_exp(states, target, target)
        for index in 0..<states { target[index] = -target[index] }
    }
}
