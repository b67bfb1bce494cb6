import ArgumentParser
import Foundation
import INNKit
import INNLab

struct ComputeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compute",
        abstract: "Measure what a trained network saves and loses when silent neurons skip their work.",
        discussion: """
            For every rate it lets that share of neurons work per character, chosen by a threshold on the gate or as \
            the loudest k, and \
            prints speed and bits per character. Two modes: exact leaves out what nobody hears, and the memory of a \
            silent neuron \
            lives on; skip judges by the gate before the memory, and where it is silent the memory is not run and \
            stays as it is.

            With no argument it measures the model that ships with the program. generate --gate loudest:4 \
            --skip-silent writes in such \
            a mode, and on the generate screen + - and s set it.
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
    @Option(
        name: .long, help: ArgumentHelp("Measure bits per character on at most this many characters.", valueName: "n"))
    var characters = 16_384
    @Option(
        name: .long, parsing: .upToNextOption, help: ArgumentHelp("Shares of neurons that work.", valueName: "rates"))
    var rates = [0.75, 0.5, 0.3, 0.15]
    @Option(name: .long, help: ArgumentHelp("Seconds for the speed of each row.", valueName: "s"))
    var seconds = 2.0
    @Flag(name: .long, help: "Use the best checkpoint instead of the last.")
    var best = false
    @Flag(name: .long, help: "Print one JSON object.")
    var json = false

    func validate() throws {
        guard characters >= 1024 else {
            throw ValidationError("--characters is \(characters), but must be at least 1024.")
        }
        guard !rates.isEmpty, rates.allSatisfy({ $0 > 0 && $0 < 1 }) else {
            throw ValidationError("--rates must lie between 0 and 1.")
        }
        guard seconds >= 0, seconds <= 3600 else {
            throw ValidationError("--seconds is \(seconds), but must lie between 0 and 3600.")
        }
    }

    func run() throws {
        let model = try OpenedModel.open(runName, runs, best: best)
        let network = try IntelligentNeuralNetwork(model.checkpoint)
        let name = model.checkpoint.url.lastPathComponent
        guard network.shape.hasGates else {
            throw INNError(
                .usage,
                "The neurons of \(name) have no gates, so none is ever silent; name a network with --gate soft or hard."
            )
        }
        guard network.shape.hasMemory else {
            throw INNError(.usage, "The neurons of \(name) have no memory to skip; name a network with --memory mamba.")
        }
        let text = try model.corpus(corpus, data)
        let range = split.range(of: text)
        func windows(_ count: Int) throws -> ValidationWindows {
            try ValidationWindows(
                measuring: text, range: range, sequenceLength: 128, maximumCharacters: count, mostStreams: 8
            ).fitting(network)
        }
        let progress = MeasurementProgress()
        let ladder = try ComputeLadder(
            network, windows(characters), calibration: windows(2048),
            trained: model.settings?.interventions ?? .none,
            rates: rates, seconds: seconds, progress: { progress.show($0, of: $1, "settings") })
        progress.finish()
        let report = ComputeReport(ladder, of: model.checkpoint, on: text, split)
        try StandardOutput.write(json ? JSONText.pretty(report) + "\n" : report.text())
    }
}
