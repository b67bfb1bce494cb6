import Foundation
import INNCore
import INNStore

extension Checkpoint {
    /// Writes the network's weights with this checkpoint's state and configurations, without the optimizer.
    ///
    /// - Parameter facts: what else is to be known of the weights.
    /// - Throws: ``INNError`` of kind `cannotCreate` or `inputOutput`.
    public func writeWeights(of network: any LanguageModel, to url: URL, facts: [String: String] = [:]) throws {
        var state = state
        state.extra.merge(facts) { $1 }
        try Self.export(
            network.weightTensors, state: state, modelConfig: modelConfig, trainingConfig: trainingConfig, to: url)
    }

    /// Writes a network that comes from elsewhere, as a checkpoint of step 0 that knows of no training.
    ///
    /// - Parameter alphabet: what the ids stand for, as JSON; nil where the size of the vocabulary tells.
    /// - Throws: ``INNError`` of kind `cannotCreate` or `inputOutput`.
    public static func writeWeights(
        of network: any LanguageModel, importedFrom source: String, alphabet: String? = nil, to url: URL
    ) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        var state = CheckpointState(
            step: 0, charactersSeen: 0, elapsedSeconds: 0, optimizerStep: 0, extra: ["importedFrom": source])
        state.extra[alphabetFact] = alphabet
        let modelConfig = String(decoding: try encoder.encode(network.modelConfiguration), as: UTF8.self)
        try export(network.weightTensors, state: state, modelConfig: modelConfig, trainingConfig: "{}", to: url)
    }

    /// Key of an imported network's alphabet among the facts of its state.
    static let alphabetFact = "alphabet"

    /// How the model was trained; nil when the file does not tell, as after an import.
    ///
    /// - Throws: ``INNError`` of kind `data` when what it tells cannot be, or is about another model than the file's.
    public func trainingSettings() throws -> TrainingSettings? {
        guard trainingConfig != "{}" else { return nil }
        do {
            let settings = try JSONDecoder().decode(TrainingSettings.self, from: Data(trainingConfig.utf8))
            try settings.validate()
            guard try settings.model == modelConfiguration() else {
                throw SafetensorsFile.damaged(url.path, "its training settings are those of another model")
            }
            return settings
        } catch let error as INNError where error.kind == .usage {
            throw SafetensorsFile.damaged(
                url.path, "its training settings are impossible (\(error.message.dropLast()))")
        } catch let error where !(error is INNError) {
            throw SafetensorsFile.damaged(url.path, "its training settings cannot be read")
        }
    }
}

extension LanguageModel {
    fileprivate var weightTensors: [Checkpoint.Tensor] {
        parameters.parameters.map {
            Checkpoint.Tensor(
                .weights, $0.name, shape: $0.shape.array, UnsafeBufferPointer(start: $0.values, count: $0.count))
        }
    }
}
