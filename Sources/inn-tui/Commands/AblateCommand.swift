import ArgumentParser
import Foundation
import INNKit
import INNLab

struct AblateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ablate",
        abstract: "Switch every part of a trained network off in turn and measure what it costs.",
        discussion: """
            Every neuron (lesion), every head, the gates, the routing and the memory, each alone, over the same \
            held-out characters. Edges are ranked by a gradient estimate; the top ones are measured exactly, the \
            others marked as estimated. Intervals are paired: they are of the difference, character by character, \
            drawn in blocks. With --tuning only neurons, by what comes next: what each is for.
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
    var split: TextSplit = .validation
    @Option(name: .long, help: ArgumentHelp("Measure each change on at most this many characters.", valueName: "n"))
    var characters = 32_768
    @Flag(name: .long, help: "Only what each neuron is for: bits lost by next character, with labels and clusters.")
    var tuning = false
    @Option(name: .long, help: ArgumentHelp("How many edges are measured exactly.", valueName: "n"))
    var edges = 12
    @Option(name: .long, help: ArgumentHelp("Characters that stay together in the intervals.", valueName: "n"))
    var block = 128
    @Flag(name: .long, help: "Use the best checkpoint instead of the last.")
    var best = false
    @Flag(name: .long, help: "Print one JSON object.")
    var json = false
    @Flag(name: .long, help: "Print comma-separated values.")
    var csv = false

    func validate() throws {
        guard characters >= 2 else { throw ValidationError("--characters is \(characters), but must be at least 2.") }
        guard edges >= 0 else { throw ValidationError("--edges is \(edges), but must be 0 or more.") }
        guard (1...1 << 20).contains(block) else {
            throw ValidationError("--block is \(block), but must lie between 1 and \(1 << 20).")
        }
        guard block <= characters else {
            throw ValidationError("--block is \(block), more than the \(characters) characters that are measured.")
        }
        guard !(json && csv) else { throw ValidationError("--json and --csv exclude each other.") }
    }

    func run() throws {
        let model = try OpenedModel.open(runName, runs, best: best)
        let text = try model.corpus(corpus, data)
        let network = try IntelligentNeuralNetwork(model.checkpoint)
        let windows = try ValidationWindows(
            measuring: text, range: split.range(of: text), sequenceLength: block, maximumCharacters: characters
        ).fitting(network)
        let progress = MeasurementProgress()
        let form: MeasurementForm = json ? .json : csv ? .csv : .text
        let output: String
        if tuning {
            let measured = try CausalMeasurement(network, windows, alphabet: model.alphabet) {
                progress.show($0, "removing neurons")
            }
            output = try CausalReport(measured, of: model.checkpoint, on: text, split).output(form)
        } else {
            let ablation = try Ablation(
                network, SurprisalMeter(network, windows), alphabet: model.alphabet,
                blockLength: windows.sequenceLength, verifiedEdges: edges,
                progress: { progress.show($0, of: $1, "changes") })
            output = try AblationReport(ablation, of: model.checkpoint, on: text, split).output(form)
        }
        progress.finish()
        try StandardOutput.write(output)
    }
}
