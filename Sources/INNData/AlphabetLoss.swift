import INNCore

/// How much of a text an alphabet does not hold.
public struct AlphabetLoss: Codable, Sendable, Equatable {
    /// Characters of the text.
    public let characters: Int
    /// Those that are not read as themselves. White space never counts, and neither do digits that are spelled out nor
    /// capitals that are made small.
    public let dropped: Int
    /// Those that the text's own most frequent characters would not hold.
    let droppedByOwn: Int
    /// The most frequent ones, as code points.
    let examples: [UInt32]

    /// Nothing of a text.
    static func none(of characters: Int) -> AlphabetLoss {
        AlphabetLoss(characters: characters, dropped: 0, droppedByOwn: 0, examples: [])
    }

    /// Share of the characters, 0…1.
    public var share: Double { characters == 0 ? 0 : Double(dropped) / Double(characters) }

    /// From this share on the user is told.
    static let noticeable = 0.05
    /// From this share on a text is refused.
    static let intolerable = 0.5
    static let exampleCount = 4

    /// The share for people, such as `0.3 %`; what rounds to nothing but is not nothing is `under 0.1 %`.
    public var percentage: String {
        guard dropped > 0 else { return "0 %" }
        let tenths = Int(bounded: (share * 1000).rounded())
        return tenths == 0 ? "under 0.1 %" : tenths % 10 == 0 ? "\(tenths / 10) %" : "\(tenths / 10).\(tenths % 10) %"
    }

    /// The most frequent characters that are lost, for the middle of a sentence; empty when nothing is.
    public var mostFrequent: String {
        guard !examples.isEmpty else { return "" }
        let names = examples.map { value in
            Unicode.Scalar(value).flatMap { Self.isShown($0) ? "“\($0)”" : nil }
                ?? "U+" + String(value, radix: 16, uppercase: true).leftPadded(to: 4)
        }
        return "mostly " + names.joined(separator: " ")
    }

    /// For `data`: share, counts and the most frequent characters that are lost.
    public var summary: String {
        let examples = mostFrequent.isEmpty ? "" : ", \(mostFrequent)"
        return "\(percentage): \(grouped(dropped)) of \(grouped(characters)) characters\(examples)"
    }

    private static func isShown(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator,
            .nonspacingMark, .enclosingMark, .spaceSeparator:
            false
        default: true
        }
    }

    /// What the user should be told before using the text; nil where too little is lost.
    ///
    /// - Parameters:
    ///   - text: what to call it, for example its path.
    ///   - isChoosable: whether the alphabet is the user's to choose, and not that of a network.
    /// - Throws: ``INNError`` of kind `data` where half of the text or more is lost and that is not wanted.
    func notice(
        _ text: String, _ alphabet: Alphabet, isChoosable: Bool, isForced: Bool
    ) throws -> String? {
        guard share >= Self.noticeable else { return nil }
        let place = isChoosable ? "the alphabet \(alphabet.name)" : "the network's alphabet"
        let fate = alphabet == .text8 ? "become spaces" : "become one symbol"
        let lost = "\(percentage) of the characters of \(text) are not in \(place) (\(mostFrequent)) and \(fate)"
        let advice = isChoosable ? self.advice(alphabet) : "name a text in the script that the network was trained on"
        guard share < Self.intolerable || isForced else {
            throw INNError(.data, "\(lost): \(advice), or add --force to use what is left.")
        }
        return "\(lost): \(advice)."
    }

    private func advice(_ alphabet: Alphabet) -> String {
        let helps = alphabet == .text8 && Double(droppedByOwn) < Self.noticeable * Double(characters)
        return (helps ? "--alphabet unicode takes the text's own characters, " : "") + "--alphabet bytes keeps all"
            + (helps ? "" : " of it")
    }
}

extension Alphabet {
    /// What the user should be told of a prompt in these symbols; nil where nearly all of it is in them.
    public func notice(_ prompt: String) -> String? {
        guard let loss = try? CharacterSurvey(of: prompt).loss(in: self) else { return nil }
        return try? loss.notice("the prompt", self, isChoosable: false, isForced: true)
    }
}

extension String {
    fileprivate func leftPadded(to width: Int) -> String {
        String(repeating: "0", count: max(0, width - count)) + self
    }
}
