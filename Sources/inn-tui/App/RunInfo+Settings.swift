import Foundation
import INNKit
import INNScreens

extension RunInfo {
    /// What the screens know about a run before any measurement.
    ///
    /// - Parameter text: the corpus, when it is open; gives the entropies of the loss chart's reference lines.
    init(_ settings: TrainingSettings, folder: RunFolder, description: RunDescription, text: Corpus?, isLive: Bool) {
        let entropy = text.map { $0.entropy(in: $0.splits.train) }
        let steps: Int? = if case .steps(let steps) = settings.budget { steps } else { nil }
        let minutes: Double? = if case .minutes(let minutes) = settings.budget { minutes } else { nil }
        self.init(
            name: folder.name, path: folder.url.path, modelFamily: description.model, preset: settings.preset,
            parameterCount: description.parameters, corpus: settings.corpusSummary, notice: text?.notice,
            vocabularySize: settings.model.vocabularySize, unigramBPC: entropy?.unigram, bigramBPC: entropy?.bigram,
            paperBPC: settings.corpus == "text8" ? 1.705 : nil,
            plannedSteps: steps, plannedMinutes: minutes, probeInterval: settings.intervals.probes,
            sampleInterval: settings.intervals.sample, seed: settings.seed, isLive: isLive)
    }
}

/// A stored run as the screens see it.
struct StoredRun {
    let folder: RunFolder
    let config: RunConfig<TrainingSettings>
    let history: RunHistory

    /// - Throws: ``INNError`` when there is no such run or it cannot be read.
    init(_ name: String, in runs: URL) throws {
        folder = try RunFolder.open(name, in: runs)
        config = try folder.config(TrainingSettings.self)
        history = try RunHistory(folder)
    }

    /// The state of the screens with everything the run holds up to now.
    func state(width: Int, height: Int, theme: ThemeName, colors: ColorLevel, glyphs: GlyphLevel, isLive: Bool = false) throws -> AppState {
        var cursor = RunCursor()
        let changes = try history.changes(since: &cursor)
        let info = RunInfo(config.settings, folder: folder, description: config.description, text: nil, isLive: isLive)
        return AppState(
            runInfo: info, reports: changes.reports, marks: changes.marks, snapshots: try history.snapshots(limit: 48), samples: changes.samples,
            width: width, height: height, theme: theme, colorLevel: colors, glyphLevel: glyphs)
    }
}
