import CKernels

@testable import INNCore

// What only the twin of the memory block is made of. Sequences are `[…, steps, channels]` with streams one after the
// other; weights have a leading axis of 1 (shared) or of a divisor of the streams.

/// y = softplus(x + bias), never above `limit` (where the gradient is zero).
private struct SoftplusOperation: ForeignOperation {
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
private struct SelectiveScanOperation: ForeignOperation {
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
        let sizes = [plane, plane, inner, inner, states, inn_scan_scratch_floats(Int32(channels), Int32(stateSize))]
        let parts = sizes.map { tape.workspace.take($0) }
        let (part, partDelta, partB, partC, da) = (
            parts[0].pointer, parts[1].pointer, parts[2].pointer, parts[3].pointer, parts[4].pointer
        )
        for stream in 0..<streams {
            var scan = scanInput(stream)
            let set = weightSet(aLog, perSet: states, stream: stream, streams: streams)
            da.update(repeating: 0, count: states)
            var result = inn_scan_gradient(
                boundaries: boundaries + stream * scanBoundaryCount(steps: steps) * states,
                dy: gradient + stream * plane,
                dyStride: Int32(channels), dx: part, dxStride: Int32(channels), ddelta: partDelta,
                ddeltaStride: Int32(channels),
                db: partB, dc: partC, dbcStride: Int32(stateSize), da: da,
                dskip: skip.gradient + set / stateSize, scratch: parts[5].pointer)
            inn_scan_backward(&scan, &result)
            addDecayGradient(
                da, rates: decayRates + set, to: aLog.gradient + set, channels: channels, stateSize: stateSize)
            inn_add(plane, dx + stream * plane, part)
            for index in 0..<plane where delta.data[stream * plane + index] <= limit {
                dDelta[stream * plane + index] += partDelta[index]
            }
            inn_add(inner, db + stream * inner, partB)
            inn_add(inner, dc + stream * inner, partC)
        }
        for buffer in parts { tape.workspace.give(buffer) }
        tape.releaseGradient(of: output)
    }
}

/// A range of columns of the innermost axis.
private struct ColumnsOperation: ForeignOperation {
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
    /// softplus(input + bias), clamped to `limit`. `bias` is `[sets, width]`; sets divides the outermost axis.
    func softplus(_ input: Tensor, bias: Parameter, limit: Float = .infinity) -> Tensor {
        let output = makeTensor(input.shape)
        let width = input.shape.last
        let streams = max(1, bias.count / width)
        let rows = input.shape.rows / streams
        output.data.update(from: input.data, count: input.count)
        for stream in 0..<streams {
            inn_softplus_forward(
                Int32(rows), Int32(width), output.data + stream * rows * width, bias.values + stream * width, limit)
        }
        record(.foreign(SoftplusOperation(input: input, output: output, bias: bias, streams: streams, limit: limit)))
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
    func selectiveScan(
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
        record(.foreign(operation))
        return output
    }

    /// The columns `range` of the innermost axis.
    func columns(_ input: Tensor, _ range: Range<Int>) -> Tensor {
        let output = makeTensor(input.shape.replacingLast(with: range.count))
        let stride = input.shape.last
        for row in 0..<output.shape.rows {
            (output.data + row * range.count).update(
                from: input.data + row * stride + range.lowerBound, count: range.count)
        }
        record(.foreign(ColumnsOperation(input: input, output: output, first: range.lowerBound)))
        return output
    }
}
