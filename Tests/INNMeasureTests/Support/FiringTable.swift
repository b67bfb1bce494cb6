import Foundation

@testable import INNAnalysis
@testable import INNCore
@testable import INNData

/// A text with the activity of units beside it, and the figures of it worked out from their definitions over the whole
/// table at once, without any streaming.
struct FiringTable {
    let rounds: Int, neurons: Int
    let plan: ReadingPlan
    /// `[streams][length + 1]`.
    let texts: [[Int32]]
    /// `[units][streams][length]`.
    let activity: [[[Float]]]

    /// - Parameter activity: of a unit at a place; `ids` is the text of the stream.
    init(
        rounds: Int, neurons: Int, plan: ReadingPlan, texts: [[Int32]],
        activity: (_ unit: Int, _ stream: Int, _ position: Int, _ ids: [Int32]) -> Float
    ) {
        (self.rounds, self.neurons, self.plan, self.texts) = (rounds, neurons, plan, texts)
        self.activity = (0..<(rounds * neurons)).map { unit in
            texts.indices.map { stream in (0..<plan.length).map { activity(unit, stream, $0, texts[stream]) } }
        }
    }

    /// Words in a fixed random order.
    static func texts(_ plan: ReadingPlan, seed: UInt64, words: [String]) -> [[Int32]] {
        var random = RandomSource(seed: seed)
        return (0..<plan.streams).map { _ in
            var text: [Int32] = []
            while text.count <= plan.length {
                text += Alphabet.text8.encode(words[Int(random.next() % UInt64(words.count))] + " ")
            }
            return Array(text.prefix(plan.length + 1))
        }
    }

    static let words = [
        "the", "other", "north", "house", "of", "a", "sea", "king", "one", "seven", "history", "which", "and", "with",
        "ghost", "who", "what", "nine", "mother", "queen", "box", "sevenths",
    ]

    func accumulated(seed: UInt64 = 1) -> FiringAccumulator {
        let accumulator = FiringAccumulator(
            rounds: rounds, neurons: neurons, plan: plan, classes: .text8, seed: seed)
        fill(accumulator)
        return accumulator
    }

    /// Counts the whole table.
    func fill(_ accumulator: FiringAccumulator) {
        for window in 0..<plan.windows {
            let range = (window * plan.steps)..<((window + 1) * plan.steps)
            accumulator.add(
                ActivityWindow(
                    streams: plan.streams, steps: plan.steps, units: rounds * neurons,
                    ids: texts.flatMap { $0[range] },
                    next: texts.flatMap { $0[(range.lowerBound + 1)..<(range.upperBound + 1)] },
                    activity: activity.flatMap { $0.flatMap { $0[range] } }))
        }
        accumulator.finish()
    }

    // MARK: Slow figures

    /// Every place: the stream, the position in it.
    var places: [(stream: Int, position: Int)] {
        texts.indices.flatMap { stream in (0..<plan.length).map { (stream, $0) } }
    }

    func fires(_ unit: Int, _ stream: Int, _ position: Int) -> Bool { activity[unit][stream][position] > 0.5 }

    /// The character `lag` places back; nil before the beginning.
    func symbol(_ stream: Int, _ position: Int, lag: Int = 0) -> Int? {
        position - lag < 0 ? nil : Int(texts[stream][position - lag])
    }

    func byte(_ stream: Int, _ position: Int, lag: Int = 0) -> Character? {
        symbol(stream, position, lag: lag).map { Character(UnicodeScalar(Alphabet.text8.byte(ofID: Int32($0)))) }
    }

    /// Plug-in entropy in bits with the correction of Miller and Madow.
    static func entropy<Key: Hashable>(_ keys: [Key]) -> Double {
        var counts: [Key: Double] = [:]
        for key in keys { counts[key, default: 0] += 1 }
        let n = Double(keys.count)
        return counts.values.reduce(0) { $0 - $1 / n * log2($1 / n) } + Double(counts.count - 1) / (2 * n * log(2))
    }

    /// I(f; x), firing being paired with the text `shift` places before it around the stream.
    func information(_ unit: Int, shift: Int = 0) -> Double {
        let pairs = places.map { stream, position in
            [
                fires(unit, stream, position) ? 1 : 0,
                Int(texts[stream][(position - shift + plan.length) % plan.length]),
            ]
        }
        return Self.entropy(pairs.map { $0[0] }) + Self.entropy(pairs.map { $0[1] }) - Self.entropy(pairs)
    }

    /// I(f; y given x).
    func conditionalInformation(_ unit: Int, shift: Int = 0) -> Double {
        let triples = places.map { stream, position in
            let place = (position - shift + plan.length) % plan.length
            return [
                fires(unit, stream, position) ? 1 : 0, Int(texts[stream][place]), Int(texts[stream][place + 1]),
            ]
        }
        return Self.entropy(triples.map { [$0[0], $0[1]] }) + Self.entropy(triples.map { [$0[1], $0[2]] })
            - Self.entropy(triples.map { $0[1] }) - Self.entropy(triples)
    }

    /// Whether a place belongs to a category.
    func belongs(_ category: String, _ stream: Int, _ position: Int) -> Bool {
        let own = byte(stream, position)!
        let before = byte(stream, position, lag: 1)
        let after = byte(stream, position, lag: -1)!
        switch category {
        case "vowel": return "aeiou".contains(own)
        case "consonant": return own != " " && !"aeiou".contains(own)
        case "space": return own == " "
        case "word-initial": return own != " " && before == " "
        case "word-final": return own != " " && after == " "
        case "digit-word": return digitWord(stream, position)
        case let letter where letter.count == 1: return own == Character(letter)
        default: return before == category.first && own == category.last
        }
    }

    private static let digits = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]

    /// Whether a place lies in a word for a digit; a text that is cut off ends a word.
    private func digitWord(_ stream: Int, _ position: Int) -> Bool {
        guard byte(stream, position) != " " else { return false }
        var start = position
        while start > 0, byte(stream, start - 1) != " " { start -= 1 }
        var end = position
        while end + 1 < plan.length, byte(stream, end + 1) != " " { end += 1 }
        return Self.digits.contains(String((start...end).map { byte(stream, $0)! }))
    }

    /// Whether a pattern of characters matches the end of the text up to a place.
    func matches(_ pattern: SuffixPattern, _ stream: Int, _ position: Int) -> Bool {
        pattern.elements.reversed().enumerated().allSatisfy { lag, element in
            guard let symbol = byte(stream, position, lag: lag) else { return false }
            switch element {
            case .symbol(let id): return Character(UnicodeScalar(Alphabet.text8.byte(ofID: id))) == symbol
            case .vowel: return "aeiou".contains(symbol)
            case .consonant: return symbol != " " && !"aeiou".contains(symbol)
            case .letter: return symbol != " "
            case .any: return true
            }
        }
    }
}
