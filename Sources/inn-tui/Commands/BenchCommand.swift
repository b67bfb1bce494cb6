import ArgumentParser
import Foundation
import INNKit
import INNLab

struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure how fast this machine trains and generates, and how far that is from its limit.",
        discussion: """
            Training runs on the built-in sample text. The limit is the arithmetic of the equations divided by what \
            the cores do in \
            large matrix products and vector exponentials, measured right before.
            """)

    @OptionGroup(title: "Model") var model: ModelOptions
    @Option(name: .long, help: ArgumentHelp("Parallel streams.", valueName: "n")) var batchSize = 8
    @Option(name: .long, help: ArgumentHelp("Characters per stream and step.", valueName: "n")) var sequenceLength = 128
    @OptionGroup var machine: MachineOptions
    @Option(name: .long, help: ArgumentHelp("Measure each figure for at least this long.", valueName: "s"))
    var seconds = 5.0
    @Option(
        name: .long,
        help: ArgumentHelp(
            "What grows in a scaling series: none, length, neurons, rounds, threads or cores, also more than are here.",
            valueName: "axis"))
    var scaling: ScalingAxis = .none
    @Option(
        name: .long,
        help: ArgumentHelp("Write weights, batches and results for a peer program to this folder.", valueName: "dir"))
    var peerExport: String?
    @Flag(name: .long, help: "Print one JSON object.") var json = false
    @OptionGroup var inputEnd: InputEndOptions

    func run() throws {
        let configuration = try model.configuration(vocabularySize: 27)
        let machine = try machine.machine
        for (name, value) in [("batch-size", batchSize), ("sequence-length", sequenceLength)]
        where !(1...1 << 20).contains(value) {
            throw INNError(.usage, "--\(name) is \(value), but must lie between 1 and \(1 << 20).")
        }
        guard seconds > 0, seconds <= 3600 else {
            throw INNError(.usage, "--seconds is \(seconds), but must be above 0 and at most 3600.")
        }
        guard scaling == .none || (machine.device == nil && peerExport == nil) else {
            throw INNError(.usage, "--scaling measures the processor; leave out --device and --peer-export.")
        }
        inputEnd.watch { _exit(INNError.Kind.inputOutput.exitCode) }
        let corpus = try SampleCorpus.make()
        let bench = BenchRunner(
            corpus: corpus, batchSize: batchSize, sequenceLength: sequenceLength,
            threads: machine.threads ?? ThreadTeam.coreCount, seconds: seconds)
        if let peerExport {
            try bench.exportForPeer(configuration, to: URL(fileURLWithPath: peerExport), on: machine.device)
        } else if let device = machine.device {
            let report = try bench.measure(configuration, preset: model.preset, on: device)
            if json { try BenchRunner.printJSON(report) } else { try report.printTable() }
        } else if scaling == .cores {
            try bench.scaleCores(configuration, json: json)
        } else if scaling != .none {
            guard case .inn(let configuration) = configuration else {
                throw INNError(.usage, "--scaling measures an INN; leave out --model.")
            }
            try bench.scale(configuration, along: scaling, json: json)
        } else {
            let report = try bench.measure(configuration, preset: model.preset)
            if json { try BenchRunner.printJSON(report) } else { try report.printTable() }
        }
    }
}

extension ScalingAxis: ExpressibleByArgument {}
