import Foundation
import INNCore

/// What a state_dict does not say by its shapes, under the names of the author's constructor arguments; all of it
/// optional.
///
/// It is read from a JSON file or from the `config` metadata of a safetensors file, and written there by
/// ``OfficialExport``.
public struct OfficialConfiguration: Codable, Sendable, Equatable {
    public var vocab: Int?
    public var numNeurons: Int?
    public var dModel: Int?
    public var numLayers: Int?
    public var heads: Int?
    public var dropout: Float?
    public var dState: Int?
    public var expand: Int?
    public var kernel: Int?
    public var dtRank: Int?
    public var dtMax: Float?

    package enum CodingKeys: String, CodingKey {
        case vocab, heads, dropout, expand, kernel
        case numNeurons = "num_neurons"
        case dModel = "d_model"
        case numLayers = "num_layers"
        case dState = "d_state"
        case dtRank = "dt_rank"
        case dtMax = "dt_max"
    }

    /// Nothing known.
    public init() {}

    /// The upper bound of delta, the same in the author's model and in this program.
    static let deltaLimit: Float = 2.5

    package init(_ c: INNConfiguration) {
        vocab = c.vocabularySize
        numNeurons = c.neurons
        dModel = c.dModel
        numLayers = c.rounds
        heads = c.heads
        dropout = c.dropout
        dState = c.stateSize
        expand = c.expand
        kernel = c.convKernel
        dtRank = c.deltaRank
        dtMax = Self.deltaLimit
    }

    /// - Parameter source: what the text is called in messages.
    /// - Throws: ``INNError`` of kind `data` when it is no JSON object of these values.
    public init(json: Data, source: String) throws {
        do {
            self = try JSONDecoder().decode(Self.self, from: json)
        } catch {
            throw INNError(
                .data,
                """
                The configuration in \(source) cannot be read; it must be a JSON object such as {\"num_neurons\": \
                32, \"heads\": 4}.
                """
            )
        }
    }

    /// - Throws: ``INNError`` of kind `noInput`, or `data` when the file is too large or no such JSON.
    public init(contentsOf url: URL) throws {
        let source = try RandomAccessBytes(contentsOf: url)
        guard source.count <= 1 << 20 else {
            throw INNError(.data, "The file '\(url.path)' is too large for a configuration; name another one.")
        }
        try self.init(json: Data(source.bytes(at: 0, count: source.count)), source: "'\(url.path)'")
    }

    /// The values stated here, and those of `other` where nothing is stated.
    package func merging(_ other: OfficialConfiguration) -> OfficialConfiguration {
        var merged = self
        merged.vocab = vocab ?? other.vocab
        merged.numNeurons = numNeurons ?? other.numNeurons
        merged.dModel = dModel ?? other.dModel
        merged.numLayers = numLayers ?? other.numLayers
        merged.heads = heads ?? other.heads
        merged.dropout = dropout ?? other.dropout
        merged.dState = dState ?? other.dState
        merged.expand = expand ?? other.expand
        merged.kernel = kernel ?? other.kernel
        merged.dtRank = dtRank ?? other.dtRank
        merged.dtMax = dtMax ?? other.dtMax
        return merged
    }

    /// Checks what is said here against what the shapes said.
    ///
    /// - Throws: ``INNError`` of kind `data` naming the value that differs.
    package func check(against c: INNConfiguration, path: String) throws {
        let pairs: [(String, Int?, Int)] = [
            ("vocab", vocab, c.vocabularySize), ("num_neurons", numNeurons, c.neurons), ("d_model", dModel, c.dModel),
            ("num_layers", numLayers, c.rounds),
            ("d_state", dState, c.stateSize), ("expand", expand, c.expand), ("kernel", kernel, c.convKernel),
            ("dt_rank", dtRank, c.deltaRank),
        ]
        for case (let name, let said?, let found) in pairs where said != found {
            throw INNError(
                .data,
                """
                The configuration says \(name) = \(said), but the tensors in '\(path)' say \(found); correct the \
                configuration or leave it out.
                """
            )
        }
        if let dtMax, dtMax != Self.deltaLimit {
            throw INNError(
                .data,
                """
                The model in '\(path)' limits delta to \(dtMax), but this program always limits it to \
                \(Self.deltaLimit), so it would compute something else.
                """
            )
        }
    }
}
