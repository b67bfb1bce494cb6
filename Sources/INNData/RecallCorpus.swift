import INNCore

/// A generated text that can be predicted only by finding one of eight things that stand beside each other: the task on
/// which selective listening must matter.
///
/// A record is one letter of each of eight groups of six, in random order, then four times the digit of a group and
/// again the letter that the group had, then a space. All but those letters and the space is random. In a network whose
/// neurons each receive the letters of one group (``senses``), the one that receives the digits must ask the right
/// other one.
public enum RecallCorpus {
    /// Characters generated.
    public static let characterCount = 4_000_000
    /// Letters of each group; the group's digit is its number, from 1.
    public static let groups = ["ABCDEF", "GHIJKL", "MNOPQR", "STUVWX", "YZabcd", "efghij", "klmnop", "qrstuv"]
    /// The digits that ask.
    public static let questions = "12345678"
    /// How often a record asks.
    public static let questionsPerRecord = 4
    /// Symbols by neuron: one group each, and the questions for the last.
    public static var senses: [String] { groups + [questions] }
    /// Share of right answers of one who knows which letters a group has, and nothing else.
    public static let chance = 1.0 / 6

    package static let seed: UInt64 = 20_261_127

    /// Generates the corpus; its symbols are bytes.
    public static func make() throws -> Corpus {
        try Corpus(name: "recall", storage: ByteStorage(copying: text(count: characterCount)), alphabet: .bytes)
    }

    /// The first `count` characters of the generated text.
    package static func text(count: Int, seed: UInt64 = seed) -> [UInt8] {
        var random = RandomSource(seed: seed)
        func draw(_ count: Int) -> Int { Int(random.uniform() * Double(count)) }
        let groups = groups.map { Array($0.utf8) }
        let questions = Array(questions.utf8)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 2 * groups.count + 1)
        while bytes.count < count {
            let letters = groups.map { $0[draw($0.count)] }
            var order = Array(letters.indices)
            for place in order.indices.dropLast() {
                order.swapAt(place, place + draw(order.count - place))
            }
            bytes += order.map { letters[$0] }
            for _ in 0..<questionsPerRecord {
                let asked = draw(groups.count)
                bytes += [questions[asked], letters[asked]]
            }
            bytes.append(Ascii.space)
        }
        return Array(bytes.prefix(count))
    }
}
