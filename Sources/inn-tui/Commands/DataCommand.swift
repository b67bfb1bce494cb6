import ArgumentParser
import Foundation
import INNKit
import INNLab

struct DataCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data", abstract: "Find or download a text and describe it.")

    @Argument(help: ArgumentHelp("text8, enwik8, sample or a file.", valueName: "corpus"))
    var corpus: String
    @OptionGroup var data: DataOptions
    @Option(name: .long, help: ArgumentHelp("Print this many characters of the training split.", valueName: "n"))
    var show: Int?
    @Flag(
        name: .long,
        help:
            "Print on standard error how long opening took and how much memory the program then has, and nothing else.")
    var timing = false

    func run() throws {
        let start = ContinuousClock.now
        let text = try data.corpus(corpus)
        if timing {
            let seconds = start.duration(to: .now) / .seconds(1)
            return StandardError.print(
                String(
                    format: "%@ characters opened in %.3f s, at most %.1f MB resident", text.count.formatted(), seconds,
                    Double(BenchRunner.peakBytes()) / 1e6))
        }
        if let notice = text.notice { try StandardOutput.print(notice) }
        try StandardOutput.print(text.summary)
        if let path = text.sourcePath { try StandardOutput.print("from       \(path)") }
        try StandardOutput.print("sha256     \(try text.sha256())")
        let splits = text.splits
        try StandardOutput.print(
            """
            splits     train \(splits.train.count.formatted()), validation \(splits.validation.count.formatted()), \
            test \(splits.test.count.formatted()) characters
            """
        )
        let entropy = text.entropy(in: splits.train)
        try StandardOutput.print(
            String(
                format: "entropy    uniform %.4f, unigram %.4f, bigram %.4f bits per character (training split)",
                log2(Double(text.alphabet.vocabularySize)), entropy.unigram, entropy.bigram))
        if let show {
            try StandardOutput.print(
                text.text(
                    in: splits.train.lowerBound..<min(splits.train.upperBound, splits.train.lowerBound + max(0, show))))
        }
    }
}
