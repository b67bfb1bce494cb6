import INNCore
import INNData

extension ValidationWindows {
    /// These windows, once it is clear that a model can read them.
    ///
    /// - Parameter looksAtWeights: whether a probe will look at the routing weights of every pass.
    /// - Throws: ``INNError`` of kind `data` when the text is in another alphabet than the model's, the windows are
    ///   longer than the sequences that it knows, or reading them takes more memory than there is.
    public func fitting(_ model: any LanguageModel, looksAtWeights: Bool = false) throws -> ValidationWindows {
        let configuration = model.modelConfiguration
        guard corpus.alphabet.vocabularySize == configuration.vocabularySize else {
            throw INNError(
                .data,
                """
                The network knows \(configuration.vocabularySize) symbols, but \(corpus.name) is read with \
                \(corpus.alphabet.vocabularySize); \
                see --alphabet.
                """)
        }
        if let longest = configuration.longestSequence, sequenceLength > longest {
            throw INNError(
                .data, "The network reads at most \(longest) characters at a time, but is to read \(sequenceLength).")
        }
        try ModelMemory(
            configuration, batchSize: batchSize, steps: sequenceLength, isTraining: false,
            looksAtWeights: looksAtWeights
        ).require(.data, "Reading \(corpus.name) with this network")
        return self
    }

    /// Stops the program where a text reaches a model that it does not fit: what follows indexes memory with its ids.
    package func requireIDs(below vocabularySize: Int) {
        precondition(
            corpus.alphabet.vocabularySize <= vocabularySize,
            "a text with more symbols than the model's \(vocabularySize)")
    }
}
