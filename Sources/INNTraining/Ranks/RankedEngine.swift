import Foundation
import INNCore
import INNData
import INNEvaluation
import INNStore

/// Trains on several processes, of which this is rank 0: tells the others what to do, and does its own share.
final class RankedEngine: UpdateEngine {
    private let ranks: Ranks
    private let share: RankShare
    /// Called when another rank was asked to end.
    private let whenAskedToStop: () -> Void
    private var window = ReportWindow()

    /// Updates between two comparisons of the weights of all ranks.
    static let checkInterval = 50

    /// - Throws: ``INNError`` naming the rank that cannot train with these settings.
    init(
        _ host: HostEngine, _ settings: TrainingSettings, _ ranks: Ranks, whenAskedToStop: @escaping () -> Void
    ) throws {
        (self.ranks, self.whenAskedToStop) = (ranks, whenAskedToStop)
        share = RankShare(host, ranks.transport)
        try ranks.tell(RankOrder(.begin), Array(JSONEncoder().encode(settings)))
        for (rank, problem) in try ranks.transport.gather("").enumerated() where !problem.isEmpty {
            throw INNError(.data, "The run cannot be trained by \(ranks.name(rank)): \(problem)")
        }
    }

    private var host: HostEngine { share.host }

    var summary: String { "\(ranks.size) ranks, \(host.summary) each" }

    let canIntervene = true

    func adopt() throws {
        try ranks.tell(RankOrder(.adopt))
        try share.adopt()
    }

    func publish(everything: Bool) throws {
        guard everything else { return }
        try ranks.tell(RankOrder(.publish))
        try share.publish()
    }

    func hold(_ interventions: ActiveInterventions) throws {
        try ranks.tell(RankOrder(.hold), RankInterventions.encode(interventions))
        host.hold(interventions)
    }

    func compute(step: Int) throws -> UpdateLoss {
        var order = RankOrder(.compute)
        order.step = step
        order.checks = step % Self.checkInterval == 0
        let accounts = try measured(&window.seconds) {
            try ranks.tell(order)
            return try share.compute(step: step, checks: order.checks)
        }
        try compareWeights(accounts, step: step)
        if accounts.contains(where: \.wantsToStop) { whenAskedToStop() }
        window.add(accounts)
        return UpdateLoss(
            accounts.flatMap(\.losses), norm: accounts.flatMap(\.squares).reduce(0, +).squareRoot(), host.batches)
    }

    private func compareWeights(_ accounts: [RankAccount], step: Int) throws {
        guard let other = accounts.indices.first(where: { accounts[$0].checksum != accounts[0].checksum }) else {
            return
        }
        throw INNError(
            .software,
            """
            After \(step) updates the weights of \(ranks.name(other)) are not those of \(ranks.name(0)), so training \
            ends; --resume goes on from the last checkpoint.
            """)
    }

    func update(_ settings: AdamW.Settings, gradientScale: Double) throws {
        var order = RankOrder(.update)
        (order.settings, order.gradientScale) = (settings, gradientScale)
        try measured(&window.seconds) {
            try ranks.tell(order)
            try share.update(settings, gradientScale: gradientScale)
        }
    }

    func moveGates<Result>(_ change: () -> Result) throws -> Result {
        let result = change()
        let biases = host.network.gateBiases.flatMap(\.array)
        try ranks.tell(RankOrder(.gates), biases.withUnsafeBytes { Array($0) })
        return result
    }

    func forget() throws {
        try ranks.tell(RankOrder(.forget))
        host.forget()
    }

    func evaluate(_ windows: ValidationWindows, carriesState: Bool) -> Evaluation? { nil }

    func takeRankReport() -> RankReport? {
        defer { window = ReportWindow() }
        let characters = host.batches.sampler.charactersPerBatch * host.batches.parts / ranks.size
        return window.report(hosts: ranks.members.map(\.host), charactersPerRank: characters)
    }
}

/// What the ranks did between two reports.
private struct ReportWindow {
    /// Of all updates, on rank 0's clock: from the first order to the last weight.
    var seconds = 0.0
    private var updates = 0
    private var computing: [Double] = []
    /// Of the rank that took longest for it, update by update: all others wait for it, which is no communication.
    private var longestComputing = 0.0

    mutating func add(_ accounts: [RankAccount]) {
        updates += 1
        let own = accounts.map(\.computingSeconds)
        computing = computing.isEmpty ? own : zip(computing, own).map { $0 + $1 }
        longestComputing += own.max() ?? 0
    }

    func report(hosts: [String], charactersPerRank: Int) -> RankReport? {
        guard updates > 0, seconds > 0 else { return nil }
        let communication = max(0, seconds - longestComputing)
        return RankReport(
            hosts: hosts, charsPerSecond: computing.map { Double(updates * charactersPerRank) / max($0, 1e-9) },
            communication: communication / seconds, communicationSeconds: communication / Double(updates))
    }
}

/// Interventions as they travel: the set as JSON, then the averages that it needs.
enum RankInterventions {
    private struct Header: Codable {
        var set: String
        var samples: Int?, characters: Int?
    }

    static func encode(_ interventions: ActiveInterventions) throws -> [UInt8] {
        let averages = interventions.averages
        let header = try JSONEncoder().encode(
            Header(set: interventions.set.json, samples: averages?.samples, characters: averages?.characters))
        let size = withUnsafeBytes(of: header.count) { Array($0) }
        return size + header + (averages?.floats ?? []).withUnsafeBytes { Array($0) }
    }

    static func decode(_ bytes: [UInt8], for network: any LanguageModel) throws -> ActiveInterventions {
        let start = MemoryLayout<Int>.size
        let end = start + bytes.withUnsafeBytes { $0.loadUnaligned(as: Int.self) }
        let header = try JSONDecoder().decode(Header.self, from: Data(bytes[start..<end]))
        let set = try InterventionSet(json: header.set)
        var averages: NeuronAverages?
        if let samples = header.samples, let characters = header.characters {
            let shape = network.shape
            averages = try NeuronAverages(
                floats: floats(bytes[end...]), rounds: shape.rounds, neurons: shape.neurons, dModel: shape.dModel,
                heads: shape.heads, samples: samples, characters: characters)
        }
        return ActiveInterventions(
            set: set, compiled: try network.compile(set, averages: averages), averages: averages)
    }

    static func floats(_ bytes: ArraySlice<UInt8>) -> [Float] {
        bytes.withUnsafeBytes { bytes in
            (0..<bytes.count / 4).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
        }
    }
}

extension LanguageModel {
    /// Biases that the control of gates moves.
    var gateBiases: [Parameter] {
        (self as? IntelligentNeuralNetwork)?.routings.compactMap(\.parameters.gateBias) ?? []
    }
}
