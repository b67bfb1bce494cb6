import Foundation
import INNKit

/// How often a run answers the questions of ``RecallCorpus``.
package struct RecallStudy: KeptStudy, Sendable {
    static let suffix = ".recall"

    package let run: String
    /// Over the validation split.
    package let answers: FirstChoices

    /// Asks a finished run.
    init(_ name: String, in folder: URL, _ text: Corpus, characters: Int) throws {
        let model = try OpenedModel(name, in: folder, best: false)
        let windows = try ValidationWindows(
            corpus: text, range: text.splits.validation, batchSize: 16, sequenceLength: 128,
            maximumCharacters: characters
        ).fitting(model.network)
        run = name
        answers = FirstChoices(model.network, windows, after: Set(Alphabet.bytes.encode(RecallCorpus.questions)))
    }
}
