import CKernels

/// What a model takes in memory, told from its configuration alone: a lower bound that leaves out what is small.
///
/// Sizes are `Double`, since the products of sizes that are allowed one by one do not fit 64 bits.
public struct ModelMemory: Sendable, Equatable {
    /// Weights and gradients; in training also both moments of the optimizer.
    public var parameters: Double
    /// What one pass over a batch keeps, with the memory carried from window to window.
    public var pass: Double

    public var bytes: Double { parameters + pass }

    /// - Parameter looksAtWeights: whether a probe looks at the pass's routing weights, all of which are then kept.
    public init(
        _ configuration: ModelConfiguration, batchSize: Int, steps: Int, isTraining: Bool, looksAtWeights: Bool = false
    ) {
        let shape = PassShape(
            streams: Double(batchSize), steps: Double(steps), isTraining: isTraining, looksAtWeights: looksAtWeights)
        let floats =
            switch configuration {
            case .inn(let inn): inn.passFloats(shape)
            case .lstm(let lstm): lstm.passFloats(shape)
            case .transformer(let transformer): transformer.passFloats(shape)
            case .mamba(let mamba): mamba.passFloats(shape)
            }
        // Scores of the next character, in training their gradient as well; a character and the one after it as 32-bit
        // numbers.
        let ends = shape.rows * (Double(configuration.vocabularySize) * (isTraining ? 2 : 1) + 2)
        parameters = Double(configuration.parameterCount) * (isTraining ? 16 : 8)
        pass = 4 * (floats + ends)
    }

    /// Refuses what cannot be had before anything of that size is asked for: the system would end the process.
    ///
    /// - Parameters:
    ///   - kind: `usage` where options ask for it, `data` where a file does.
    ///   - subject: begins the sentence, for example `Training this model`.
    ///   - limit: bytes that there are.
    /// - Throws: ``INNError`` that names the memory needed.
    public func require(_ kind: INNError.Kind, _ subject: String, limit: Double = SystemMemory.limit) throws {
        guard bytes > limit else { return }
        let advice = kind == .usage ? "choose a smaller model, batch or sequence" : "use a machine with more"
        throw INNError(
            kind,
            """
            \(subject) needs at least \(SystemMemory.phrase(bytes)) of memory (\(SystemMemory.phrase(parameters)) for \
            its weights), but this process \
            can have \(SystemMemory.phrase(limit)); \(advice).
            """)
    }
}

/// The size of one pass.
struct PassShape {
    let streams: Double, steps: Double
    let isTraining: Bool, looksAtWeights: Bool

    var rows: Double { streams * steps }

    /// Floats of a memory block's intermediate values over all `blocks` per stream, and of what it carries on. They are
    /// kept for the backward pass up to a budget; beyond it one block's at a time.
    func memoryFloats(blocks: Double, dModel: Int, dInner: Int, dtRank: Int, stateSize: Int, convKernel: Int) -> Double
    {
        let inner = Double(dInner)
        let projected = Double(dtRank + 2 * stateSize)
        // What ``MemoryTile`` lays out, in numbers that cannot overflow: (x, z) takes twice the inner width.
        let boundaries = (steps / Double(INN_SCAN_CHUNK)).rounded(.down)
        let kept = steps * (4 * inner + projected) + boundaries * Double(stateSize) * inner
        let passing = steps * (Double(dModel) + 2 * inner)
        let saved = blocks * streams * kept
        let carried = blocks * streams * Double(stateSize + convKernel - 1) * inner
        return carried + (isTraining && 4 * saved <= Double(MemoryLayer.activationBudget) ? saved : kept) + passing
    }
}

extension INNConfiguration {
    /// Whether all of a listener's edges are equally strong and hence all kept: among copies of one neuron lists of the
    /// kept edges would take more room than all weights.
    var keepsEqualEdges: Bool { topK != nil && sharing == .all }

    /// Floats that one round of routing keeps of its weights in a pass over so many characters, see
    /// ``RoutingGeometry/Form``.
    package func weightFloats(rows: Double) -> Double {
        let neurons = Double(neurons)
        let listeners = Double(heads) * neurons * rows
        guard routing != .off else { return 0 }
        if routing == .learned, let groups {
            return listeners * (neurons / Double(groups) + 1) + Double(heads) * Double(groups * groups) * rows
        }
        guard self.neurons >= RoutingGeometry.storedNeurons, !keepsEqualEdges else { return listeners * neurons }
        guard routing == .learned else { return Double(heads) * neurons * neurons }
        return 2 * listeners * Double(topK ?? 1)
    }

    /// Floats of the weights that a round makes again for a probe, where it does not store them anyway.
    private func lookedAtFloats(rows: Double) -> Double {
        let isStored =
            neurons < RoutingGeometry.storedNeurons || keepsEqualEdges || routing == .learned && groups != nil
        return isStored ? 0 : Double(heads) * Double(neurons) * Double(neurons) * rows
    }

    func passFloats(_ shape: PassShape) -> Double {
        let neurons = Double(neurons)
        let width = Double(dModel)
        let states = neurons * shape.rows * width
        var perRound = states
        // What stands in for the memory keeps its norm, its branch and four steps of its hidden layer.
        if memory == .none { perRound += 2 * states + 4 * neurons * shape.rows * Double(hiddenWidth) }
        if routing != .off {
            // Output, mix, and projections of every neuron; its gate; who listens to whom.
            perRound +=
                states * (routing == .learned ? 5 : 3) + 2 * neurons * shape.rows + weightFloats(rows: shape.rows)
                + (shape.looksAtWeights ? lookedAtFloats(rows: shape.rows) : 0)
        }
        let memories =
            memory == .none
            ? 0
            : shape.memoryFloats(
                blocks: Double(rounds) * neurons, dModel: dModel, dInner: dInner, dtRank: deltaRank,
                stateSize: stateSize,
                convKernel: convKernel)
        // The sums that probes gather while a network trains are 64 bits wide.
        let probes = shape.isTraining ? 2 * Double(rounds) * Double(heads + 2) * neurons * neurons : 0
        return states * (shape.isTraining ? 2 : 1) + Double(rounds) * perRound + memories + 2 * shape.rows * width
            + probes
    }
}

extension LSTMConfiguration {
    func passFloats(_ shape: PassShape) -> Double {
        shape.rows * (Double(embeddingWidth ?? hidden) + Double(layers) * 6 * Double(hidden))
    }
}

extension TransformerConfiguration {
    func passFloats(_ shape: PassShape) -> Double {
        shape.rows * (2 * Double(dModel) + Double(layers) * (10 * Double(dModel) + 2 * Double(feedForwardWidth)))
    }
}

extension MambaConfiguration {
    func passFloats(_ shape: PassShape) -> Double {
        shape.rows * Double(dModel) * Double(layers + 1)
            + shape.memoryFloats(
                blocks: Double(layers), dModel: dModel, dInner: dInner, dtRank: deltaRank, stateSize: stateSize,
                convKernel: convKernel)
    }
}
