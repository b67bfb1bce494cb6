import INNCore
import INNStore

/// What is changed in a network while it trains.
package struct ActiveInterventions {
    package var set = InterventionSet.none
    package var compiled: CompiledInterventions?
    /// Taken when the first intervention that needs it began, kept while any does.
    package var baseline: InterventionBaseline?
}

extension Trainer {
    /// Carries out a command: between two steps, from the next one on. A set that does not fit is refused with a
    /// notice.
    package func intervene(_ set: InterventionSet) {
        let resolved = set.resolved(at: state?.position ?? 0)
        do {
            try activate(resolved, baseline: set.needsBaseline ? interventions.baseline ?? survey.averages() : nil)
        } catch {
            mark(.notice, (error as? INNError)?.message ?? "\(error)")
            // Whoever asked takes its wish for granted until it hears what really holds.
            return sink.receive(.interventions(InterventionRecord(step: progress.step, set: interventions.set)))
        }
        sink.receive(.interventions(InterventionRecord(step: progress.step, set: resolved)))
        mark(.intervention, set.summary)
    }

    /// A reset that has happened is over: the streams will pass the same position again in the next epoch.
    func endMemoryResets() throws {
        let lasting = interventions.set.list.filter { if case .memory(.reset, _, _) = $0 { false } else { true } }
        guard lasting.count != interventions.set.count else { return }
        try activate(InterventionSet(lasting), baseline: interventions.baseline)
        sink.receive(.interventions(InterventionRecord(step: progress.step, set: interventions.set)))
    }

    private func activate(_ set: InterventionSet, baseline: InterventionBaseline?) throws {
        let compiled = try network.compile(set, baseline: baseline)
        interventions = ActiveInterventions(set: set, compiled: compiled, baseline: baseline)
        survey.interventions = compiled
    }

    // MARK: Checkpoints

    /// What a checkpoint has to hold for the same interventions to hold after resuming.
    var interventionFacts: [String: String] {
        var facts = ["statePosition": String(state?.position ?? 0)]
        if !interventions.set.isEmpty { facts["interventions"] = interventions.set.json }
        if let baseline = interventions.baseline {
            facts["baselineSamples"] = String(baseline.samples)
            facts["baselineCharacters"] = String(baseline.characters)
        }
        return facts
    }

    static let baselineTensor = "interventionBaseline"

    /// Makes the interventions of a checkpoint hold again.
    ///
    /// - Throws: ``INNError`` when they cannot be read or do not fit the network.
    func restoreInterventions(_ checkpoint: Checkpoint) throws {
        let facts = checkpoint.state.extra
        state?.position = facts["statePosition"].flatMap(Int.init).map { min(max($0, 0), 1 << 52) } ?? 0
        guard let json = facts["interventions"] else {
            interventions = ActiveInterventions()
            return
        }
        try activate(try InterventionSet(json: json), baseline: try baseline(checkpoint))
    }

    private func baseline(_ checkpoint: Checkpoint) throws -> InterventionBaseline? {
        let facts = checkpoint.state.extra
        let shape = network.shape
        guard let samples = facts["baselineSamples"].flatMap(Int.init), (1...4096).contains(samples),
            let characters = facts["baselineCharacters"].flatMap(Int.init)
        else { return nil }
        let count = InterventionBaseline.floatCount(
            rounds: shape.rounds, neurons: shape.neurons, dModel: shape.dModel, heads: shape.heads, samples: samples)
        let tensor = try checkpoint.tensor(.carried, Self.baselineTensor)
        // Compared first: the size that the file states could be any.
        guard tensor.count == count else {
            throw SafetensorsFile.damaged(checkpoint.url.path, "its averages do not fit its model")
        }
        var floats = [Float](repeating: 0, count: count)
        try floats.withUnsafeMutableBufferPointer { try tensor.read(into: $0, shape: [count]) }
        return try InterventionBaseline(
            floats: floats, rounds: shape.rounds, neurons: shape.neurons, dModel: shape.dModel, heads: shape.heads,
            samples: samples,
            characters: characters)
    }
}
