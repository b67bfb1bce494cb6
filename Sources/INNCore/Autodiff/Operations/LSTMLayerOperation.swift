import CKernels

/// The trained tensors of one LSTM layer, as in PyTorch's LSTM: gates are stacked in the order i, f, g, o.
public struct LSTMParameters: Sendable {
    /// `[4·hidden, fanIn]`.
    public let inputWeight: Parameter
    /// `[4·hidden, hidden]`.
    public let recurrentWeight: Parameter
    /// `[4·hidden]` each; both are added.
    public let inputBias: Parameter, recurrentBias: Parameter
}

/// One LSTM layer over a piece of text. The product with the inputs is made at once for all steps; then every group of
/// streams goes through its steps by itself: a product with the states before, and the gates. BLAS would lay out the
/// recurrent weights again at every step, for a handful of rows; here that is done once.
///
/// Twin: a loop over steps and units in the tests.
struct LSTMLayerOperation {
    let input: Tensor, output: Tensor
    let parameters: LSTMParameters
    let batchSize: Int, steps: Int, hidden: Int
    /// i, f, g, o after their functions, `[batchSize·steps, 4·hidden]`.
    let gates: UnsafeMutablePointer<Float>
    /// Cells before each step and after the last, `[batchSize, steps + 1, hidden]`.
    let cells: UnsafeMutablePointer<Float>
    /// Hidden states before the first step, `[batchSize, hidden]`.
    let initialHidden: UnsafePointer<Float>

    /// Streams that go through their steps together: the same whatever the number of threads, so that bits do not
    /// depend on it. Two groups keep two cores busy; more streams per group make better use of the recurrent weights.
    static func groupSize(batchSize: Int) -> Int { min(8, max(1, (batchSize + 1) / 2)) }

    private var groupSize: Int { Self.groupSize(batchSize: batchSize) }
    private var groups: Int { (batchSize + groupSize - 1) / groupSize }
    private var fanIn: Int { input.shape.last }

    private func streams(_ group: Int) -> Range<Int> { (group * groupSize)..<min(batchSize, (group + 1) * groupSize) }

    // MARK: Forward

    func forward(on tape: Tape) {
        let rows = batchSize * steps
        let width = 4 * hidden
        let chunks = productChunks(rows)
        tape.team.run(chunks) { chunk, _ in
            let range = chunkRange(chunk, of: chunks, count: rows)
            let target = gates + range.lowerBound * width
            LinearAlgebra.multiply(
                .init(rows: range.count, columns: width, inner: fanIn),
                .init(input.data + range.lowerBound * fanIn, stride: fanIn),
                .init(parameters.inputWeight.values, stride: fanIn, transposed: true), into: target, stride: width)
            inn_add_bias(Int32(range.count), Int32(width), target, parameters.inputBias.values)
            inn_add_bias(Int32(range.count), Int32(width), target, parameters.recurrentBias.values)
        }
        let panels = takePanels(tape, inner: hidden, columns: width, innerStride: 1, columnStride: hidden)
        tape.team.run(groups) { group, _ in
            for step in 0..<steps { advance(streams(group), step, panels?.pointer) }
        }
        if let panels { tape.workspace.give(panels) }
    }

    /// The recurrent weights as `panel_product` reads them; nil where too few steps follow to make up for the work of
    /// laying them out.
    private func takePanels(
        _ tape: Tape, inner: Int, columns: Int, innerStride: Int, columnStride: Int
    ) -> Workspace.Buffer? {
        guard steps >= 8 else { return nil }
        let panel = Int(INN_PANEL)
        let panels = tape.workspace.take((columns + panel - 1) / panel * panel * inner)
        inn_pack_panels(
            Int32(inner), Int32(columns), parameters.recurrentWeight.values, innerStride, columnStride, panels.pointer)
        return panels
    }

    private func advance(_ streams: Range<Int>, _ step: Int, _ panels: UnsafePointer<Float>?) {
        let first = streams.lowerBound
        let width = 4 * hidden
        let target = gates + (first * steps + step) * width
        let before =
            step == 0
            ? initialHidden + first * hidden : UnsafePointer(output.data + (first * steps + step - 1) * hidden)
        let stride = step == 0 ? hidden : steps * hidden
        if let panels {
            inn_panel_product(
                Int32(streams.count), Int32(hidden), Int32(width), before, stride, panels, target, steps * width, 1)
        } else {
            LinearAlgebra.multiply(
                .init(rows: streams.count, columns: width, inner: hidden), .init(before, stride: stride),
                .init(parameters.recurrentWeight.values, stride: hidden, transposed: true), into: target,
                stride: steps * width, accumulates: true)
        }
        for stream in streams {
            let row = stream * steps + step
            let cell = cells + (stream * (steps + 1) + step) * hidden
            inn_lstm_gates_forward(Int32(hidden), gates + row * width, cell, cell + hidden, output.data + row * hidden)
        }
    }

    // MARK: Backward

    func backward(on tape: Tape) {
        guard let upstream = tape.outputGradient(of: output) else { return }
        let rows = batchSize * steps
        let width = 4 * hidden
        let gateGradients = tape.workspace.take(rows * width)
        let carriedBuffer = tape.workspace.takeZeros(LSTMCarriedGradients.count(batchSize * hidden))
        let carried = LSTMCarriedGradients(carriedBuffer.parts, batchSize * hidden)
        let inputGradient = tape.gradient(of: input)
        let panels = takePanels(tape, inner: width, columns: hidden, innerStride: hidden, columnStride: 1)
        tape.team.run(groups) { group, _ in
            for step in (0..<steps).reversed() {
                retreat(streams(group), step, upstream, gateGradients.pointer, carried, panels?.pointer)
            }
        }
        if let panels { tape.workspace.give(panels) }
        let rowChunks = productChunks(rows)
        let gateChunks = productChunks(width)
        tape.team.run(rowChunks) { chunk, _ in
            let range = chunkRange(chunk, of: rowChunks, count: rows)
            LinearAlgebra.multiply(
                .init(rows: range.count, columns: fanIn, inner: width),
                .init(gateGradients.pointer + range.lowerBound * width, stride: width),
                .init(parameters.inputWeight.values, stride: fanIn), into: inputGradient + range.lowerBound * fanIn,
                stride: fanIn, accumulates: true)
        }
        tape.team.run(gateChunks) { chunk, _ in
            addWeightGradients(chunkRange(chunk, of: gateChunks, count: width), gateGradients.pointer)
        }
        tape.workspace.give(gateGradients)
        tape.workspace.give(carriedBuffer)
        tape.releaseGradient(of: output)
    }

    /// One step back through time.
    private func retreat(
        _ streams: Range<Int>, _ step: Int, _ upstream: UnsafePointer<Float>,
        _ gateGradients: UnsafeMutablePointer<Float>,
        _ carried: LSTMCarriedGradients, _ panels: UnsafePointer<Float>?
    ) {
        let width = 4 * hidden
        let first = streams.lowerBound
        let (hiddenGradients, cellGradients) = (carried.hidden, carried.cell)
        for stream in streams {
            let row = stream * steps + step
            let cell = cells + (stream * (steps + 1) + step) * hidden
            inn_add(hidden, hiddenGradients + stream * hidden, upstream + row * hidden)
            inn_lstm_gates_backward(
                Int32(hidden), gates + row * width, cell, cell + hidden, hiddenGradients + stream * hidden,
                cellGradients + stream * hidden,
                gateGradients + row * width)
        }
        let own = gateGradients + (first * steps + step) * width
        let target = hiddenGradients + first * hidden
        if let panels {
            inn_panel_product(
                Int32(streams.count), Int32(width), Int32(hidden), own, steps * width, panels, target, hidden, 0)
        } else {
            LinearAlgebra.multiply(
                .init(rows: streams.count, columns: hidden, inner: width), .init(own, stride: steps * width),
                .init(parameters.recurrentWeight.values, stride: hidden), into: target, stride: hidden)
        }
    }

    /// The gradients of some rows of the weights, over all steps at once.
    private func addWeightGradients(_ range: Range<Int>, _ gateGradients: UnsafePointer<Float>) {
        let width = 4 * hidden
        let rows = batchSize * steps
        let own = gateGradients + range.lowerBound
        LinearAlgebra.multiply(
            .init(rows: range.count, columns: fanIn, inner: rows), .init(own, stride: width, transposed: true),
            .init(input.data, stride: fanIn),
            into: parameters.inputWeight.gradient + range.lowerBound * fanIn, stride: fanIn, accumulates: true)
        let target = parameters.recurrentWeight.gradient + range.lowerBound * hidden
        LinearAlgebra.multiply(
            .init(rows: range.count, columns: hidden, inner: batchSize),
            .init(own, stride: steps * width, transposed: true),
            .init(initialHidden, stride: hidden), into: target, stride: hidden, accumulates: true)
        for stream in 0..<batchSize where steps > 1 {
            LinearAlgebra.multiply(
                .init(rows: range.count, columns: hidden, inner: steps - 1),
                .init(own + (stream * steps + 1) * width, stride: width, transposed: true),
                .init(output.data + stream * steps * hidden, stride: hidden), into: target, stride: hidden,
                accumulates: true)
        }
        for bias in [parameters.inputBias, parameters.recurrentBias] {
            inn_add_column_sums(Int32(rows), Int32(range.count), own, Int32(width), bias.gradient + range.lowerBound)
        }
    }
}

/// Gradients that go from a step to the one before it, `[batchSize, hidden]` each; laid out by their size.
private struct LSTMCarriedGradients: BufferLayout {
    let hidden, cell: UnsafeMutablePointer<Float>

    init(_ parts: inout BufferParts, _ count: Int) {
        hidden = parts.claim(count)
        cell = parts.claim(count)
    }
}

/// Into how many parts a product's rows are cut: a function of their number alone, so that bits do not depend on
/// threads.
func productChunks(_ rows: Int) -> Int { min(8, max(1, rows / 64)) }

extension Tape {
    /// Runs one LSTM layer.
    ///
    /// - Parameters:
    ///   - input: `[…, batchSize·steps, fanIn]`, streams contiguous in time.
    ///   - state: hidden states, then cells, `[2, batchSize, hidden]`; read at the start and replaced at the end; nil
    ///     starts from zero and keeps nothing. No gradient flows through it.
    /// - Returns: hidden states, `[…, batchSize·steps, hidden]`.
    public func lstmLayer(
        _ input: Tensor, _ parameters: LSTMParameters, batchSize: Int, steps: Int,
        state: UnsafeMutablePointer<Float>? = nil
    ) -> Tensor {
        let hidden = parameters.recurrentWeight.shape[1]
        let count = batchSize * hidden
        precondition(
            input.shape.rows == batchSize * steps,
            "lstmLayer: \(input.shape) does not hold \(batchSize) × \(steps) rows")
        let output = makeTensor(input.shape.replacingLast(with: hidden))
        let gates = keep(batchSize * steps * 4 * hidden).pointer
        let cells = keep(batchSize * (steps + 1) * hidden).pointer
        let initialHidden = keepZeros(count).pointer
        if let state { initialHidden.update(from: state, count: count) }
        for stream in 0..<batchSize {
            let cell = cells + stream * (steps + 1) * hidden
            if let state {
                cell.update(from: state + count + stream * hidden, count: hidden)
            } else {
                cell.update(repeating: 0, count: hidden)
            }
        }
        let operation = LSTMLayerOperation(
            input: input, output: output, parameters: parameters, batchSize: batchSize, steps: steps, hidden: hidden,
            gates: gates, cells: cells,
            initialHidden: initialHidden)
        timed(.lstmLayer) { operation.forward(on: self) }
        if let state {
            for stream in 0..<batchSize {
                (state + stream * hidden).update(
                    from: output.data + (stream * steps + steps - 1) * hidden, count: hidden)
                (state + count + stream * hidden).update(
                    from: cells + (stream * (steps + 1) + steps) * hidden, count: hidden)
            }
        }
        record(.lstmLayer(operation))
        return output
    }
}
