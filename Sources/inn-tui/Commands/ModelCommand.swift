import ArgumentParser
import Foundation
import INNKit
import INNLab

struct ModelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model", abstract: "Print the layers, shapes and parameter count of a model.")

    @OptionGroup(title: "Model") var model: ModelOptions
    @Option(name: .long, help: ArgumentHelp("text8 (27 symbols) or bytes (256).", valueName: "alphabet"))
    var alphabet: Alphabet = .text8
    @Flag(name: .long, help: "Print one JSON object.")
    var json = false

    private struct Tensor: Encodable {
        let name: String
        let shape: [Int]
        let parameters: Int
        let decays: Bool
    }

    private struct Description: Encodable {
        let model, preset: String
        let configuration: ModelConfiguration
        let parameters: Int
        let tensors: [Tensor]
    }

    func run() throws {
        let configuration = try model.configuration(vocabularySize: alphabet.vocabularySize)
        let network = try configuration.makeModel(seed: 1)
        let tensors = network.parameters.parameters.map {
            Tensor(name: $0.name, shape: $0.shape.array, parameters: $0.count, decays: $0.decays)
        }
        let description = Description(
            model: configuration.family.rawValue, preset: model.preset, configuration: configuration,
            parameters: network.parameterCount, tensors: tensors)
        if json {
            print(try JSONText.pretty(description))
        } else {
            printTable(description)
        }
    }

    private func printTable(_ description: Description) {
        let width = description.tensors.map(\.name.count).max() ?? 0
        func row(_ name: String, _ shape: String, _ parameters: String) {
            let gap = String(repeating: " ", count: max(0, 12 - parameters.count))
            print(
                """
                \(name.padding(toLength: width, withPad: " ", startingAt: 0))  \
                \(shape.padding(toLength: 20, withPad: " ", startingAt: 0))\(gap)\(parameters)
                """
            )
        }
        row("tensor", "shape", "parameters")
        for tensor in description.tensors {
            row(tensor.name, tensor.shape.map(String.init).joined(separator: " × "), tensor.parameters.formatted())
        }
        print(
            """
            \(description.parameters.formatted()) parameters (\(description.model), \(description.preset), width \
            \(description.configuration.options.width), \(description.configuration.vocabularySize) symbols)
            """
        )
    }
}
