import Foundation
import INNKit

/// How often a run answers the questions of ``RecallCorpus``.
package struct RecallStudy: Codable, Sendable {
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

    // MARK: Kept beside the runs

    private static func file(_ name: String, in folder: URL) -> URL {
        folder.appending(path: "studies/\(name).recall.json")
    }

    /// The study of a run that was made before; nil when there is none.
    static func kept(_ name: String, in folder: URL) -> RecallStudy? {
        (try? SmallFile.bytes(of: file(name, in: folder).path, upTo: 1 << 20)).flatMap {
            try? JSONDecoder().decode(RecallStudy.self, from: Data($0))
        }
    }

    func keep(in folder: URL) throws {
        let file = Self.file(run, in: folder)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(JSONText.pretty(self).utf8).write(to: file, options: .atomic)
    }
}
