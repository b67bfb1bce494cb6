import CKernels

extension Tape {
    /// Lets every neuron listen to the others once.
    ///
    /// - Parameters:
    ///   - input: `[neurons, rows, dModel]`.
    ///   - pressure: optional firing-rate pressure; its value is returned, its gradient is added in the backward pass.
    ///   - isResidual: add the messages to the input (and normalise before), as in the model.
    ///   - spoken: a step with the same input and other controls, whose projections are used where these controls leave
    ///     them alone; not on a tape that records.
    ///   - showsWeights: whether anybody will look at the routing weights: among many neurons they are made for that
    ///     alone. Nothing else depends on it.
    /// - Returns: the new states, the step's activations and the pressure's loss in nats.
    public func routingStep(
        _ input: Tensor, _ parameters: RoutingParameters, _ geometry: RoutingGeometry, dropout: Dropout = .none,
        pressure: FiringPressure? = nil, isResidual: Bool = true, spoken: RoutingActivations? = nil,
        showsWeights: Bool = true
    ) -> (output: Tensor, activations: RoutingActivations, penalty: Float) {
        let g = geometry
        precondition(spoken == nil || !isRecording, "the gradient of projections that another step has made")
        // Of a single row the messages of silent neurons may never have been worked out.
        let isSpoken = g.rows > 1 && g.controls?.replaced.isEmpty ?? true
        let operation = RoutingStepOperation(
            input: input, output: makeTensor(input.shape), parameters: parameters, geometry: g, dropout: dropout,
            isResidual: isResidual,
            pressure: g.gate == .off || g.controls?.suspendsPressure == true ? nil : pressure,
            fixed: fixedWeights(parameters, g),
            activations: RoutingActivations(
                g, on: self, spoken: isSpoken ? spoken : nil, showsWeights: showsWeights || edgeAttribution != nil),
            plan: RoutingPlan(g, on: self), skipsSilentValues: !isRecording && g.rows == 1 && g.maySilence)
        if let scores = operation.activations.identityScores {
            RoutingStepOperation.identityScores(parameters, g, into: scores)
        }
        timed(.routingStep) {
            fill(operation, g)
            if let (crowded, capacity) = operation.activations.chosen?.makeRoom(on: self), !crowded.isEmpty {
                var roomy = g
                roomy.edgeRoom = capacity
                fill(operation, roomy, only: crowded)
            }
        }
        record(.routingStep(operation))
        return (operation.output, operation.activations, operation.penalty())
    }

    /// Works tiles out, with scratch memory for a step of the given geometry.
    ///
    /// - Parameter tiles: nil for all.
    private func fill(_ operation: RoutingStepOperation, _ g: RoutingGeometry, only tiles: [Int]? = nil) {
        withScratch(RoutingForwardScratch.self, g) { scratch in
            team.run(tiles?.count ?? g.tileCount) { index, worker in
                let own = scratch[worker]
                let tile = tiles?[index] ?? index
                operation.fill(tile, own)
                operation.showWeights(tile, own.attention)
            }
        }
    }

    /// The softmax of the scores that do not depend on the input: an intervention's, the trained static ones, or none
    /// for uniform weights; nil for learned routing.
    private func fixedWeights(_ parameters: RoutingParameters, _ g: RoutingGeometry) -> UnsafePointer<Float>? {
        guard g.isFixed else { return nil }
        let n = g.neurons
        if g.controls?.weights == .zero { return UnsafePointer(keepZeros(g.heads * n * n).pointer) }
        let fixed = keep(g.heads * n * n).pointer
        fixed.update(repeating: 0, count: g.heads * n * n)
        if case .scores(let scores) = g.controls?.weights {
            for index in scores.indices { fixed[index] = scores[index] }
        } else if g.mode == .static {
            fixed.update(from: parameters.staticScores!.values, count: g.heads * n * n)
        }
        for head in 0..<g.heads {
            for listener in 0..<n {
                let row = fixed + (head * n + listener) * n
                for speaker in 0..<n { row[speaker] += g.edges.scoreBias[listener * n + speaker] }
                let isOpen = (0..<n).contains { row[$0] > -.infinity }
                if isOpen {
                    let isCut = (0..<n).map { row[$0] == -.infinity }
                    _ = inn_softmax_cross_entropy(1, Int32(n), row, nil, 0, row)
                    for speaker in 0..<n where isCut[speaker] { row[speaker] = 0 }
                } else {
                    row.update(repeating: 0, count: n)
                }
            }
        }
        return UnsafePointer(fixed)
    }
}
