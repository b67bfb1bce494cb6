import Foundation
import INNKit

extension TrainedRouting {
    /// Networks that were trained as this one but for their routing and their seed, by routing; differences are taken
    /// from the network of the same seed where there is one, otherwise from the mean of those with learned routing.
    ///
    /// - Parameters:
    ///   - folder: the run of the network; its neighbours are looked at.
    ///   - settings: how it was trained.
    package static func besides(
        _ folder: RunFolder, _ settings: TrainingSettings
    ) throws -> [Intervention.RoutingChange: TrainedRouting] {
        guard case .inn(let own) = settings.model else { return [:] }
        let wanted = comparable(settings)
        let runs = try RunFolder.all(in: folder.url.deletingLastPathComponent()).compactMap { other -> Trained? in
            guard let found = try? other.config(TrainingSettings.self).settings, case .inn(let model) = found.model,
                comparable(found) == wanted
            else { return nil }
            let summary = RunSummary(other)
            guard summary.state == .finished, let loss = summary.validBPC else { return nil }
            return Trained(name: other.name, routing: model.routing.rawValue, seed: found.seed, loss: loss)
        }
        let same = runs.filter { $0.routing == own.routing.rawValue }
        guard !same.isEmpty else { return [:] }
        let mean = same.reduce(0) { $0 + $1.loss } / Double(same.count)
        var result: [Intervention.RoutingChange: TrainedRouting] = [:]
        for change in Intervention.RoutingChange.allCases where change.rawValue != own.routing.rawValue {
            let others = runs.filter { $0.routing == change.rawValue }
            guard !others.isEmpty else { continue }
            let differences = others.map { other in other.loss - (same.first { $0.seed == other.seed }?.loss ?? mean) }
            result[change] = TrainedRouting(
                runs: others.map(\.name), deltaBPC: differences.reduce(0, +) / Double(differences.count))
        }
        return result
    }

    private struct Trained {
        let name: String, routing: String
        let seed: UInt64
        let loss: Double
    }

    /// The settings without what may differ: routing, seed, and what does not change the training.
    private static func comparable(_ settings: TrainingSettings) -> TrainingSettings {
        var result = settings
        result.seed = 0
        result.preset = ""
        result.intervals.probes = 1
        result.intervals.report = 1
        result.intervals.sample = 1
        result.intervals.checkpoint = 1
        result.intervals.validation = 1
        if case .inn(var model) = result.model {
            model.routing = .learned
            result.model = .inn(model)
        }
        return result
    }
}

extension NetworkAnalysis {
    /// Puts what networks lost that were trained with other routing beside what this one loses.
    package mutating func compareRouting(with trained: [Intervention.RoutingChange: TrainedRouting]) {
        guard let worth = causal?.routing else { return }
        causal?.routing = worth.map { item in
            var item = item
            item.trained = trained[item.change]
            return item
        }
    }
}
