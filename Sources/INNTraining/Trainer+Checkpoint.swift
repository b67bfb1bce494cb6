import Foundation
import INNCore
import INNData
import INNStore

extension Trainer {
    /// Writes weights, optimizer, carried memory and progress.
    ///
    /// The checkpoint gets its name after its mark and everything reported so far is safely stored; whoever looks on
    /// hears of it once it has. Where nothing can be recorded it is written all the same: weights are worth more than
    /// curves. A resume then goes back to the last checkpoint that the metrics reach, so that one stays.
    ///
    /// - Parameters:
    ///   - ending: how the session ends with this checkpoint; nil in its course.
    ///   - elsewhere: a folder to put it into instead of the run's.
    package func checkpoint(isBest: Bool, ending: EventMark? = nil, elsewhere: URL? = nil) throws {
        guard let checkpoints else {
            if let ending { sink.receive(.mark(ending)) }
            return
        }
        try publish(everything: true)
        if elsewhere == nil { try checkpoints.requireHeld() }
        sayWhereFolderIs()
        let name = String(format: "step-%08d", progress.step)
        func saved(_ kind: EventMark.Kind) -> EventMark { EventMark(step: progress.step, kind: kind, detail: name) }
        let marks = [ending, saved(isBest ? .bestCheckpoint : .checkpoint)].compactMap { $0 }
        var isRecorded: Bool?
        do {
            try write(to: checkpoints, isBest: isBest, elsewhere: elsewhere) {
                // It may have to be written twice.
                guard isRecorded == nil else { return }
                for mark in marks { sink.receive(.recorded(mark)) }
                isRecorded = recordEverything()
            }
        } catch {
            guard isRecorded != nil else { throw error }
            for mark in marks { sink.receive(.withdrawn(mark)) }
            // Its file may have come to be all the same, and only what makes it the best not.
            let isThere =
                (try? checkpoints.list())?.contains {
                    $0.step == progress.step && checkpoints.isOwn($0.url)
                } == true
            if isThere, elsewhere == nil { sink.receive(.recorded(saved(.checkpoint))) }
            throw error
        }
        for mark in marks { sink.receive(.announced(mark)) }
        if isRecorded == true, elsewhere == nil { lastRecordedCheckpoint = progress.step }
    }

    /// Writes the checkpoint file alone.
    private func write(
        to checkpoints: CheckpointFolder, isBest: Bool, elsewhere: URL?, isComplete: () -> Void
    ) throws {
        let encoder = JSONEncoder.forCheckpoints
        let modelConfig = String(decoding: try encoder.encode(settings.model), as: UTF8.self)
        let trainingConfig = String(decoding: try encoder.encode(settings), as: UTF8.self)
        let state = try trainerState(isBest: isBest).stored()
        try withTensors { tensors in
            if let elsewhere {
                try checkpoints.save(
                    tensors, state: state, modelConfig: modelConfig, trainingConfig: trainingConfig,
                    elsewhere: elsewhere, isComplete: isComplete)
            } else {
                try checkpoints.save(
                    tensors, state: state, modelConfig: modelConfig, trainingConfig: trainingConfig,
                    keeping: lastRecordedCheckpoint, isComplete: isComplete)
            }
        }
    }

    /// Whether all that was reported is stored; a notice when it cannot be.
    private func recordEverything() -> Bool {
        do {
            try sink.flush()
            savingProblems.metrics = nil
            return true
        } catch {
            let reason = (error as? INNError)?.message ?? "\(error)"
            if savingProblems.metrics != reason {
                mark(.notice, "the checkpoint is ahead of the metrics, which cannot be written: \(reason)")
            }
            savingProblems.metrics = reason
            return false
        }
    }

    private func sayWhereFolderIs() {
        guard let folder = checkpoints?.url.deletingLastPathComponent(), folder != lastFolder else { return }
        if lastFolder != nil { mark(.notice, "the run's folder was moved; training goes on in \(folder.path)") }
        lastFolder = folder
    }

    /// A checkpoint in the course of training. When the disk is full training goes on and the next one is tried in its
    /// turn; where a run has no checkpoint at all the user is asked what to do, before much is lost.
    func checkpointIfPossible(isBest: Bool) throws {
        guard let error = try problem({ try checkpoint(isBest: isBest) }) else {
            if savingProblems.checkpoint != nil { mark(.notice, "checkpoints can be written again") }
            savingProblems.checkpoint = nil
            return
        }
        guard (try? checkpoints?.list().isEmpty) != true else { return try insist(isBest: isBest, after: error) }
        // A disk may stay full for a hundred checkpoints.
        if savingProblems.checkpoint == nil {
            mark(.notice, "no checkpoint could be written, and none will be until this changes: \(error.message)")
        }
        savingProblems.checkpoint = error.message
    }

    /// The last checkpoint of this session: while it cannot be written, the user is asked what to do.
    ///
    /// - Parameter ending: is said once it is written. A session that ends without it has stopped, not finished.
    func checkpointAtTheEnd(isBest: Bool, ending: EventMark) throws {
        do {
            guard let problem = try problem({ try checkpoint(isBest: isBest, ending: ending) }) else { return }
            try insist(isBest: isBest, ending: ending, after: problem)
        } catch {
            let newest = checkpoints.flatMap { folder in (try? folder.list())?.last { folder.isOwn($0.url) } }
            let isSaved = newest?.step == progress.step
            mark(.stopped, "after \(progress.step) steps\(isSaved ? "" : ", without a checkpoint")")
            guard let error = error as? INNError else { throw error }
            let place = newest.map { "The newest checkpoint is that of step \($0.step)." } ?? "There is no checkpoint."
            throw INNError(error.kind, "\(error.message) \(place)", systemCode: error.systemCode)
        }
    }

    /// Asks what to do about a checkpoint that must not be lost, until it is written or given up.
    private func insist(isBest: Bool, ending: EventMark? = nil, after error: INNError) throws {
        var problem: INNError? = error
        // Commands from before the question are not answers to it.
        _ = control.take(waits: false)
        while let error = problem {
            switch whenSavingFails?(error) ?? .giveUp {
            case .retry: problem = try self.problem { try checkpoint(isBest: isBest, ending: ending) }
            case .elsewhere(let folder):
                problem = try self.problem {
                    try checkpoint(isBest: isBest, ending: ending, elsewhere: folder)
                }
                if problem == nil { savedElsewhere = folder }
            case .giveUp: throw error
            }
        }
    }

    /// Runs `body` and returns what stood in its way when that may go away, such as a full disk.
    private func problem(_ body: () throws -> Void) throws -> INNError? {
        do {
            try body()
            return nil
        } catch let error as INNError where [.inputOutput, .cannotCreate].contains(error.kind) {
            return error
        }
    }

    private func withTensors(_ body: ([Checkpoint.Tensor]) throws -> Void) rethrows {
        try (memory?.values() ?? []).withUnsafeBufferPointer { carried in
            try (interventions.averages?.floats ?? []).withUnsafeBufferPointer { averages in
                try body(tensors(carried: carried, averages: averages))
            }
        }
    }

    private func tensors(
        carried: UnsafeBufferPointer<Float>, averages: UnsafeBufferPointer<Float>
    ) -> [Checkpoint.Tensor] {
        var tensors: [Checkpoint.Tensor] = []
        for (index, parameter) in network.parameters.parameters.enumerated() {
            let shape = parameter.shape.array
            func view(_ pointer: UnsafeMutablePointer<Float>) -> UnsafeBufferPointer<Float> {
                UnsafeBufferPointer(start: pointer, count: parameter.count)
            }
            tensors.append(Checkpoint.Tensor(.weights, parameter.name, shape: shape, view(parameter.values)))
            tensors.append(
                Checkpoint.Tensor(.firstMoment, parameter.name, shape: shape, view(optimizer.firstMoments[index])))
            tensors.append(
                Checkpoint.Tensor(.secondMoment, parameter.name, shape: shape, view(optimizer.secondMoments[index])))
        }
        if memory != nil {
            tensors.append(Checkpoint.Tensor(.carried, "state", shape: [carried.count], carried))
        }
        if !averages.isEmpty {
            tensors.append(Checkpoint.Tensor(.carried, Self.averagesTensor, shape: [averages.count], averages))
        }
        return tensors
    }

    private func trainerState(isBest: Bool) -> TrainerState {
        TrainerState(
            progress: progress, isBest: isBest, optimizerStep: optimizer.stepCount, seed: settings.seed,
            batchPosition: progress.step * settings.accumulation, divergence: divergence, reportMeter: meter,
            streamPosition: memory?.position ?? 0, interventions: interventions.set,
            averages: interventions.averages.map { .init(samples: $0.samples, characters: $0.characters) })
    }

    /// Continues where a checkpoint stopped; call before ``run()``.
    ///
    /// - Throws: ``INNError`` when the checkpoint belongs to another model or text, or other batches.
    ///
    /// - Parameter isRecorded: whether the stored metrics reach it, so that it stays until they reach a later one.
    public func restore(_ checkpoint: Checkpoint, isRecorded: Bool = true) throws {
        lastRecordedCheckpoint = isRecorded ? checkpoint.state.step : nil
        guard let trained = try checkpoint.trainingSettings() else {
            throw INNError(
                .data,
                """
                The checkpoint \(checkpoint.url.lastPathComponent) does not say how it was trained, so it cannot \
                be continued.
                """
            )
        }
        guard trained.model == settings.model else {
            throw INNError(
                .data,
                """
                The checkpoint \(checkpoint.url.lastPathComponent) belongs to a model with other options than this \
                run's.
                """
            )
        }
        guard trained.alphabet == settings.alphabet, trained.accumulation == settings.accumulation,
            trained.frozenNeurons == settings.frozenNeurons, trained.revivesGates == settings.revivesGates,
            trained.shardCount == settings.shardCount
        else {
            throw INNError(
                .data,
                """
                The checkpoint \(checkpoint.url.lastPathComponent) was trained with another alphabet, number of \
                batches per update or of shards, or choice of frozen \
                neurons or of gates that are revived than this run's config.json says; restore that file.
                """)
        }
        _ = try batches.sampler.position(
            resuming: BatchCursor(trained, position: checkpoint.state.step * settings.accumulation))
        let saved = try TrainerState(checkpoint)
        try restoreWeights(checkpoint)
        if let memory {
            var values = [Float](repeating: 0, count: memory.count)
            try values.withUnsafeMutableBufferPointer {
                try checkpoint.tensor(.carried, "state").read(into: $0, shape: [memory.count])
            }
            memory.load(values)
        }
        (progress, meter, divergence) = (saved.progress, saved.reportMeter, saved.divergence)
        try restoreInterventions(saved, checkpoint)
    }

    /// Starts from the weights of a checkpoint instead of fresh ones; call before ``run()``.
    ///
    /// - Throws: ``INNError`` when they do not fit.
    public func initialise(from checkpoint: Checkpoint) throws { try network.loadWeights(checkpoint) }

    /// Takes the weights and the optimizer's moments, and nothing else, from a checkpoint.
    func restoreWeights(_ checkpoint: Checkpoint) throws {
        try network.loadWeights(checkpoint)
        for (index, parameter) in network.parameters.parameters.enumerated() {
            let shape = parameter.shape.array
            func buffer(_ pointer: UnsafeMutablePointer<Float>) -> UnsafeMutableBufferPointer<Float> {
                UnsafeMutableBufferPointer(start: pointer, count: parameter.count)
            }
            try checkpoint.tensor(.firstMoment, parameter.name).readFinite(
                into: buffer(optimizer.firstMoments[index]), shape: shape)
            try checkpoint.tensor(.secondMoment, parameter.name).readFinite(
                into: buffer(optimizer.secondMoments[index]), shape: shape)
        }
        optimizer.stepCount = checkpoint.state.optimizerStep
    }
}

extension BatchCursor {
    /// Where a run with these settings is before batch `position`.
    package init(_ settings: TrainingSettings, position: Int) {
        self.init(
            corpusFingerprint: settings.corpusFingerprint, order: settings.order, seed: settings.seed,
            batchSize: settings.batchSize,
            sequenceLength: settings.sequenceLength, position: position)
    }
}
