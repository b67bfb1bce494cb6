import INNCore

/// Reads the sizes of the author's model from the shapes of its tensors.
struct OfficialShapes {
    private let file: SafetensorsFile
    private let prefix: String

    init(_ file: SafetensorsFile, prefix: String) {
        self.file = file
        self.prefix = prefix
    }

    /// - Parameter known: answers what shapes cannot.
    /// - Throws: ``INNError`` of kind `data` when tensors are missing or no such model, `usage` when something is left
    ///   open.
    func configuration(_ known: OfficialConfiguration) throws -> INNConfiguration {
        let table = file.contains(prefix + OfficialNames.embedding) ? OfficialNames.embedding : OfficialNames.head
        let embedding = try shape(table, rank: 2)
        let first = try shape("layers.0.0.A_log", rank: 2)
        let conv = try shape("layers.0.0.conv1d.weight", rank: 3)
        let delta = try shape("layers.0.0.dt_proj.weight", rank: 2)
        let width = embedding[1]
        let inner = first[0]
        guard inner % width == 0, conv[0] % inner == 0 else {
            throw foreign(
                "its inner width \(inner) does not fit its width \(width) and its \(conv[0]) convolution channels")
        }
        var configuration = INNConfiguration(
            vocabularySize: embedding[0], neurons: conv[0] / inner, dModel: width, rounds: rounds, heads: 1,
            stateSize: first[1],
            convKernel: conv[2], expand: inner / width, dtRank: RankChoice(rank: delta[1], dModel: width),
            dropout: known.dropout ?? 0, sharing: .conv, gate: .off, selfEdges: true)
        if configuration.neurons == 1 {
            configuration.neurons = try sharedNeurons(known)
            configuration.sharing = .all
        }
        configuration.heads = try heads(known, width: width)
        try validated(configuration)
        return configuration
    }

    private func validated(_ configuration: INNConfiguration) throws {
        do {
            try configuration.validate()
        } catch let error as INNError {
            throw foreign(error.message)
        }
    }

    private func heads(_ known: OfficialConfiguration, width: Int) throws -> Int {
        guard let heads = known.heads else {
            throw INNError(
                .usage,
                """
                The shapes in '\(file.path)' do not tell the number of attention heads; give it with --heads (the \
                author uses 4).
                """
            )
        }
        guard heads > 0, width % heads == 0 else {
            throw INNError(
                .usage,
                """
                \(heads) heads do not divide the width \(width) of the model in '\(file.path)'; give the right \
                number with --heads.
                """
            )
        }
        return heads
    }

    /// With one convolution for all neurons no shape depends on how many there are.
    private func sharedNeurons(_ known: OfficialConfiguration) throws -> Int {
        guard let neurons = known.numNeurons else {
            throw INNError(
                .usage,
                """
                The neurons in '\(file.path)' share all weights, so the shapes do not tell how many there are; \
                give the number with --neurons.
                """
            )
        }
        return neurons
    }

    /// One more than the highest layer; gaps are found when their tensors are missing.
    private var rounds: Int {
        let start = prefix + "layers."
        let indices = file.names.compactMap { name in
            name.hasPrefix(start) ? Int(name.dropFirst(start.count).prefix { $0 != "." }) : nil
        }
        return min(indices.max() ?? 0, 1 << 20) + 1
    }

    private func shape(_ name: String, rank: Int) throws -> [Int] {
        guard file.contains(prefix + name) else {
            throw INNError(
                .data,
                """
                The file '\(file.path)' has no tensor '\(name)'; save the state_dict of the author's inn_model.py \
                with safetensors.
                """
            )
        }
        let shape = try file.tensor(named: prefix + name).shape
        guard shape.count == rank, shape.allSatisfy({ $0 > 0 && $0 <= 1 << 31 }) else {
            throw foreign("tensor '\(name)' has the shape \(shape)")
        }
        return shape
    }

    private func foreign(_ phrase: String) -> INNError {
        let phrase = phrase.hasSuffix(".") ? String(phrase.dropLast()) : phrase
        return INNError(.data, "The file '\(file.path)' holds no model of the author's inn_model.py: \(phrase).")
    }
}
