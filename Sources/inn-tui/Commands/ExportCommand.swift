import ArgumentParser
import Foundation
import INNKit

struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write a trained network to one file, without the optimizer's state.",
        discussion: "The file is a safetensors checkpoint a third as large as a training checkpoint; explore, generate, eval and ablate open it.")

    @Argument(help: ArgumentHelp("A run or a checkpoint file.", valueName: "run"))
    var runName: String
    @Option(name: [.short, .long], help: ArgumentHelp("The file to write; by default NAME.safetensors.", valueName: "file"))
    var output: String?
    @OptionGroup var runs: RunsOptions
    @Flag(name: .long, help: "Use the best checkpoint instead of the last.")
    var best = false

    func run() throws {
        let model = try LoadedModel(runName, in: runs.url, best: best)
        let name = output ?? URL(fileURLWithPath: runName).deletingPathExtension().lastPathComponent + ".safetensors"
        guard name.hasSuffix(".safetensors") else {
            throw INNError(.usage, "--output is “\(name)”, but a checkpoint's name must end with .safetensors.")
        }
        let url = URL(fileURLWithPath: name)
        guard url.standardizedFileURL != model.checkpoint.url.standardizedFileURL else {
            throw INNError(.usage, "--output names the checkpoint itself; choose another file.")
        }
        let weights = model.network.parameters.parameters.map {
            Checkpoint.Tensor(.weights, $0.name, shape: $0.shape.array, UnsafeBufferPointer(start: $0.values, count: $0.count))
        }
        try Checkpoint.write(
            weights, state: model.checkpoint.state, modelConfig: model.checkpoint.modelConfig,
            trainingConfig: model.checkpoint.trainingConfig, to: url)
        let bytes = (try? url.resourceValues(forKeys: [.fileSizeKey]).fileSize) ?? 0
        print(String(format: "%@: step %d, %d parameters, %.1f MB", url.path, model.checkpoint.state.step, model.network.parameterCount, Double(bytes) / 1e6))
    }
}
