import Foundation
import INNCore

/// Writes a network as the state_dict of the author's PyTorch model (`inn_model.py`).
public enum OfficialExport {
    /// Writes the file: the author's names and shapes, `head.weight` beside the `embedding.weight` it is tied to, and
    /// the constructor's arguments as JSON in the metadata `config`.
    ///
    /// - Parameter alphabet: what the ids of the vocabulary stand for, for the metadata `alphabet`; nil where its size
    ///   tells.
    /// - Throws: ``INNError`` of kind `usage` naming the options that the author's model does not have; `cannotCreate`
    ///   or `inputOutput`.
    public static func write(_ network: IntelligentNeuralNetwork, alphabet: String? = nil, to url: URL) throws {
        let configuration = network.configuration
        try checkOptions(configuration)
        var entries: [SafetensorsEntry] = []
        for entry in OfficialNames.entries(configuration) {
            guard let parameter = network.parameters[entry.ours] else {
                throw INNError(
                    .software, "The network has no parameter '\(entry.ours)'; this is a bug, please report it.")
            }
            entries.append(
                SafetensorsEntry(name: entry.official, shape: entry.shape, floats: repeated(parameter, to: entry.shape))
            )
        }
        let embedding = network.embedding
        entries.append(
            SafetensorsEntry(name: OfficialNames.head, shape: embedding.shape.array, floats: embedding.array))
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let config = String(decoding: try encoder.encode(OfficialConfiguration(configuration)), as: UTF8.self)
        var metadata = ["format": "pt", "config": config]
        metadata[OfficialNames.alphabet] = alphabet
        try SafetensorsWriter.export(entries, metadata: metadata, to: url)
    }

    /// The author's model has one convolution per neuron; where ours has one for all, each neuron gets a copy.
    private static func repeated(_ parameter: Parameter, to shape: [Int]) -> [Float] {
        let values = parameter.array
        let count = shape.reduce(1, *)
        return values.count == count ? values : Array((0..<count / values.count).map { _ in values }.joined())
    }

    private static func checkOptions(_ c: INNConfiguration) throws {
        let needs: [(isMet: Bool, option: String)] = [
            (c.sharing != .own, "sharing is own, where it has conv or all"),
            (c.gate == .off, "gate is \(c.gate.rawValue), where it has off"),
            (c.routing == .learned, "routing is \(c.routing.rawValue), where it has learned"),
            (c.scores == nil, "scores have identities, norms or maps of their own, where it has none"),
            (c.selfEdges, "self-edges is false, where it has true"),
            (c.memory == .mamba, "memory is \(c.memory.rawValue), where it has mamba"),
            (
                c.roles.areUniform,
                "inputs or outputs leave neurons without the character or unread, where it has neither"
            ),
            (c.senses == nil, "senses keep symbols from neurons, where all receive all"),
            (c.topK == nil && c.groups == nil, "top-k or groups leave edges out, where it has all"),
        ]
        let unmet = needs.filter { !$0.isMet }.map(\.option)
        guard unmet.isEmpty else {
            throw INNError(
                .usage,
                """
                This network cannot be written as the author's PyTorch model: \(unmet.joined(separator: "; ")). \
                Export it without --format pytorch, or train with the preset paper-conv.
                """)
        }
    }
}
