import Foundation
import INNKit

/// A network in bits per character on held-out text, by two protocols.
public struct HeldOutEvaluation: Encodable {
    public let checkpoint, corpus, split: String
    /// What was changed in the network while it trained, and so here; nil for nothing.
    public let interventions: String?
    public let step, parameters: Int
    /// The paper's protocol: the memory starts from zero in every window of ``windowLength`` characters.
    public let windowsBPC: Double
    /// The memory is carried along the text.
    public let streamingBPC: Double
    public let characters, windowLength: Int
    public let seconds: Double

    /// Measures a network.
    ///
    /// - Parameter characters: at most so many; nil for the whole split.
    /// - Throws: ``INNError`` of kind `usage` when the text or `characters` is too short.
    public init(_ model: OpenedModel, on text: Corpus, _ split: TextSplit, characters: Int?) throws {
        let length = model.settings?.sequenceLength ?? min(256, model.network.modelConfiguration.longestSequence ?? 256)
        let windows = try Self.windows(of: text, split, length: length, characters: characters).fitting(model.network)
        let set = model.settings?.interventions ?? .none
        let compiled = try model.network.compile(set, averages: model.averages(for: set, text))
        let evaluator = Evaluator(model.network, team: ThreadTeam())
        let start = ContinuousClock.now
        let reset = evaluator.evaluate(windows, carriesState: false, interventions: compiled)
        let carried = evaluator.evaluate(windows, carriesState: true, interventions: compiled)
        let elapsed = start.duration(to: .now).components
        checkpoint = model.checkpoint.url.lastPathComponent
        corpus = text.summary
        self.split = split.rawValue
        interventions = set.isEmpty ? nil : set.summary
        step = model.checkpoint.state.step
        parameters = model.network.parameterCount
        (windowsBPC, streamingBPC) = (reset.bitsPerCharacter, carried.bitsPerCharacter)
        self.characters = reset.characters
        windowLength = windows.sequenceLength
        seconds = Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
    }

    /// As many streams as leave each of them several windows, so that carried memory has something to carry.
    private static func windows(
        of text: Corpus, _ split: TextSplit, length: Int, characters: Int?
    ) throws -> ValidationWindows {
        if let characters, characters < 2 * length {
            throw INNError(
                .usage,
                """
                --characters is \(characters), but must be at least \(2 * length): two windows of \(length), since \
                memory is carried from one to the next.
                """
            )
        }
        let streams = characters.map { max(1, min(16, $0 / (4 * length))) } ?? 16
        return try ValidationWindows(
            corpus: text, range: split.range(of: text), batchSize: streams, sequenceLength: length,
            maximumCharacters: characters)
    }
}
