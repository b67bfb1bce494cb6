import ArgumentParser
import Foundation
import INNKit
import INNLab

struct EvalCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "eval", abstract: "Measure a trained network in bits per character, or byte.",
        discussion: """
            Two protocols: windows (the paper's: the memory starts from zero in every window) and streaming (the \
            memory is carried \
            along the text). By default both are measured on the whole test split, in as many streams as leave each of \
            them four windows. Of a network of bytes both are also given per character of UTF-8. A network that was \
            trained with --skip-silent is measured with it. With no run it takes the model that ships with the program.
            """)

    @Argument(
        help: ArgumentHelp(
            "A run or a checkpoint file; by default the model that ships with the program.", valueName: "run"))
    var runName: String?
    @Argument(
        help: ArgumentHelp("text8, enwik8, sample or a file; by default the run's own text.", valueName: "corpus"))
    var corpus: String?
    @OptionGroup var runs: RunsOptions
    @OptionGroup(title: "Text") var data: DataOptions
    @Option(name: .long, help: ArgumentHelp("train, validation, test or all.", valueName: "split"))
    var split: TextSplit = .test
    @Option(name: .long, help: ArgumentHelp("Measure at most this many characters.", valueName: "n"))
    var characters: Int?
    @Flag(name: .long, help: "Use the best checkpoint instead of the last.")
    var best = false
    @Flag(name: .long, help: "Print one JSON object.")
    var json = false

    func run() throws {
        let model = try OpenedModel.open(runName, runs, best: best)
        let result = try HeldOutEvaluation(model, on: try model.corpus(corpus, data), split, characters: characters)
        try StandardOutput.print(json ? try JSONText.line(result) : result.text)
    }
}

extension TextSplit: ExpressibleByArgument {}
