import Foundation
import INNKit

/// What the neurons of one run have become: the figures of `analyze` that the comparison of gates needs.
package struct NetworkStudy: KeptStudy, Sendable {
    static let suffix = ""

    package let run: String
    /// Characters that were read, and over which neurons were removed.
    let characters: Int, effectCharacters: Int
    /// How often gates are open on held-out text, mean over all; how many of them never change.
    package let firingRate: Double
    let gates: Int, stillGates: Int
    /// Of the profiles of costs over symbols, cross-validated, and of untrained networks.
    let specialisation: Interval?
    let untrainedSpecialisation: ClosedRange<Double>?
    /// Over vowels, consonants and spaces, noise included; see ``CausalTuning/classSpecialisation``.
    package let classSpecialisation: Double?
    /// Findings beside three untrained networks that fire as often, and causal labels among them.
    let findings: Int, causalLabels: Int
    /// How many times faster it reads with the interventions that it was trained with than with all gates open.
    let speedUp: Double?

    /// Analyses a finished run.
    ///
    /// - Parameter size: characters that are read, and over which neurons are removed.
    init(_ name: String, in folder: URL, _ text: Corpus, size: (characters: Int, effects: Int)) throws {
        let model = try OpenedModel(name, in: folder, best: false)
        guard let network = model.network as? IntelligentNeuralNetwork else {
            throw INNError(.usage, "\(name) is a baseline without neurons to study.")
        }
        let windows = try ValidationWindows(
            measuring: text, range: text.splits.validation, sequenceLength: 128, maximumCharacters: size.characters
        ).fitting(network)
        let analysis = AnalysisRun(
            network: network, alphabet: model.alphabet, corpus: text, windows: windows,
            options: .init(hasMemory: false, edges: 0, effectCharacters: size.effects),
            step: model.checkpoint.state.step)
        let measured = try analysis.measure { _, _ in }
        let subject = AnalysisSubject(
            network: name, step: model.checkpoint.state.step, parameters: network.parameterCount,
            corpus: text.summary, split: "validation", isHeldOut: true, command: "inn-tui analyze \(name)",
            unit: text.alphabet.unit)
        let report = AnalysisReport(
            subject: subject, trained: measured.trained, untrained: measured.untrained, control: measured.control)
        let trained = report.trained
        let tuning = trained.causal?.tuning
        run = name
        (characters, effectCharacters) = (windows.characters, tuning?.characters ?? 0)
        let rates = trained.units.map(\.firing.rate)
        gates = rates.count
        firingRate = rates.reduce(0, +) / Double(max(1, rates.count))
        stillGates = rates.count { $0 == 0 || $0 == 1 }
        specialisation = tuning?.specialisation
        untrainedSpecialisation = tuning?.control?.specialisation
        classSpecialisation = tuning?.classSpecialisation
        findings = report.findings.count
        causalLabels = report.findings.count { $0.kind == .causalLabel }
        speedUp = try Self.speedUp(model, network, text)
    }

    /// nil for networks whose gates are never shut: there is nothing to leave out.
    private static func speedUp(
        _ model: OpenedModel, _ network: IntelligentNeuralNetwork, _ text: Corpus
    ) throws -> Double? {
        guard network.configuration.gate == .hard else { return nil }
        let range = text.splits.validation
        return try SpeedComparison(
            network, reference: InterventionSet([.gate(.open)]), changed: model.settings?.interventions ?? .none,
            ids: text.ids(in: range.lowerBound..<min(range.upperBound, range.lowerBound + 4096)), seconds: 2
        ).speedUp
    }
}
