import INNKit

/// A network that is probed while it, or another one with the same weights, is on display.
package struct ProbeSubject {
    let symbols: [String]
    /// Characters of held-out text that are read at most.
    let characters: Int
    /// Whether the network as it is should be probed for the screens: its own run does not.
    let probesIntact: Bool
    /// Makes a network to be probed and says which text it reads; nil for a family without neurons.
    let open: () throws -> (network: any LanguageModel, step: Int, corpus: Corpus)?
    /// The newest weights, as long as they are wanted; nil for weights that never change.
    let weights: ((_ isWanted: () -> Bool) -> NetworkWeights?)?

    private static let most = 2048, mostInTraining = 1024

    /// - Parameters: as of the members.
    package init(
        symbols: [String], characters: Int, probesIntact: Bool,
        open: @escaping () throws -> (network: any LanguageModel, step: Int, corpus: Corpus)?,
        weights: ((_ isWanted: () -> Bool) -> NetworkWeights?)?
    ) {
        (self.symbols, self.characters, self.probesIntact) = (symbols, characters, probesIntact)
        (self.open, self.weights) = (open, weights)
    }

    /// A stored network, over the text that it was trained on when that is on this machine.
    package init(_ model: OpenedModel, dataDirectory: String?) {
        symbols = model.alphabet.symbols
        characters = Self.most
        probesIntact = true
        weights = nil
        open = {
            guard model.network.shape.hasNeurons else { return nil }
            let corpus = try HeldOutText.corpus(
                model.settings?.corpus, alphabet: model.alphabet, dataDirectory: dataDirectory)
            return (try model.checkpoint.makeModel(), model.checkpoint.state.step, corpus)
        }
    }

    /// A network in training, over its own validation text: fewer characters where one takes more arithmetic, so that
    /// an effect is known within two seconds although training goes on.
    package init(_ session: TrainingSession) {
        let settings = session.settings
        symbols = settings.alphabet.symbols
        characters =
            if case .inn(let configuration) = settings.model {
                min(Self.mostInTraining, LightAnalysis.Size(configuration).characters)
            } else { Self.mostInTraining }
        probesIntact = false
        weights = { session.copyOfWeights(while: $0)?.weights }
        open = {
            guard session.trainer.network.shape.hasNeurons else { return nil }
            return (try settings.model.makeModel(seed: settings.seed), 0, session.corpus)
        }
    }
}
