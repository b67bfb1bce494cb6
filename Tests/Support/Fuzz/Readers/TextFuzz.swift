import Foundation
import INNKit

/// A corpus from a plain text file, through every alphabet.
final class TextFuzz: FuzzReader {
    static let name = "text"
    let seeds: [[UInt8]]
    private let file: URL

    init(scratch: URL) throws {
        file = scratch.appending(path: "input.txt")
        let english =
            "The boat, which in 1897 was the LARGEST of its kind, sailed over long waves; nobody at home knew where. "
        let mixed = "Ä ö ü ß — “quotes” 漢字 🙂 \u{301}combining \r\n\ttab \u{0} zero "
        seeds = [
            Array(String(repeating: english, count: 6).utf8), Array(String(repeating: mixed, count: 8).utf8),
            Array(String(repeating: "one two three ", count: 40).utf8),
            Array((0..<2048).map { UInt8(truncatingIfNeeded: $0 &* 31) }),
            String(repeating: "река утро ", count: 40).utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] },
        ]
    }

    func mutated(_ mutator: inout Mutator) -> [UInt8] { mutator.bytes(mutator.pick(seeds), donors: seeds) }

    func read(_ bytes: [UInt8]) throws {
        try Data(bytes).write(to: file)
        let choices: [AlphabetChoice] = [
            .bytes, .text8, .unicode(lowercase: false), .unicode(lowercase: true), .auto(lowercase: false),
        ]
        let sum = bytes.reduce(0, &+)
        let resolver = CorpusResolver(
            alphabet: choices[Int(sum) % choices.count], isForced: sum % 2 == 0, environment: [:])
        try CorpusUse.use(resolver.resolve(file.path))
    }
}

/// What training does with a corpus before its first step.
enum CorpusUse {
    static func use(_ corpus: Corpus) throws {
        _ = corpus.fingerprint
        _ = corpus.entropy(in: corpus.splits.train)
        let windows = try ValidationWindows(corpus: corpus, batchSize: 4, sequenceLength: 16, maximumCharacters: 256)
        let sampler = try BatchSampler(
            corpus: corpus, range: corpus.splits.train, batchSize: 2, sequenceLength: 8, order: .contiguous, seed: 1)
        var tokens = [Int32](repeating: 0, count: 16)
        var targets = tokens
        sampler.fill(position: windows.windowCount, tokens: &tokens, targets: &targets)
        precondition(
            tokens.allSatisfy { (0..<Int32(corpus.alphabet.vocabularySize)).contains($0) }, "an id outside the alphabet"
        )
        _ = corpus.text(in: corpus.splits.test)
    }
}
