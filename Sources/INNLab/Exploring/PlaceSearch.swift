import INNKit
import INNScreens

/// Which characters of a text are places of interest, and the search for the next one.
///
/// A place is a character at which a neuron turns on, or a peak: larger than the one before, no smaller than the one
/// behind, and among the highest tenth of what was read when the search began.
struct PlaceSearch {
    let interest: Interest
    private let neurons: Int
    /// Characters before the first candidate; those up to here have been looked at.
    private(set) var looked: Int
    /// What a peak has to reach; nil until enough was read to tell.
    private(set) var threshold: Float?

    /// Characters that have to be known before one is called one of the highest tenth.
    static let fewest = 32
    /// Characters that a search reads on at most.
    static let farthest = 2_000

    init(_ interest: Interest, neurons: Int, after index: Int) {
        (self.interest, self.neurons, looked) = (interest, neurons, index + 1)
    }

    private func value(_ characters: [GenerationCharacter], _ index: Int) -> Float? {
        characters.indices.contains(index)
            ? interest.value(characters[index], neurons: neurons).flatMap { $0.isFinite ? $0 : nil } : nil
    }

    private func isPlace(_ characters: [GenerationCharacter], _ index: Int) -> Bool {
        guard let here = value(characters, index) else { return false }
        let before = value(characters, index - 1)
        if case .opening = interest { return here > 0.5 && before.map { $0 <= 0.5 } ?? (index == 0) }
        guard let threshold, here >= threshold, here > 0 else { return false }
        return here > before ?? -.infinity && here >= value(characters, index + 1) ?? -.infinity
    }

    /// The last place before a character; nil when there is none.
    mutating func previous(_ characters: [GenerationCharacter], before index: Int) -> Int? {
        takeThreshold(characters, fewest: 1)
        return (0..<max(0, min(index, characters.count))).last { isPlace(characters, $0) }
    }

    /// The first place among the characters not looked at yet; nil when there is none so far.
    ///
    /// - Parameter isComplete: whether nothing comes behind the last character, which otherwise is not yet known to be
    ///   a peak.
    mutating func next(_ characters: [GenerationCharacter], isComplete: Bool) -> Int? {
        let isOpening = if case .opening = interest { true } else { false }
        if threshold == nil { takeThreshold(characters, fewest: isComplete ? 1 : Self.fewest) }
        guard isOpening || threshold != nil else { return nil }
        let end = characters.count - (isOpening || isComplete ? 0 : 1)
        guard looked < end else { return nil }
        let found = (looked..<end).first { isPlace(characters, $0) }
        looked = end
        return found
    }

    private mutating func takeThreshold(_ characters: [GenerationCharacter], fewest: Int) {
        let values = characters.indices.compactMap { value(characters, $0) }.sorted()
        if !values.isEmpty, values.count >= fewest { threshold = values[values.count * 9 / 10] }
    }

    /// What is to be said of a place that was found.
    func sentence(_ characters: [GenerationCharacter], _ index: Int, symbols: [String]) -> String {
        let place = "at “\(symbols[characters[index].symbol])”, position \(index + 1)"
        let here = value(characters, index) ?? .nan
        let figure = (here * 100).rounded() / 100
        switch interest {
        case .surprisal: return "surprisal \(figure) bits \(place)"
        case .divergence: return "KL \((here * 1000).rounded() / 1000) bits \(place)"
        case .opening(let neuron, let round): return "n\(neuron)·\(round + 1) turns on \(place)"
        case .concentration(let round): return "routing of round \(round + 1) concentrated \(figure) \(place)"
        }
    }

    /// The same where there is none.
    var missing: String {
        switch interest {
        case .surprisal: "no surprise"
        case .divergence: "no place where the KL is large"
        case .opening(let neuron, let round): "n\(neuron)·\(round + 1) does not turn on"
        case .concentration: "no place where routing is concentrated"
        }
    }
}
