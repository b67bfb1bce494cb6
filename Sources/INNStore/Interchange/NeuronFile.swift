import Foundation
import INNCore

/// A file that holds one neuron: safetensors with its tensors under the names they have in a checkpoint, each without
/// the leading axis of neurons, and the configuration of the network it comes from in the metadata.
public enum NeuronFile {
    private static let format = "inn-neuron-1"

    /// Writes a neuron; the file appears under its name only when complete.
    ///
    /// - Throws: ``INNError`` of kind `cannotCreate` or `inputOutput`.
    public static func write(_ neuron: NeuronWeights, to url: URL) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let configuration = String(decoding: try encoder.encode(neuron.configuration), as: UTF8.self)
        let entries = neuron.tensors.map {
            SafetensorsEntry(name: $0.key, shape: $0.value.shape, floats: $0.value.values)
        }
        try SafetensorsWriter.export(
            entries, metadata: ["format": format, "modelConfig": configuration, "origin": neuron.origin], to: url)
    }

    /// Whether a file says of itself that it holds one neuron.
    ///
    /// - Throws: ``INNError`` when it cannot be read as safetensors.
    public static func isNeuron(_ url: URL) throws -> Bool { try SafetensorsFile(url).metadata["format"] == format }

    /// - Throws: ``INNError`` of kind `data` when the file is damaged or holds something else.
    public static func read(_ url: URL) throws -> NeuronWeights {
        let file = try SafetensorsFile(url)
        guard file.metadata["format"] == format, let json = file.metadata["modelConfig"] else {
            throw INNError(
                .data, "\(url.path) holds no single neuron; use a file written by 'inn-tui export --neuron'.")
        }
        guard try file.verifyChecksum() else { throw SafetensorsFile.damaged(url.path, "its checksum is missing") }
        let configuration: INNConfiguration
        do {
            configuration = try JSONDecoder().decode(INNConfiguration.self, from: Data(json.utf8))
            try configuration.validate()
        } catch {
            throw SafetensorsFile.damaged(url.path, "it does not describe the network that its neuron comes from")
        }
        var tensors: [String: NeuronWeights.Tensor] = [:]
        for name in file.names {
            let tensor = try file.tensor(named: name)
            tensors[name] = NeuronWeights.Tensor(shape: tensor.shape, values: try tensor.finiteFloats())
        }
        let origin = (file.metadata["origin"] ?? url.lastPathComponent).shortened
        return NeuronWeights(configuration: configuration, origin: origin, tensors: tensors)
    }
}
