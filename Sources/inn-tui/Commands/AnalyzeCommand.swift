import ArgumentParser
import Foundation
import INNKit
import INNLab

struct AnalyzeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "analyze", abstract: "Report what the neurons of a trained network do, with the evidence.",
        discussion: """
            One pass over a held-out text measures firing, tuning, information, clusters, rules, contexts, routing, \
            hubs and communities, and the same of untrained copies whose gates fire as often: what they do as well \
            is no finding. Then edges and neurons are taken away and the past is changed, to see what they are \
            worth. With no run it takes the model that ships with the program.

            The firing unit is the gate of a neuron in one round; rounds count from 1, neurons from 0.

            Examples:
              inn-tui analyze --report report.html
              inn-tui analyze text8-small-1 --split validation --characters 100000 --neuron 3
              inn-tui analyze text8-small-1 book.txt --split all --report report.md --json > report.json
            """)

    @Argument(
        help: ArgumentHelp(
            "A run or a checkpoint file; by default the model that ships with the program.", valueName: "run"))
    var runName: String?
    @Argument(
        help: ArgumentHelp("text8, enwik8, sample or a file; by default the run's own text.", valueName: "corpus"))
    var corpus: String?
    @Option(name: .long, help: ArgumentHelp("train, validation, test or all.", valueName: "split"))
    var split: TextSplit = .test
    @Option(name: .long, help: ArgumentHelp("Read at most this many characters.", valueName: "n"))
    var characters = 262_144
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Write the report with pictures: .html is one file, .md has SVG files beside it.", valueName: "file"))
    var report: String?
    @Flag(name: .long, help: "Print one JSON object with every figure.")
    var json = false
    @Option(name: .long, help: ArgumentHelp("Print everything about one neuron, in all rounds.", valueName: "i"))
    var neuron: Int?
    @Flag(name: .long, inversion: .prefixedNo, help: "Measure untrained copies of the network as well.")
    var control = true
    @Flag(name: .long, inversion: .prefixedNo, help: "Take edges and neurons away and change the past.")
    var effects = true
    @Option(
        name: .long,
        help: ArgumentHelp("How many edges are cut and measured; the others are estimated.", valueName: "n"))
    var edges = 12
    @Option(name: .long, help: ArgumentHelp("Measure each removal on at most this many characters.", valueName: "n"))
    var effectCharacters = 65_536
    @Option(
        name: .long, help: ArgumentHelp("Seed of the untrained copies, of shifts and of bootstraps.", valueName: "n"))
    var seed: UInt64 = 1
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Write what the figures were computed from as NumPy arrays into this folder.", valueName: "folder"))
    var exportTrace: String?
    @Flag(name: .long, help: "Use the best checkpoint instead of the last.")
    var best = false
    @OptionGroup(title: "Runs") var runs: RunsOptions
    @OptionGroup(title: "Text") var data: DataOptions

    func validate() throws {
        guard characters >= 256 else {
            throw ValidationError("--characters is \(characters), but must be at least 256.")
        }
        guard edges >= 0 else { throw ValidationError("--edges is \(edges), but must be 0 or more.") }
        guard effectCharacters >= 128 else {
            throw ValidationError("--effect-characters is \(effectCharacters), but must be at least 128.")
        }
        if let report, !report.hasSuffix(".html"), !report.hasSuffix(".md") {
            throw ValidationError("--report \(report) has to end in .html or .md.")
        }
    }

    func run() throws {
        let model = try OpenedModel.open(runName, runs, best: best)
        guard let network = model.network as? IntelligentNeuralNetwork else {
            throw INNError(
                .usage,
                """
                \(model.checkpoint.url.lastPathComponent) is a baseline without neurons to analyse; name a run of \
                model family inn.
                """
            )
        }
        if let neuron, !(0..<network.shape.neurons).contains(neuron) {
            throw INNError(
                .usage, "--neuron is \(neuron), but the neurons of this network are 0 to \(network.shape.neurons - 1).")
        }
        let file = try report.map { try AnalysisReportFile(URL(filePath: $0)) }
        let text = try model.corpus(corpus, data)
        let windows = try ValidationWindows(
            measuring: text, range: split.range(of: text), sequenceLength: 128, maximumCharacters: characters
        ).fitting(network)
        let analysis = AnalysisRun(
            network: network, alphabet: model.alphabet, corpus: text, windows: windows,
            options: .init(
                hasControl: control, hasEffects: effects, edges: edges, effectCharacters: effectCharacters, seed: seed),
            step: model.checkpoint.state.step)
        let trace = try exportTrace.map { try TraceExport(analysis, to: URL(filePath: $0)) }
        let progress = MeasurementProgress()
        let measured = try analysis.measure(progress: progress.show)
        progress.finish()
        try trace?.write(measured.trained)
        let result = try model.report(subject(model, text), measured)
        if let file {
            try file.write(result)
            StandardError.print("inn-tui: wrote \(file.url.path)")
        }
        try StandardOutput.write(
            json
                ? JSONText.pretty(result) + "\n"
                : neuron.map { NeuronText(result, neuron: $0).text } ?? AnalysisText(result).text)
    }

    private func subject(_ model: OpenedModel, _ text: Corpus) -> AnalysisSubject {
        AnalysisSubject(
            model, text, split, isOwnText: corpus == nil || corpus == model.settings?.corpus,
            command: ["inn-tui analyze", runName, corpus, "--split \(split.rawValue)", "--characters \(characters)"]
                + ["--seed \(seed)", best ? "--best" : nil, control ? nil : "--no-control"]
                + [effects ? "--edges \(edges) --effect-characters \(effectCharacters)" : "--no-effects"])
    }
}
