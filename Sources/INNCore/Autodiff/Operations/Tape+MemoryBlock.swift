extension Tape {
    /// Runs the memory of every neuron over a piece of text.
    ///
    /// - Parameters:
    ///   - input: `[neurons, batchSize·steps, dModel]`, streams contiguous in time.
    ///   - decayRates: A for every weight set, `[sets, stateSize, dInner]`; must stay valid until ``reset()``.
    ///   - state: recurrent state `[neurons, batchSize, statePerStream]`, read at the start and replaced at the end;
    ///     nil starts from zero and keeps nothing. No gradient flows through it.
    ///   - controls: what interventions do to each neuron's memory, and where the pass stands in its streams.
    public func memoryBlock(
        _ input: Tensor, _ parameters: MemoryParameters, _ geometry: MemoryGeometry, decayRates: UnsafePointer<Float>,
        state: UnsafeMutablePointer<Float>? = nil, _ options: MemoryOptions, controls: MemoryControls? = nil
    ) -> Tensor {
        let plan = MemoryPlan(geometry, controls)
        var g = geometry
        g.minimumBoundaries = plan.minimumBoundaries
        let tiles = g.neurons * g.batchSize
        let operation = MemoryBlockOperation(
            input: input, output: makeTensor(input.shape), parameters: parameters, geometry: g, options: options,
            decayRates: decayRates, initialState: initialState(state, count: tiles * g.statePerStream),
            saved: options.savesActivations && isRecording ? keep(MemoryTile.KeptValues.count(g) * tiles) : nil,
            plan: plan,
            emptyState: controls != nil && isRecording ? UnsafePointer(keepZeros(g.statePerStream).pointer) : nil)
        timed(.memoryBlock) {
            withScratch(MemoryForwardScratch.self, operation.scratchSizes) { scratch in
                team.run(tiles) { index, worker in
                    let task = operation.task(neuron: index / g.batchSize, stream: index % g.batchSize)
                    let own = scratch[worker]
                    let tile = MemoryTile(kept: operation.savedValues(task) ?? own.kept!, passing: own.passing)
                    if task.run.restsThroughout { return operation.emit(tile, task, scratch: own.rows) }
                    operation.fill(tile, task, state: own.state, packed: own.rows)
                    operation.emit(tile, task, scratch: own.rows)
                    if let state {
                        operation.storeState(own.state, tile, task, into: state + index * g.statePerStream)
                    }
                }
            }
        }
        record(.memoryBlock(operation))
        return operation.output
    }

    /// The state that a pass starts from: a copy, because the pass replaces it. Without a backward pass every tile
    /// reads its own state before it replaces it.
    private func initialState(_ state: UnsafeMutablePointer<Float>?, count: Int) -> UnsafePointer<Float>? {
        guard let state, isRecording else { return state.map { UnsafePointer($0) } }
        let copy = keep(count).pointer
        copy.update(from: state, count: count)
        return UnsafePointer(copy)
    }
}
