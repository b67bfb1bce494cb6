import Foundation
import INNKit

/// A network in bits per character, or byte, on held-out text, by two protocols.
public struct HeldOutEvaluation: Encodable {
    public let checkpoint, corpus, split: String
    /// What was changed in the network while it trained, and so here; nil for nothing.
    public let interventions: String?
    public let step, parameters: Int
    /// What losses are counted per.
    public let unit: TextUnit
    /// The paper's protocol: the memory starts from zero in every window of ``windowLength`` characters.
    public let windowsBPC: Double
    /// The memory is carried along the text; nil where one window holds all of it, and there is nothing to carry.
    public let streamingBPC: Double?
    /// The same two per character of UTF-8; nil where the text is not read as bytes, or its bytes are no UTF-8.
    public let windowsBitsPerUTF8Character, streamingBitsPerUTF8Character: Double?
    /// Of a network that looks for its strongest edges approximately, by round: the share of the true strongest edges'
    /// weight that it keeps, memory from zero; nil for others.
    public let topKRecall: [Double]?
    /// Predictions, and of how many pieces of the text they are, read side by side.
    public let characters, streams: Int
    public let windowLength: Int
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
        let team = ThreadTeam()
        let evaluator = Evaluator(model.network, team: team)
        let recall = SearchRecall(team: team)
        let start = ContinuousClock.now
        var begun = 0
        let reset = evaluator.evaluate(
            windows, carriesState: false, probe: recall, interventions: compiled,
            willPredict: { begun += $0.count { !(0x80..<0xC0).contains($0) } })
        let carried =
            windows.windowCount > 1
            ? evaluator.evaluate(windows, carriesState: true, interventions: compiled).bitsPerCharacter : nil
        let elapsed = start.duration(to: .now).components
        checkpoint = model.checkpoint.url.lastPathComponent
        corpus = text.summary
        self.split = split.rawValue
        interventions = set.isEmpty ? nil : set.summary
        step = model.checkpoint.state.step
        parameters = model.network.parameterCount
        unit = text.alphabet.unit
        topKRecall = recall.byRound.isEmpty ? nil : recall.byRound
        (windowsBPC, streamingBPC) = (reset.bitsPerCharacter, carried)
        // A character of UTF-8 begins with the one byte of it that continues none.
        let bytes = unit == .byte && begun > 0 && text.isUTF8 ? Double(reset.characters) / Double(begun) : nil
        windowsBitsPerUTF8Character = bytes.map { $0 * reset.bitsPerCharacter }
        streamingBitsPerUTF8Character = bytes.flatMap { bytes in carried.map { bytes * $0 } }
        self.characters = reset.characters
        streams = windows.batchSize
        windowLength = windows.sequenceLength
        seconds = Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
    }

    /// All of the split, unless less is asked for.
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
        return try ValidationWindows(
            measuring: text, range: split.range(of: text), sequenceLength: length, maximumCharacters: characters,
            leastWindows: 4, includesRest: true)
    }

    /// For people, several lines.
    package var text: String {
        func line(_ name: String, _ bits: Double?, _ perCharacter: Double?) -> String {
            let figure = bits.map { four($0) + " " + unit.worded("BPC") } ?? "– (one window, nothing to carry)"
            let characters = perCharacter.map { ", \(four($0)) bits per UTF-8 character" } ?? ""
            return "  \(name.padded(34))\(figure)\(characters)"
        }
        return [
            "\(checkpoint), step \(step), on \(corpus), \(split) split, "
                + "\(characters.formatted()) \(unit.name)s in \(counted(streams, "stream")):",
            interventions.map { "  as it was trained: \($0)" },
            line("windows of \(windowLength), memory from zero:", windowsBPC, windowsBitsPerUTF8Character),
            line("streaming, memory carried:", streamingBPC, streamingBitsPerUTF8Character),
            topKRecall.map { recall in
                "  of the true strongest edges' weight kept, by round: " + recall.map(four).joined(separator: ", ")
            },
        ].compactMap { $0 }.joined(separator: "\n")
    }
}
