import INNCore
import INNStore

/// What is changed in a network while it trains.
package struct ActiveInterventions {
    package var set = InterventionSet.none
    package var compiled: CompiledInterventions?
    /// Taken when the first intervention that needs it began, kept while any does.
    package var averages: NeuronAverages?
}

extension Trainer {
    /// Carries out a command: between two steps, from the next one on. A set that does not fit is refused with a
    /// notice.
    package func intervene(_ set: InterventionSet) {
        let resolved = set.resolved(at: memory?.position ?? 0)
        do {
            guard engine.canIntervene || set.isEmpty else {
                throw INNError(.usage, "A CUDA device trains without interventions; explore a checkpoint with them.")
            }
            try activate(resolved, averages: set.needsAverages ? interventions.averages ?? inspector.averages() : nil)
        } catch {
            mark(.notice, (error as? INNError)?.message ?? "\(error)")
            // Screens show what was asked for until they are told what holds.
            return sink.receive(.interventions(InterventionRecord(step: progress.step, set: interventions.set)))
        }
        sink.receive(.interventions(InterventionRecord(step: progress.step, set: resolved)))
        mark(.intervention, set.summary)
    }

    /// A reset that has happened is over: the streams will pass the same position again in the next epoch.
    func endMemoryResets() throws {
        let lasting = interventions.set.list.filter { if case .memory(.reset, _, _) = $0 { false } else { true } }
        guard lasting.count != interventions.set.count else { return }
        try activate(InterventionSet(lasting), averages: interventions.averages)
        sink.receive(.interventions(InterventionRecord(step: progress.step, set: interventions.set)))
    }

    private func activate(_ set: InterventionSet, averages: NeuronAverages?) throws {
        let compiled = try network.compile(set, averages: averages)
        interventions = ActiveInterventions(set: set, compiled: compiled, averages: averages)
        inspector.interventions = compiled
        try engine.hold(interventions)
    }

    // MARK: Checkpoints

    /// The averages that interventions need, among the carried tensors of a checkpoint.
    static let averagesTensor = "interventionBaseline"

    /// Makes the interventions of a checkpoint hold again.
    ///
    /// - Throws: ``INNError`` when they do not fit the network.
    func restoreInterventions(_ saved: TrainerState, _ checkpoint: Checkpoint) throws {
        guard engine.canIntervene || saved.interventions.isEmpty else {
            throw INNError(
                .usage,
                "The run goes on with interventions (\(saved.interventions.summary)), which a CUDA device cannot have; "
                    + "resume it without --device.")
        }
        memory?.position = saved.streamPosition
        try activate(
            saved.interventions, averages: saved.averages.map { try averages(checkpoint, takenOver: $0) })
    }

    private func averages(
        _ checkpoint: Checkpoint, takenOver size: TrainerState.Averages
    ) throws -> NeuronAverages {
        let shape = network.shape
        let count = NeuronAverages.floatCount(
            rounds: shape.rounds, neurons: shape.neurons, dModel: shape.dModel, heads: shape.heads,
            samples: size.samples)
        let tensor = try checkpoint.tensor(.carried, Self.averagesTensor)
        // Compared first: the size that the file states could be any.
        guard tensor.count == count else {
            throw SafetensorsFile.damaged(checkpoint.url.path, "its averages do not fit its model")
        }
        var floats = [Float](repeating: 0, count: count)
        try floats.withUnsafeMutableBufferPointer { try tensor.read(into: $0, shape: [count]) }
        return try NeuronAverages(
            floats: floats, rounds: shape.rounds, neurons: shape.neurons, dModel: shape.dModel, heads: shape.heads,
            samples: size.samples, characters: size.characters)
    }
}
