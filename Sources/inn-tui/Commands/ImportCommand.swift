import ArgumentParser
import Foundation
import INNKit
import INNLab

struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Read the author's PyTorch model and write it as a checkpoint.",
        discussion: """
            The file is a safetensors of the state_dict of the author's inn_model.py, the head tied to the embedding \
            or left out. Sizes \
            are inferred from the shapes; heads, which shapes do not tell, come from --heads, from --config, or from \
            the file's own \
            metadata “config”. eval, explore, generate, ablate and export open the checkpoint.
            """)

    @Argument(help: ArgumentHelp("A .safetensors file.", valueName: "file"))
    var file: String
    @Option(name: [.short, .long], help: ArgumentHelp("The checkpoint to write.", valueName: "file"))
    var output: String
    @Option(name: .long, help: ArgumentHelp("Attention heads; the author uses 4.", valueName: "n"))
    var heads: Int?
    @Option(name: .long, help: ArgumentHelp("Number of neurons, where they share all weights.", valueName: "n"))
    var neurons: Int?
    @Option(
        name: .long,
        help: ArgumentHelp(
            "JSON file with the author's constructor arguments, such as {\"num_neurons\": 32, \"heads\": 4}.",
            valueName: "file"))
    var config: String?
    @Flag(
        inversion: .prefixedNo, exclusivity: .exclusive,
        help: "Whether tensors that the model does not have are an error.")
    var strict = true

    func run() throws {
        let target = try CheckpointOutput.url(output, apartFrom: URL(fileURLWithPath: file))
        var known =
            try config.map { try OfficialConfiguration(contentsOf: URL(fileURLWithPath: $0)) }
            ?? OfficialConfiguration()
        known.heads = heads ?? known.heads
        known.numNeurons = neurons ?? known.numNeurons
        let imported = try OfficialImport(OfficialImport.file(file), known: known, isStrict: strict)
        let network = try imported.network()
        if let first = imported.leftOut.first {
            StandardError.print(
                """
                inn-tui: \(imported.leftOut.count) tensors that the model does not have were left out, such as \
                “\(first.prefix(60))”.
                """
            )
        }
        try Checkpoint.writeWeights(
            of: network, importedFrom: URL(fileURLWithPath: file).lastPathComponent, alphabet: imported.alphabet,
            to: target)
        let c = network.configuration
        try StandardOutput.print(
            """
            \(target.path): \(c.neurons) neurons × \(c.dModel) × \(c.rounds) rounds, \(c.heads) heads, \(c.stateSize) \
            states, sharing \(c.sharing.rawValue), \
            \(network.parameterCount) parameters
            """)
    }
}
