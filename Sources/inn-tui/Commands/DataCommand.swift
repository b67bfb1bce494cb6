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
        try StandardOutput.print(try text.description())
        if let show {
            try StandardOutput.print(text.text(in: text.splits.train.prefix(max(0, show))))
        }
    }
}
