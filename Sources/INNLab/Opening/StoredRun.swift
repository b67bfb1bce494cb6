import Foundation
import INNKit
import INNScreens

extension RunInfo {
    /// What the screens know about a run before any measurement.
    ///
    /// - Parameter text: the corpus, when it is open; its entropies are left to ``withEntropies(of:)``.
    package init(
        _ settings: TrainingSettings, folder: RunFolder, description: RunDescription, text: Corpus?, isLive: Bool
    ) {
        let steps: Int? = if case .steps(let steps) = settings.budget { steps } else { nil }
        let minutes: Double? = if case .minutes(let minutes) = settings.budget { minutes } else { nil }
        self.init(
            name: folder.name, path: folder.url.path, modelFamily: description.model, preset: settings.preset,
            parameterCount: description.parameters, roles: settings.model.roles, corpus: settings.corpusSummary,
            notice: text?.notice,
            vocabularySize: settings.model.vocabularySize, unit: settings.alphabet.unit,
            paperBPC: settings.corpus == "text8" ? settings.model.family.paperBPC : nil,
            plannedSteps: steps, plannedMinutes: minutes, probeInterval: settings.intervals.probes,
            sampleInterval: min(settings.intervals.sample, Trainer.firstSampleStep), seed: settings.seed, isLive: isLive
        )
    }

    /// The same with the text's entropies, reference lines of the loss chart. Takes a pass over the text.
    package func withEntropies(of text: Corpus) -> RunInfo {
        let entropy = text.entropy(in: text.splits.train)
        var info = self
        (info.unigramBPC, info.bigramBPC) = (entropy.unigram, entropy.bigram)
        return info
    }
}

extension RunFolder {
    /// The configuration of a run of this program.
    ///
    /// - Throws: ``INNError`` when it cannot be read or its settings are impossible.
    package func trainingConfig() throws -> RunConfig<TrainingSettings> {
        try config(TrainingSettings.self) { try $0.validate() }
    }
}

/// A stored run as the screens see it.
package struct StoredRun {
    package let folder: RunFolder
    package let config: RunConfig<TrainingSettings>
    let history: RunHistory

    /// - Throws: ``INNError`` when there is no such run or it cannot be read.
    package init(_ name: String, in runs: URL) throws { try self.init(RunFolder.open(name, in: runs)) }

    /// - Throws: ``INNError`` when it cannot be read.
    package init(_ folder: RunFolder) throws {
        self.folder = folder
        config = try folder.trainingConfig()
        history = try RunHistory(folder)
    }

    /// Everything the run holds up to now; where there are many probe snapshots, some of each time.
    ///
    /// - Parameter isLive: whether this process trains it.
    package func contents(isLive: Bool = false) throws -> RunContents {
        var cursor = HistoryCursor()
        return try contents(since: &cursor, isLive: isLive)
    }

    /// The same, and where to go on reading.
    package func contents(since cursor: inout HistoryCursor, isLive: Bool = false) throws -> RunContents {
        let changes = try history.changes(since: &cursor)
        return RunContents(
            info: RunInfo(config.settings, folder: folder, description: config.description, text: nil, isLive: isLive),
            reports: changes.reports, marks: changes.marks, snapshots: try snapshots(limit: 48),
            samples: changes.samples,
            // A trainer in this process says itself what is in force.
            interventions: isLive ? .none : try history.interventions().last?.set ?? .none)
    }

    /// Snapshots spread evenly over the run, always with the first and the last.
    private func snapshots(limit: Int) throws -> [ProbeSnapshot] {
        let steps = try history.snapshotSteps()
        guard steps.count > limit else { return try history.snapshots(limit: limit) }
        return try (0..<limit).compactMap { try history.snapshot(at: steps[$0 * (steps.count - 1) / (limit - 1)]) }
    }
}
