import Foundation
import INNKit

/// The layers, shapes and parameter count of a model.
package struct ModelDescription: Encodable {
    private struct Tensor: Encodable {
        let name: String
        let shape: [Int]
        let parameters: Int
        let decays: Bool
    }

    private let model, preset: String
    private let configuration: ModelConfiguration
    private let parameters: Int
    private let tensors: [Tensor]

    /// - Parameter preset: what the configuration is called.
    package init(_ configuration: ModelConfiguration, preset: String) throws {
        let network = try configuration.makeModel(seed: 1)
        (model, self.preset, self.configuration) = (configuration.family.rawValue, preset, configuration)
        parameters = network.parameterCount
        tensors = network.parameters.parameters.map {
            Tensor(name: $0.name, shape: $0.shape.array, parameters: $0.count, decays: $0.decays)
        }
    }

    /// One line per tensor, and their sum.
    package var table: String {
        let width = tensors.map(\.name.count).max() ?? 0
        func row(_ name: String, _ shape: String, _ parameters: String) -> String {
            name.padded(width) + "  " + shape.padded(20)
                + String(repeating: " ", count: max(0, 12 - parameters.count)) + parameters
        }
        let rows = tensors.map {
            row($0.name, $0.shape.map(String.init).joined(separator: " × "), $0.parameters.formatted())
        }
        let sum =
            """
            \(parameters.formatted()) parameters (\(model), \(preset), width \(configuration.options.width), \
            \(configuration.vocabularySize) symbols)
            """
        return ([row("tensor", "shape", "parameters")] + rows + [sum] + roles + senses).joined(separator: "\n")
    }

    /// Who receives the character and who is read, where that is not everybody.
    private var roles: [String] {
        guard let roles = configuration.roles, !roles.areUniform else { return [] }
        let all = roles.members.map { role, neurons in
            let last = neurons.upperBound - 1
            return role.counted(neurons.count)
                + (neurons.count == 1 ? " (\(last))" : " (\(neurons.lowerBound)–\(last))")
        }
        return ["roles: " + all.joined(separator: ", ")]
    }

    /// How many symbols reach each input, where that is not all.
    private var senses: [String] {
        guard case .inn(let c) = configuration, let senses = c.senses else { return [] }
        let counts = senses.map { String(Set($0).count) }.joined(separator: ", ")
        return ["senses: the inputs receive \(counts) of the \(c.vocabularySize) symbols"]
    }
}
