import INNCore

/// A list from which the word at rank r is drawn in proportion to 1 / (r + 2).
struct RankedList<Word> {
    private let words: [Word]
    private let cumulative: [Int]

    /// Tickets in the draw.
    var totalWeight: Int { cumulative.last! }

    init(_ words: [Word]) {
        self.words = words
        var total = 0
        // Whole numbers, so that every platform draws the same words.
        cumulative = words.indices.map { rank in
            total += 1_000_000 / (rank + 2)
            return total
        }
    }

    /// The word that a ticket in `0..<totalWeight` wins.
    subscript(ticket: Int) -> Word {
        var low = 0
        var high = cumulative.count - 1
        while low < high {
            let middle = (low + high) / 2
            if ticket < cumulative[middle] { high = middle } else { low = middle + 1 }
        }
        return words[low]
    }
}

/// The lexicon, ready to draw from.
struct SampleTables {
    let topics = SampleLexicon.topics.map(RankedList.init)
    let commonNouns = RankedList(SampleLexicon.commonNouns)
    let transitive = RankedList(SampleLexicon.transitiveVerbs)
    let intransitive = RankedList(SampleLexicon.intransitiveVerbs)
    let saying = RankedList(SampleLexicon.sayingVerbs)
    let adjectives = RankedList(SampleLexicon.adjectives)
    let adverbs = RankedList(SampleLexicon.adverbs)
    let prepositions = RankedList(SampleLexicon.prepositions)
    let places = RankedList(SampleLexicon.places)
    let men = RankedList(SampleLexicon.men)
    let women = RankedList(SampleLexicon.women)
    let singularDeterminers = RankedList(SampleLexicon.singularDeterminers)
    let pluralDeterminers = RankedList(SampleLexicon.pluralDeterminers)
    let sharedDeterminers = RankedList(SampleLexicon.sharedDeterminers)
    let openers = RankedList(SampleLexicon.openers)
    let subordinators = RankedList(SampleLexicon.subordinators)
    let modals = RankedList(SampleLexicon.modals)
    let units = RankedList(SampleLexicon.units)
    let months = RankedList(SampleLexicon.months)

    static let have = SampleLexicon.Verb("have/has/had")
    static let digits = SampleLexicon.words("zero one two three four five six seven eight nine")
}
