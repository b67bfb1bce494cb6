import ArgumentParser
import Foundation
import INNKit
import INNLab

struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write a trained network, or the metrics of a run, for use elsewhere.",
        discussion: """
            Without further options it writes the weights as a safetensors checkpoint a third as large as a training \
            checkpoint, which explore, \
            generate, eval and ablate open. --format pytorch writes the state_dict of the author's inn_model.py. \
            --tensorboard, --csv \
            and --json write the run's metrics instead, which --every thins; a --output that ends with .gz is \
            compressed. --neuron writes one neuron, which graft puts into another network.
            """)

    @Argument(help: ArgumentHelp("A run or, for weights, a checkpoint file.", valueName: "run"))
    var runName: String
    @Option(
        name: [.short, .long],
        help: ArgumentHelp(
            "The file to write; by default NAME.safetensors, and standard output for --csv and --json.",
            valueName: "file"))
    var output: String?
    @OptionGroup var runs: RunsOptions
    @Option(
        name: .long,
        help: ArgumentHelp("Names of the weights: inn-tui or pytorch (the author's inn_model.py).", valueName: "names"))
    var format: WeightFormat?
    @Flag(name: .long, help: "Use the best checkpoint instead of the last.")
    var best = false
    @Option(name: .long, help: ArgumentHelp("Write only what this neuron owns.", valueName: "n"))
    var neuron: Int?
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Write metrics and generated texts as event files into this folder, for tensorboard --logdir.",
            valueName: "folder"))
    var tensorboard: String?
    @Flag(name: .long, help: "Write the metrics as comma-separated values.")
    var csv = false
    @Flag(name: .long, help: "Write everything the run recorded, except probe snapshots, as one JSON object.")
    var json = false
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Write every n-th report of the metrics, and the last and all with a validation.", valueName: "n"))
    var every: Int?

    enum WeightFormat: String, ExpressibleByArgument, CaseIterable {
        case innTui = "inn-tui"
        case pytorch
    }

    func run() throws {
        let isWeights = format != nil || best || neuron != nil
        guard format == nil || neuron == nil else {
            throw INNError(.usage, "--neuron has a format of its own; leave out --format.")
        }
        guard [tensorboard != nil, csv, json, isWeights].count(where: { $0 }) <= 1 else {
            throw INNError(
                .usage, "Choose one of --tensorboard, --csv, --json and the weights (--format, --best, --neuron).")
        }
        if let every {
            guard tensorboard != nil || csv || json else {
                throw INNError(.usage, "--every thins metrics; use it with --tensorboard, --csv or --json.")
            }
            guard every >= 1 else { throw INNError(.usage, "--every is \(every), but must be at least 1.") }
        }
        if let tensorboard {
            guard output == nil else {
                throw INNError(
                    .usage, "--tensorboard names a folder, so --output has no meaning with it; leave it out.")
            }
            let folder = try RunFolder.open(runName, in: runs.url)
            let created = try folder.trainingConfig().createdAt
            let target = URL(fileURLWithPath: tensorboard, isDirectory: true)
            try StandardOutput.print(
                TensorBoardExport.write(folder, startedAt: created, every: every ?? 1, to: target).path)
        } else if csv || json {
            try exportMetrics()
        } else if let neuron {
            try exportNeuron(neuron)
        } else {
            try exportWeights()
        }
    }

    private func exportWeights() throws {
        let model = try OpenedModel.open(runName, runs, best: best)
        let name = output ?? NamedNetwork.stem(runName) + ".safetensors"
        let url = try CheckpointOutput.url(name, apartFrom: model.checkpoint.url)
        switch format ?? .innTui {
        case .innTui: try model.checkpoint.writeWeights(of: model.network, to: url)
        case .pytorch:
            try OfficialExport.write(
                IntelligentNeuralNetwork(model.checkpoint), alphabet: model.alphabet.stated, to: url)
        }
        // What went through a pipe has no size any more.
        var status = stat()
        let isFile = stat(url.path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        let size = isFile ? String(format: ", %.1f MB", Double(status.st_size) / 1e6) : ""
        try StandardOutput.print(
            "\(url.path): step \(model.checkpoint.state.step), \(model.network.parameterCount) parameters\(size)")
    }

    private func exportNeuron(_ index: Int) throws {
        let neuron = try NeuronWeights(loading: index, of: runName, runs, best: best)
        let name = output ?? NamedNetwork.stem(runName) + "-neuron-\(index).safetensors"
        let url = try CheckpointOutput.url(name, apartFrom: URL(fileURLWithPath: runName))
        try NeuronFile.write(neuron, to: url)
        try StandardOutput.print("\(url.path): \(neuron.origin), \(neuron.count) weights")
    }

    private func exportMetrics() throws {
        let metrics = try MetricsExport(RunFolder.open(runName, in: runs.url), every: every ?? 1)
        let file = try output.map { try StreamedFile($0) }
        let write: (String) throws -> Void = { text in
            if let file { try file.write(text) } else { try StandardOutput.write(text) }
        }
        if csv { try metrics.writeCSV(to: write) } else { try metrics.writeJSON(to: write) }
        try file?.finish()
    }
}
