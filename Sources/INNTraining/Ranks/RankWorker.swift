import Foundation
import INNCore
import INNData
import INNStore

/// A process that trains along: computes what rank 0 tells it to, and decides nothing.
package final class RankWorker {
    private let transport: any RankTransport
    private let team: ThreadTeam
    private let corpus: (TrainingSettings) throws -> Corpus
    private let wantsToStop: () -> Bool
    private var share: RankShare?

    /// - Parameters:
    ///   - corpus: finds the text that a run is trained on.
    ///   - wantsToStop: whether this process was asked to end; rank 0 hears of it.
    package init(
        _ transport: any RankTransport, team: ThreadTeam, wantsToStop: @escaping () -> Bool = { false },
        corpus: @escaping (TrainingSettings) throws -> Corpus
    ) {
        (self.transport, self.team, self.corpus, self.wantsToStop) = (transport, team, corpus, wantsToStop)
    }

    /// Works until rank 0 sends it home.
    ///
    /// - Throws: ``INNError`` when a rank is gone.
    package func run() throws {
        while true {
            var order = RankOrder(.end)
            try transport.broadcast(&order)
            let payload = try transport.broadcast(nil, count: order.bytes)
            guard let kind = order.kind else { throw INNError(.software, "Rank 0 gave an order that there is not.") }
            if kind == .end { return }
            try obey(kind, order, payload)
        }
    }

    private func obey(_ kind: RankOrder.Kind, _ order: RankOrder, _ payload: [UInt8]) throws {
        if kind == .begin { return try begin(payload) }
        guard let share else { throw INNError(.software, "Rank 0 gave an order before there was a run.") }
        switch kind {
        case .adopt: try share.adopt()
        case .compute: _ = try share.compute(step: order.step, checks: order.checks)
        case .update: try share.update(order.settings, gradientScale: order.gradientScale)
        case .hold: share.host.hold(try RankInterventions.decode(payload, for: share.host.network))
        case .gates: takeGates(RankInterventions.floats(payload[...]), share.host.network)
        case .publish: try share.publish()
        case .forget: share.host.forget()
        case .begin, .end: break
        }
    }

    /// Makes a network of the run's settings and says whether it could.
    private func begin(_ payload: [UInt8]) throws {
        var problem = ""
        do {
            let settings = try JSONDecoder().decode(TrainingSettings.self, from: Data(payload))
            try settings.memory.require(.usage, "Training with these settings")
            let text = try corpus(settings)
            try text.require(fingerprint: settings.corpusFingerprint)
            let network = try settings.model.makeModel(seed: settings.seed)
            let host = HostEngine(
                network, try settings.makeOptimizer(network, team: team), memory: settings.makeMemory(network),
                batches: try TrainingBatches(settings, corpus: text), workspace: Workspace(), team: team)
            share = RankShare(host, transport, wantsToStop: wantsToStop)
        } catch {
            problem = (error as? INNError)?.message ?? "\(error)"
        }
        _ = try transport.gather(problem)
    }

    private func takeGates(_ values: [Float], _ network: any LanguageModel) {
        var rest = values[...]
        for bias in network.gateBiases {
            for (index, value) in rest.prefix(bias.count).enumerated() { bias.values[index] = value }
            rest = rest.dropFirst(bias.count)
        }
        network.parameters.markChanged()
    }
}
