import Foundation
import INNKit

/// `config.json` of a run folder, and the `lock` beside it.
final class ConfigFuzz: FuzzReader {
    static let name = "config"
    let seeds: [[UInt8]]
    private let folder: RunFolder

    init(scratch: URL) throws {
        let description = RunDescription(model: "inn", preset: "tiny", corpus: "text8", parameters: 144_331)
        let budgets: [TrainingBudget] = [.steps(100), .minutes(2.5), .epochs(1)]
        let configs = budgets.map { budget in
            RunConfig(
                description: description, createdAt: 1_700_000_000.5, createdBy: "inn-tui",
                settings: TrainingSettings(
                    model: .inn(INNPreset.tiny.configuration), preset: "tiny", corpus: "text8", budget: budget))
        }
        let folder = try RunFolder.create(named: "run", config: configs[0], in: scratch)
        seeds = try configs.map { config in
            try folder.write(config)
            return try [UInt8](Data(contentsOf: folder.configURL))
        }
        self.folder = folder
    }

    func mutated(_ mutator: inout Mutator) -> [UInt8] {
        let seed = mutator.pick(seeds)
        return mutator.once(in: 3)
            ? mutator.bytes(seed, donors: seeds) : Array(mutator.json(String(decoding: seed, as: UTF8.self)).utf8)
    }

    func read(_ bytes: [UInt8]) throws {
        try Data(bytes).write(to: folder.configURL)
        try Data(bytes.prefix(2048)).write(to: folder.url.appending(path: "lock"))
        _ = RunSummary(folder)
        let config = try folder.config(TrainingSettings.self) { try $0.validate() }
        _ = config.settings.charactersPerStep + config.settings.model.parameterCount
        _ = config.settings.schedule.value(at: 1, of: 100, peak: config.settings.learningRate)
    }
}
