import Foundation
import INNCore

/// The author's PyTorch model, read from a safetensors file of its state_dict.
///
/// Sizes are inferred from the shapes. The head may be there, absent, or there in place of the embedding, as
/// `safetensors.torch.save_model` leaves it. A prefix such as `module.` or `_orig_mod.` that all names share is
/// dropped.
public struct OfficialImport: Sendable {
    public let configuration: INNConfiguration
    /// Tensors of the file that are no weights of the model; always empty when strict.
    public let leftOut: [String]
    /// What the ids of the vocabulary stand for, as ``OfficialExport`` writes it; nil in files from elsewhere.
    public let alphabet: String?
    private let file: SafetensorsFile
    private let prefix: String

    /// - Parameters:
    ///   - known: what the caller knows about the model; goes before the file's own `config` metadata.
    ///   - isStrict: whether tensors that the model does not have are an error, as in PyTorch's `load_state_dict`.
    /// - Throws: ``INNError`` of kind `data` when the file holds another model, `usage` when it leaves something open.
    public init(
        _ file: SafetensorsFile, known: OfficialConfiguration = OfficialConfiguration(), isStrict: Bool = true
    ) throws {
        self.file = file
        prefix = Self.prefix(of: file)
        alphabet = file.metadata[OfficialNames.alphabet]
        var known = known
        if let own = file.metadata["config"] {
            known = known.merging(
                try OfficialConfiguration(json: Data(own.utf8), source: "the metadata of '\(file.path)'"))
        }
        configuration = try OfficialShapes(file, prefix: prefix).configuration(known)
        try known.check(against: configuration, path: file.path)
        let expected = Set(
            OfficialNames.entries(configuration).map { [prefix] in prefix + $0.official } + [
                prefix + OfficialNames.head
            ])
        leftOut = file.names.filter { !expected.contains($0) }
        if isStrict, let first = leftOut.first {
            throw INNError(
                .data,
                """
                The file '\(file.path)' holds \(leftOut.count) tensors that this model does not have, such as \
                '\(first.shortened)'; \
                if they are no weights, leave them out with --no-strict.
                """)
        }
        try checkShapes()
    }

    /// Makes the model.
    ///
    /// - Throws: ``INNError`` of kind `data` when a weight is no number or the head is not tied to the embedding,
    ///   `inputOutput` when reading fails.
    public func network() throws -> IntelligentNeuralNetwork {
        let network = try IntelligentNeuralNetwork(configuration, seed: 0)
        for entry in OfficialNames.entries(configuration) {
            try network.parameters.load(entry.ours, tensor(entry.official).finiteFloats())
        }
        if has(OfficialNames.embedding), has(OfficialNames.head) {
            let embedding = try tensor(OfficialNames.embedding).finiteFloats()
            guard try file.tensor(named: prefix + OfficialNames.head).finiteFloats() == embedding else {
                throw INNError(
                    .data,
                    """
                    In '\(file.path)' head.weight differs from embedding.weight, but this program ties the two; \
                    tie them and save the model again.
                    """
                )
            }
        }
        return network
    }

    private func has(_ name: String) -> Bool { file.contains(prefix + name) }

    /// A tensor of the model; the embedding may go by the name of the head that it is tied to.
    private func tensor(_ official: String) throws -> SafetensorsTensor {
        let isUnderHead = official == OfficialNames.embedding && !has(official)
        return try file.tensor(named: prefix + (isUnderHead ? OfficialNames.head : official))
    }

    /// Everything is compared before the model is made, so that its size is bounded by the file's.
    private func checkShapes() throws {
        var expected = OfficialNames.entries(configuration).map { ($0.official, shape: $0.shape) }
        if configuration.sharing == .all {
            expected = expected.map { name, shape in
                (name, name.contains(".conv1d.") ? [configuration.dInner] + shape.dropFirst() : shape)
            }
        }
        if has(OfficialNames.head) {
            expected.append((OfficialNames.head, shape: [configuration.vocabularySize, configuration.dModel]))
        }
        for (name, shape) in expected {
            let found = try tensor(name).shape
            guard found == shape else {
                throw INNError(
                    .data,
                    """
                    Tensor '\(name.shortened)' in '\(file.path)' has the shape \(found), but the others ask for \
                    \(shape); it is not a model of inn_model.py.
                    """
                )
            }
        }
    }

    /// The prefix of all names, found from the one name that every such model has.
    private static func prefix(of file: SafetensorsFile) -> String {
        let marker = "norm_f.weight"
        let found = file.names.filter { $0 == marker || $0.hasSuffix("." + marker) }
        return found.count == 1 ? String(found[0].dropLast(marker.count)) : ""
    }
}
