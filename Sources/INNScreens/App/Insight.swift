import INNKit

/// What an analysis in the background has found of the network on display.
public struct Insight: Sendable, Equatable {
    /// How thorough the analysis was: short and often while training, or once over a longer text.
    public enum Depth: String, Sendable { case light, full }

    public let report: AnalysisReport
    public let depth: Depth
    /// What removing a neuron did, by neuron; each may come from an earlier step than the report.
    public let lesions: [Int: LesionEffect]
    /// Dynamism of the untrained network's routing, which the light is judged by; nil without one.
    let untrainedDynamism: Float?

    public init(_ report: AnalysisReport, depth: Depth, lesions: [Int: LesionEffect]) {
        (self.report, self.depth, self.lesions) = (report, depth, lesions)
        untrainedDynamism = report.untrained.flatMap { RoutingVariety($0.snapshot).dynamism }
    }

    var network: NetworkAnalysis { report.trained }
    var step: Int { report.subject.step }
    var isRed: Bool { network.light == .red }

    func unit(round: Int, neuron: Int) -> NeuronAnalysis { network.unit(round: round, neuron: neuron) }

    /// Whether every array has the length its shape promises: drawing indexes freely.
    var isConsistent: Bool {
        let n = network.neurons
        let units = network.rounds * n
        let symbols = network.symbols.count
        guard n > 0, network.rounds > 0, network.units.count == units, network.routing.count == network.rounds,
            network.symbolCounts.count == symbols
        else { return false }
        let hasMatrices = network.routing.allSatisfy {
            $0.weights.count == n * n && $0.flow.count == n * n && $0.listenedTo.count == n
                && $0.communities.labels.count == n
        }
        let hasCausal =
            network.causal.map { causal in
                causal.estimates.count == n * n
                    && causal.edges.allSatisfy { (0..<n).contains($0.listener) && (0..<n).contains($0.speaker) }
            } ?? true
        let hasControl =
            report.control.map { control in
                control.units.map(\.rules.count) == network.units.map(\.rules.rules.count)
                    && control.clusters.count == network.clusters.clusters.count
            } ?? true
        let order =
            network.clusters.order + network.clusters.untuned + network.clusters.leaves
            + network.clusters.clusters.flatMap(\.members)
        let hasLesions = lesions.allSatisfy { neuron, lesion in
            (0..<n).contains(neuron) && lesion.logitEffect.count == symbols
                && (lesion.tuning.map { $0.isConsistent(neurons: n, symbols: symbols) } ?? true)
        }
        let hasTuning = network.causal?.tuning.map { $0.isConsistent(neurons: n, symbols: symbols) } ?? true
        return hasMatrices && hasCausal && hasTuning && hasControl && hasLesions
            && order.allSatisfy { (0..<units).contains($0) }
            && network.clusters.leaves.count == network.clusters.order.count
    }

    /// The text that the figures rest on: step, characters and how thorough.
    var note: String {
        joined(
            "step " + Format.grouped(step), "n " + Format.grouped(network.characters),
            depth == .light ? "light analysis" : "")
    }
}

extension CausalTuning {
    /// Whether every array has the length that drawing indexes.
    fileprivate func isConsistent(neurons n: Int, symbols count: Int) -> Bool {
        symbols == count && counts.count == categories.count
            && neurons.allSatisfy {
                (0..<n).contains($0.neuron) && $0.costs.count == categories.count && $0.shares.count == count
            }
            && clusters.order.allSatisfy { (0..<n).contains($0) }
    }
}

/// What the lesion of one neuron did.
public struct LesionEffect: Sendable, Equatable {
    /// Optimizer updates that the weights had seen, and the characters that it was measured over.
    public let step: Int, characters: Int
    /// KL(p ‖ p′) of the next character in bits per character, and the change of bits per character of the true text.
    public let divergence: Interval, deltaBPC: Interval
    /// Mean change of each next character's score in nats, less the mean over symbols, `[symbols]`.
    public let logitEffect: [Float]
    /// What it cost when each character came next; holds this neuron, and others that were removed over the same text.
    public let tuning: CausalTuning?

    public init(
        step: Int, characters: Int, divergence: Interval, deltaBPC: Interval, logitEffect: [Float],
        tuning: CausalTuning? = nil
    ) {
        (self.step, self.characters, self.divergence, self.deltaBPC) = (step, characters, divergence, deltaBPC)
        (self.logitEffect, self.tuning) = (logitEffect, tuning)
    }
}

/// What the analysis in the background is doing.
public struct InsightProgress: Sendable, Equatable {
    /// 0…1.
    public let share: Double
    public let phase: String

    public init(share: Double, phase: String) { (self.share, self.phase) = (share, phase) }
}

extension RunState {
    /// Takes an analysis. A thorough one brings the probes over its own text along, so that all panes rest on the same
    /// characters.
    mutating func accept(_ insight: Insight) {
        live.insight = insight
        live.causalHistory.append(insight)
        let snapshot = insight.network.snapshot
        guard insight.depth == .full, live.probes.latest.map({ $0.snapshot.step == snapshot.step }) ?? true else {
            return
        }
        live.probes.append(snapshot)
    }

    /// The analysis of the network on display; nil when there is none, or it is of a network of another shape.
    var insight: Insight? {
        guard let insight = data.insight else { return nil }
        guard let probe = data.probes.latest?.snapshot else { return insight }
        let network = insight.network
        return probe.rounds == network.rounds && probe.neurons == network.neurons
            && probe.symbols.count == network.symbols.count ? insight : nil
    }

    /// Says why there is no analysis, or how far it is.
    var insightMissing: [String] {
        if runInfo.modelFamily != "inn" { return probesMissing(self) }
        if let progress = insightProgress {
            return ["the neurons are being analysed: " + Format.percent(progress.share), progress.phase]
        }
        if isTraining { return ["the first analysis of the neurons follows soon"] }
        if isGrowing { return ["the first analysis of the neurons", "follows the first checkpoint"] }
        return ["no analysis: there are no weights here", "inn-tui explore \(runInfo.name) opens the network"]
    }

    /// Sample size of the analysis, what it does not cover, and how far a further one is.
    var insightNote: String { insightNote { $0.note } }

    /// The same where a legend already says the sample size.
    var insightStepNote: String { insightNote { "step " + Format.grouped($0.step) } }

    private func insightNote(_ text: (Insight) -> String) -> String {
        joined(analysingNote, insight.map(text) ?? "", insight == nil ? "" : intactNote)
    }

    /// How far an analysis is that is under way.
    var analysingNote: String { insightProgress.map { "analysing " + Format.percent($0.share) } ?? "" }

    /// Says that the analysis is of the network as it was trained, while something in it is changed.
    var intactNote: String { interventions.active.isEmpty ? "" : "without interventions" }
}
