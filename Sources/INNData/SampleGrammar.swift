import INNCore

/// What a word of the built-in corpus does in its sentence: the ground truth that analyses can be checked against.
enum SampleRole: Sendable, Equatable {
    case determiner(SampleNumber)
    /// `a` or `an`, which the sound of the next word decides.
    case article
    case adjective, adverb, preposition, conjunction, opener, modal, pronoun, relative, name, place, month, digit
    case noun(SampleNumber)
    /// A verb in the present tense, which agrees with its subject.
    case present(SampleNumber)
    case past, infinitive
    /// The first and the second half of a pair such as `if … then`; the number names the pair.
    case opens(Int)
    case closes(Int)
}

/// Grammatical number; `either` marks words that go with both.
enum SampleNumber: Sendable, Equatable {
    case singular, plural, either
}

/// A seeded grammar that writes endless text in text8 form.
///
/// What it plants, so that there is something to find: determiners and verbs agree in number with their noun (a verb
/// also across an intervening phrase), `a` or `an` follows the sound of the next word, paragraphs keep a topic, a tense
/// and a person with the right pronoun, years and amounts are spelled digits, pairs such as `if … then`, `either … or`,
/// `quote … unquote` are always closed.
struct SampleGrammar {
    enum Pair: Int {
        case ifThen, eitherOr, bothAnd, quote
    }

    /// Who is spoken of in a paragraph.
    private struct Paragraph {
        var topic = 0
        var isPast = false
        var name = ""
        var pronoun = ""
    }

    private let random: CounterRandom
    private var counter: UInt64 = 0
    private var paragraph = Paragraph()
    private let tables = SampleTables()
    /// Receives every word with its role.
    private let emit: (String, SampleRole) -> Void
    private var pendingArticle = false

    init(seed: UInt64, emit: @escaping (String, SampleRole) -> Void) {
        random = CounterRandom(seed: seed)
        self.emit = emit
    }

    /// Writes one paragraph of four to nine sentences.
    mutating func writeParagraph() {
        let isWoman = chance(50)
        paragraph = Paragraph(
            topic: number(below: SampleLexicon.topics.count), isPast: chance(55),
            name: draw(isWoman ? tables.women : tables.men), pronoun: isWoman ? "she" : "he"
        )
        for _ in 0..<(4 + number(below: 6)) { sentence() }
    }

    // MARK: Sentences

    private mutating func sentence() {
        switch number(below: 100) {
        case ..<46: clause()
        case ..<54:
            emit(draw(tables.openers), .opener)
            clause()
        case ..<64:
            year()
            clause()
        case ..<71: conditional()
        case ..<78: reported()
        case ..<83: quoted()
        case ..<89: existential()
        case ..<95: amount()
        default:
            clause()
            emit(draw(tables.subordinators), .conjunction)
            clause()
        }
    }

    private mutating func clause() {
        let subject = nounPhrase(depth: 0, asSubject: true)
        predicate(subject)
        if chance(22) { prepositionalPhrase(depth: 1) }
    }

    private mutating func predicate(_ subject: SampleNumber) {
        switch number(below: 100) {
        case ..<42:
            verb(draw(tables.transitive), subject)
            object()
        case ..<64:
            verb(draw(tables.intransitive), subject)
            if chance(45) { emit(draw(tables.adverbs), .adverb) }
        case ..<84:
            copula(subject)
            emit(draw(tables.adjectives), .adjective)
        case ..<92:
            emit(draw(tables.modals), .modal)
            emit(draw(tables.transitive).base, .infinitive)
            object()
        default:
            pairedVerbs(subject)
        }
    }

    private mutating func object() {
        if chance(12) {
            emit("both", .opens(Pair.bothAnd.rawValue))
            _ = nounPhrase(depth: 2, asSubject: false)
            emit("and", .closes(Pair.bothAnd.rawValue))
        }
        _ = nounPhrase(depth: 1, asSubject: false)
    }

    private mutating func pairedVerbs(_ subject: SampleNumber) {
        emit("either", .opens(Pair.eitherOr.rawValue))
        verb(draw(tables.intransitive), subject)
        emit("or", .closes(Pair.eitherOr.rawValue))
        verb(draw(tables.intransitive), subject)
    }

    private mutating func conditional() {
        emit("if", .opens(Pair.ifThen.rawValue))
        clause()
        emit("then", .closes(Pair.ifThen.rawValue))
        clause()
    }

    private mutating func reported() {
        let subject = nounPhrase(depth: 1, asSubject: true)
        verb(draw(tables.saying), subject)
        emit("that", .conjunction)
        clause()
    }

    private mutating func quoted() {
        let subject = nounPhrase(depth: 1, asSubject: true)
        verb(draw(tables.saying), subject)
        emit("quote", .opens(Pair.quote.rawValue))
        clause()
        emit("unquote", .closes(Pair.quote.rawValue))
    }

    private mutating func existential() {
        emit("there", .pronoun)
        let isPlural = chance(45)
        copula(isPlural ? .plural : .singular)
        if isPlural {
            emit(draw(tables.pluralDeterminers), .determiner(.plural))
        } else {
            pendingArticle = true
        }
        noun(isPlural ? .plural : .singular)
        prepositionalPhrase(depth: 1)
    }

    /// `in one nine eight four`, sometimes with a month.
    private mutating func year() {
        emit("in", .preposition)
        if chance(30) { emit(draw(tables.months), .month) }
        emit("one", .digit)
        emit(chance(70) ? "nine" : "eight", .digit)
        for _ in 0..<2 { digit(from: 0) }
    }

    /// `the tower is three five metres high`.
    private mutating func amount() {
        let subject = nounPhrase(depth: 2, asSubject: true)
        verb(SampleTables.have, subject)
        let digits = 1 + number(below: 3)
        for index in 0..<digits { digit(from: index == 0 ? 2 : 0) }
        emit(draw(tables.units).plural, .noun(.plural))
    }

    private mutating func digit(from lowest: Int) {
        emit(SampleTables.digits[lowest + number(below: 10 - lowest)], .digit)
    }

    // MARK: Phrases

    /// Writes a noun phrase.
    ///
    /// - Returns: its number, which the verb of a subject agrees with.
    private mutating func nounPhrase(depth: Int, asSubject: Bool) -> SampleNumber {
        switch number(below: 100) {
        case ..<16 where asSubject:
            emit(paragraph.pronoun, .pronoun)
            return .singular
        case ..<24:
            emit(paragraph.name, .name)
            return .singular
        case ..<28:
            emit(asSubject ? "they" : "them", .pronoun)
            return .plural
        default:
            let isPlural = chance(36)
            let result: SampleNumber = isPlural ? .plural : .singular
            determiner(result)
            noun(result)
            if depth < 2, chance(24) {
                prepositionalPhrase(depth: depth + 1)
            } else if depth < 1, chance(14) {
                emit("that", .relative)
                verb(draw(tables.transitive), result)
                _ = nounPhrase(depth: 2, asSubject: false)
            }
            return result
        }
    }

    private mutating func determiner(_ number: SampleNumber) {
        if chance(62) {
            emit(draw(tables.sharedDeterminers), .determiner(.either))
        } else if number == .plural {
            emit(draw(tables.pluralDeterminers), .determiner(.plural))
        } else {
            let word = draw(tables.singularDeterminers)
            if word == "a" { pendingArticle = true } else { emit(word, .determiner(.singular)) }
        }
    }

    private mutating func noun(_ number: SampleNumber) {
        if chance(27) { word(draw(tables.adjectives), .adjective) }
        let noun = draw(chance(58) ? tables.topics[paragraph.topic] : tables.commonNouns)
        word(number == .plural ? noun.plural : noun.singular, .noun(number))
    }

    private mutating func prepositionalPhrase(depth: Int) {
        emit(draw(tables.prepositions), .preposition)
        if chance(14) {
            emit(draw(tables.places), .place)
        } else {
            _ = nounPhrase(depth: depth, asSubject: false)
        }
    }

    private mutating func verb(_ verb: SampleLexicon.Verb, _ subject: SampleNumber) {
        if paragraph.isPast {
            emit(verb.past, .past)
        } else {
            emit(subject == .plural ? verb.base : verb.singular, .present(subject))
        }
    }

    private mutating func copula(_ subject: SampleNumber) {
        switch (paragraph.isPast, subject) {
        case (false, .plural): emit("are", .present(.plural))
        case (false, _): emit("is", .present(.singular))
        case (true, .plural): emit("were", .past)
        case (true, _): emit("was", .past)
        }
    }

    // MARK: Words and chance

    /// Emits a word that may follow an indefinite article still to be chosen.
    private mutating func word(_ word: String, _ role: SampleRole) {
        if pendingArticle {
            pendingArticle = false
            emit(SampleGrammar.soundsLikeVowel(word) ? "an" : "a", .article)
        }
        emit(word, role)
    }

    /// Whether `an` goes before a word of the lexicon.
    static func soundsLikeVowel(_ word: String) -> Bool {
        word == "honest" || "aeiou".contains(word.first!)
    }

    private mutating func number(below bound: Int) -> Int {
        counter += 1
        return random.number(counter, below: bound)
    }

    private mutating func chance(_ percent: Int) -> Bool { number(below: 100) < percent }

    private mutating func draw<Word>(_ list: RankedList<Word>) -> Word {
        list[number(below: list.totalWeight)]
    }
}
