import INNKit

extension Ablation {
    /// Measures a model over held-out characters of a text, as `inn-tui ablate` does.
    ///
    /// - Parameters:
    ///   - model: of the family with neurons, for example the ``Trainer``'s.
    ///   - text: in the alphabet that the model was trained with.
    ///   - range: which characters may be read; nil means the validation split.
    ///   - characters: how many of them each change is measured on, at most.
    ///   - blockLength: characters that stay together in the intervals, > 0.
    ///   - verifiedEdges: how many edges, strongest estimate first, are measured exactly.
    ///   - progress: called before each measurement with what is done and the number of measurements.
    /// - Throws: ``INNError`` when the model has no neurons, the text does not fit it, or there is too little of it.
    public init(
        of model: any LanguageModel, on text: Corpus, range: Range<Int>? = nil, characters: Int = 32_768,
        blockLength: Int = 128, verifiedEdges: Int = 12, progress: (_ done: Int, _ of: Int) -> Void = { _, _ in }
    ) throws {
        guard let network = model as? IntelligentNeuralNetwork else {
            throw INNError(
                .usage,
                "A model of the family \(model.modelConfiguration.family.rawValue) has no neurons to take away.")
        }
        let windows = try ValidationWindows(
            measuring: text, range: range, sequenceLength: blockLength, maximumCharacters: characters
        ).fitting(network)
        try self.init(
            network, SurprisalMeter(network, windows), alphabet: text.alphabet, blockLength: windows.sequenceLength,
            verifiedEdges: verifiedEdges, progress: progress)
    }
}
