import ArgumentParser
import Foundation
import INNKit

struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write a trained network, or the metrics of a run, for use elsewhere.",
        discussion: """
            Without further options it writes the weights as a safetensors checkpoint a third as large as a training checkpoint, which explore, \
            generate, eval and ablate open. --format pytorch writes the state_dict of the author's inn_model.py. --tensorboard, --csv \
            and --json write the run's metrics instead. --neuron writes one neuron, which graft puts into another network.
            """)

    @Argument(help: ArgumentHelp("A run or, for weights, a checkpoint file.", valueName: "run"))
    var runName: String
    @Option(name: [.short, .long], help: ArgumentHelp("The file to write; by default NAME.safetensors, and standard output for --csv and --json.", valueName: "file"))
    var output: String?
    @OptionGroup var runs: RunsOptions
    @Option(name: .long, help: ArgumentHelp("Names of the weights: inn-tui or pytorch (the author's inn_model.py).", valueName: "names"))
    var format: WeightFormat?
    @Flag(name: .long, help: "Use the best checkpoint instead of the last.")
    var best = false
    @Option(name: .long, help: ArgumentHelp("Write only what this neuron owns.", valueName: "n"))
    var neuron: Int?
    @Option(name: .long, help: ArgumentHelp("Write metrics and generated texts as event files into this folder, for tensorboard --logdir.", valueName: "folder"))
    var tensorboard: String?
    @Flag(name: .long, help: "Write the metrics as comma-separated values.")
    var csv = false
    @Flag(name: .long, help: "Write everything the run recorded, except probe snapshots, as one JSON object.")
    var json = false

    enum WeightFormat: String, ExpressibleByArgument, CaseIterable {
        case innTui = "inn-tui"
        case pytorch
    }

    func run() throws {
        let isWeights = format != nil || best || neuron != nil
        guard format == nil || neuron == nil else { throw INNError(.usage, "--neuron has a format of its own; leave out --format.") }
        guard [tensorboard != nil, csv, json, isWeights].count(where: { $0 }) <= 1 else {
            throw INNError(.usage, "Choose one of --tensorboard, --csv, --json and the weights (--format, --best, --neuron).")
        }
        if let tensorboard {
            guard output == nil else { throw INNError(.usage, "--tensorboard names a folder, so --output has no meaning with it; leave it out.") }
            let folder = try RunFolder.open(runName, in: runs.url)
            let created = try folder.trainingConfig().createdAt
            print(try TensorBoardExport.write(folder, startedAt: created, to: URL(fileURLWithPath: tensorboard, isDirectory: true)).path)
        } else if csv {
            try write(MetricsTable.csv(RunHistory(RunFolder.open(runName, in: runs.url)).reports()))
        } else if json {
            try write(JSONText.pretty(RunRecord(RunFolder.open(runName, in: runs.url))) + "\n")
        } else if let neuron {
            try exportNeuron(neuron)
        } else {
            try exportWeights()
        }
    }

    private func exportWeights() throws {
        let model = try LoadedModel(runName, in: runs.url, best: best)
        let name = output ?? URL(fileURLWithPath: runName).deletingPathExtension().lastPathComponent + ".safetensors"
        let url = try CheckpointOutput.url(name, apartFrom: model.checkpoint.url)
        switch format ?? .innTui {
        case .innTui: try model.checkpoint.writeWeights(of: model.network, to: url)
        case .pytorch: try OfficialExport.write(IntelligentNeuralNetwork(model.checkpoint), to: url)
        }
        let bytes = (try? url.resourceValues(forKeys: [.fileSizeKey]).fileSize) ?? 0
        print(String(format: "%@: step %d, %d parameters, %.1f MB", url.path, model.checkpoint.state.step, model.network.parameterCount, Double(bytes) / 1e6))
    }

    private func exportNeuron(_ index: Int) throws {
        let neuron = try NeuronWeights(loading: index, of: runName, in: runs.url, best: best)
        let name = output ?? URL(fileURLWithPath: runName).deletingPathExtension().lastPathComponent + "-neuron-\(index).safetensors"
        let url = try CheckpointOutput.url(name, apartFrom: URL(fileURLWithPath: runName))
        try NeuronFile.write(neuron, to: url)
        print("\(url.path): \(neuron.origin), \(neuron.count) weights")
    }

    private func write(_ text: String) throws {
        guard let output else { return try PipeOutput.write(text) }
        do {
            try Data(text.utf8).write(to: URL(fileURLWithPath: output), options: .atomic)
        } catch {
            throw INNError(.cannotCreate, "\(output) cannot be written; choose another file with --output.")
        }
    }
}

/// What `export --json` prints: a run's settings and all that was recorded besides probe snapshots.
private struct RunRecord: Encodable {
    let name: String
    let config: RunConfig<TrainingSettings>
    let sessions: [RunSession]
    let reports: [TrainingReport]
    let marks: [EventMark]
    let samples: [TextSample]
    let interventions: [Intervened]

    struct Intervened: Encodable {
        let step: Int
        let set: InterventionSet
    }

    init(_ folder: RunFolder) throws {
        let history = try RunHistory(folder)
        name = folder.name
        config = try folder.trainingConfig()
        sessions = try history.sessions()
        reports = try history.reports()
        marks = try history.marks()
        samples = try history.samples()
        interventions = try history.interventions().map { Intervened(step: $0.step, set: $0.set) }
    }
}
