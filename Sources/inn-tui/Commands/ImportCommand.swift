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
        let imported = try OfficialImport(opened(), known: known, isStrict: strict)
        let network = try imported.network()
        if let first = imported.leftOut.first {
            StandardError.print(
                """
                inn-tui: \(imported.leftOut.count) tensors that the model does not have were left out, such as \
                “\(first.prefix(60))”.
                """
            )
        }
        try Checkpoint.writeWeights(of: network, importedFrom: URL(fileURLWithPath: file).lastPathComponent, to: target)
        let c = network.configuration
        print(
            """
            \(target.path): \(c.neurons) neurons × \(c.dModel) × \(c.rounds) rounds, \(c.heads) heads, \(c.stateSize) \
            states, sharing \(c.sharing.rawValue), \
            \(network.parameterCount) parameters
            """)
    }

    /// `torch.save` writes a zip or a pickle, and both would only look like a damaged file.
    private func opened() throws -> SafetensorsFile {
        let url = URL(fileURLWithPath: file)
        do {
            return try SafetensorsFile(url)
        } catch let error as INNError where error.kind == .data {
            let start = (try? SmallFile.bytes(of: file, upTo: 4)) ?? []
            guard start.starts(with: [0x50, 0x4B, 0x03, 0x04]) || start.starts(with: [0x80, 0x02]) else { throw error }
            throw INNError(
                .data,
                """
                \(file) was written by torch.save; load it in Python and write model.state_dict() with \
                safetensors.torch.save_model.
                """
            )
        }
    }
}

/// Where a command writes a checkpoint.
enum CheckpointOutput {
    /// - Throws: ``INNError`` of kind `usage` when other commands would not open a file of this name, or it is the
    ///   input.
    static func url(_ name: String, apartFrom input: URL) throws -> URL {
        guard name.hasSuffix(".safetensors") else {
            throw INNError(
                .usage, "--output is “\(name)”, but the name of a file of weights must end with .safetensors.")
        }
        let url = URL(fileURLWithPath: name)
        guard url.standardizedFileURL != input.standardizedFileURL else {
            throw INNError(.usage, "--output names the file that is read; choose another one.")
        }
        return url
    }
}
