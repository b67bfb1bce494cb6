import ArgumentParser
import Foundation
import INNKit
import INNLab

struct GraftCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "graft",
        abstract: "Put a neuron of one network into the place of a neuron of another, and measure what it does.",
        discussion: """
            What travels is what a neuron owns: its memory and its activation gate in every round. Embedding, norms, \
            attention and \
            readout belong to all neurons and stay. Both networks need --sharing own and the same width, rounds, \
            states and taps; the \
            number of neurons may differ. ΔBPC is measured on held-out text of the receiving network.

            Examples:
              inn-tui graft --from A --neuron 3 --into B --neuron 7 --output grafted.safetensors
              inn-tui export A --neuron 3 --output n3.safetensors
              inn-tui graft --from n3.safetensors --into B --neuron 7 --output grafted.safetensors
            """)

    @Option(
        name: .long,
        help: ArgumentHelp("The run, checkpoint file or neuron file that the neuron is taken from.", valueName: "run"))
    var from: String
    @Option(name: .long, help: ArgumentHelp("The run or checkpoint file that receives it.", valueName: "run"))
    var into: String
    @Option(
        name: .long,
        help: ArgumentHelp(
            "First the neuron that is taken, then the one that it replaces; only the second for a neuron file.",
            valueName: "n"))
    var neuron: [Int] = []
    @Option(name: [.short, .long], help: ArgumentHelp("The file to write.", valueName: "file"))
    var output: String
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Text to measure on: text8, enwik8, sample or a file; by default the receiving run's own.",
            valueName: "corpus"))
    var corpus: String?
    @Option(
        name: .long, help: ArgumentHelp("Measure on at most this many characters; 0 measures nothing.", valueName: "n"))
    var characters = 32_768
    @Option(name: .long, help: ArgumentHelp("Characters that stay together in the interval.", valueName: "n"))
    var block = 128
    @OptionGroup var runs: RunsOptions
    @OptionGroup(title: "Text") var data: DataOptions
    @Flag(name: .long, help: "Use the best checkpoints instead of the last.")
    var best = false
    @Flag(name: .long, help: "Print one JSON object.")
    var json = false

    func validate() throws {
        guard characters == 0 || characters >= 2 else {
            throw ValidationError("--characters is \(characters), but must be 0 or at least 2.")
        }
        guard (1...1 << 20).contains(block) else {
            throw ValidationError("--block is \(block), but must lie between 1 and \(1 << 20).")
        }
    }

    func run() throws {
        let (source, target) = try donor()
        let model = try OpenedModel.open(into, runs, best: best)
        let network = try IntelligentNeuralNetwork(model.checkpoint)
        let url = try CheckpointOutput.url(output, apartFrom: model.checkpoint.url)
        let result = try Graft(
            source, into: network, neuron: target, of: model.checkpoint, output: url,
            meter: characters == 0
                ? nil : Graft.meter(network, model.corpus(corpus, data), characters: characters, block: block),
            block: block)
        try StandardOutput.write(json ? JSONText.line(result) + "\n" : result.text)
    }

    /// The neuron that travels, and the number of the one that it replaces.
    private func donor() throws -> (NeuronWeights, target: Int) {
        if case .file(let file) = try NamedNetwork(from, in: runs.url), try NeuronFile.isNeuron(file) {
            guard neuron.count == 1 else {
                throw INNError(
                    .usage, "\(from) holds one neuron, so give --neuron once: the neuron of \(into) that it replaces.")
            }
            return (try NeuronFile.read(file), neuron[0])
        }
        guard neuron.count == 2 else {
            throw INNError(
                .usage,
                "Give --neuron twice: after --from the neuron that is taken, after --into the one that it replaces.")
        }
        return (try NeuronWeights(loading: neuron[0], of: from, runs, best: best), neuron[1])
    }
}

extension NeuronWeights {
    /// Takes a neuron out of a run's checkpoint or a checkpoint file.
    init(loading neuron: Int, of name: String, _ runs: RunsOptions, best: Bool) throws {
        let checkpoint = try FoundCheckpoint.open(name, runs, best: best)
        let place =
            if case .file(let file) = try NamedNetwork(name, in: runs.url) { file.lastPathComponent } else { name }
        try self.init(of: IntelligentNeuralNetwork(checkpoint), neuron: neuron, name: place)
    }
}
