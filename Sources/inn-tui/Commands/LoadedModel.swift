import Foundation
import INNKit

/// A trained network with what its checkpoint says about its text.
struct LoadedModel {
    let checkpoint: Checkpoint
    let network: any LanguageModel
    /// Nil when the checkpoint does not say how it was trained.
    let settings: TrainingSettings?
    let alphabet: Alphabet

    /// - Throws: ``INNError`` when there is no such run or checkpoint, or it cannot be read.
    init(_ name: String, in runs: URL, best: Bool) throws {
        checkpoint = try EvalCommand.checkpoint(name, in: runs, best: best)
        network = try checkpoint.makeModel()
        settings = try checkpoint.trainingSettings()
        alphabet = try checkpoint.alphabet()
    }

    /// The text to measure on: the given one, or what the network was trained on.
    func corpus(_ name: String?, _ data: DataOptions) throws -> Corpus {
        guard let name = name ?? settings?.corpus else {
            throw INNError(.usage, "Name the text to measure on: the checkpoint does not say what it was trained on.")
        }
        var data = data
        if data.alphabet == nil { data.alphabet = alphabet }
        let text = try data.corpus(name)
        guard text.alphabet.vocabularySize == network.vocabularySize else {
            throw INNError(
                .usage,
                """
                The network knows \(network.vocabularySize) symbols, but \(name) is read with \
                \(text.alphabet.vocabularySize); see --alphabet.
                """
            )
        }
        if let notice = text.notice { StandardError.print("inn-tui: \(notice)") }
        return text
    }

    /// Averages over held-out text, when the interventions need them.
    func averages(for set: InterventionSet, _ corpus: @autoclosure () throws -> Corpus) throws -> InterventionBaseline?
    {
        guard set.needsBaseline, network.shape.hasNeurons else { return nil }
        let windows = try ValidationWindows(
            corpus: corpus(), batchSize: 8, sequenceLength: 128, maximumCharacters: 16_384
        ).fitting(network)
        return SurprisalMeter(network, windows).baseline()
    }
}
