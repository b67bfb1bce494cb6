import Foundation
import INNKit

extension Corpus {
    /// Everything that is known about a text, for people; reads all of it.
    ///
    /// - Throws: as ``Corpus/sha256()``.
    package func description() throws -> String {
        let entropy = entropy(in: splits.train)
        let lines = [
            notice, summary, sourcePath.map { "from       \($0)" }, "alphabet   \(alphabet.summary)",
            loss.map { "dropped    \($0.summary)" }, "sha256     \(try sha256())",
            """
            splits     train \(splits.train.count.formatted()), validation \(splits.validation.count.formatted()), \
            test \(splits.test.count.formatted()) \(alphabet.unit.name)s
            """,
            String(
                format: "entropy    uniform %.4f, unigram %.4f, bigram %.4f %@ (training split)",
                log2(Double(alphabet.vocabularySize)), entropy.unigram, entropy.bigram, alphabet.unit.bits),
        ]
        return lines.compactMap { $0 }.joined(separator: "\n")
    }
}
