import Foundation
import INNCore
import INNData
import INNStore

extension Checkpoint {
    /// What the checkpoint's model is made of, as plausible as can be told without making it.
    ///
    /// - Throws: ``INNError`` of kind `data` when it makes no model, or one of another size than the file's weights.
    public func modelConfiguration() throws -> ModelConfiguration {
        let configuration: ModelConfiguration
        do {
            configuration = try JSONDecoder().decode(ModelConfiguration.self, from: Data(modelConfig.utf8))
            try configuration.validate()
        } catch let error as INNError {
            throw SafetensorsFile.damaged(url.path, "its model is impossible (\(error.message.dropLast()))")
        } catch {
            throw INNError(.data, "The checkpoint \(url.path) does not describe a model that this version knows.")
        }
        // Compared before the model is made, so that its size is bounded by the file's.
        guard configuration.parameterCount == weightCount else {
            throw SafetensorsFile.damaged(
                url.path, "its model has \(configuration.parameterCount) weights, but it holds \(weightCount)")
        }
        // Not everything that a pass takes depends on the number of weights: shared ones serve any number of neurons.
        try ModelMemory(configuration, batchSize: 1, steps: 1, isTraining: false).require(
            .data, "The model in \(url.path)")
        return configuration
    }

    /// The alphabet of the ids that the model reads and writes.
    ///
    /// - Throws: ``INNError`` of kind `data` when its vocabulary fits none, or what it says of its training contradicts
    ///   it.
    public func alphabet() throws -> Alphabet {
        if let settings = try trainingSettings() { return settings.alphabet }
        let vocabulary = try modelConfiguration().vocabularySize
        if let known = state.extra[Self.alphabetFact] {
            guard let alphabet = try? JSONDecoder().decode(Alphabet.self, from: Data(known.utf8)),
                alphabet.vocabularySize == vocabulary
            else { throw SafetensorsFile.damaged(url.path, "its alphabet does not fit its \(vocabulary) symbols") }
            return alphabet
        }
        guard let alphabet = Alphabet(vocabularySize: vocabulary) else {
            throw INNError(
                .data, "The network in \(url.path) knows \(vocabulary) symbols, which fits no alphabet of this program."
            )
        }
        return alphabet
    }

    /// Makes the model that the checkpoint holds, with its weights.
    ///
    /// - Throws: ``INNError`` when the configuration or the tensors do not make a model.
    public func makeModel() throws -> any LanguageModel {
        let model = try modelConfiguration().makeModel(seed: 0)
        try model.loadWeights(self)
        return model
    }
}

extension IntelligentNeuralNetwork {
    /// Makes the network that a checkpoint holds, with its weights.
    ///
    /// - Throws: ``INNError`` when the checkpoint holds no INN.
    public convenience init(_ checkpoint: Checkpoint) throws {
        let model = try checkpoint.modelConfiguration()
        guard case .inn(let configuration) = model else {
            throw INNError(
                .usage,
                """
                \(checkpoint.url.lastPathComponent) holds a model of the family \(model.family.rawValue), which \
                has no neurons; name one of the family inn.
                """
            )
        }
        try self.init(configuration, seed: 0)
        try loadWeights(checkpoint)
    }
}

extension LanguageModel {
    /// Replaces all weights by a checkpoint's.
    func loadWeights(_ checkpoint: Checkpoint) throws {
        for parameter in parameters.parameters {
            try checkpoint.tensor(.weights, parameter.name)
                .readFinite(
                    into: UnsafeMutableBufferPointer(start: parameter.values, count: parameter.count),
                    shape: parameter.shape.array)
        }
        parameters.markChanged()
    }
}
