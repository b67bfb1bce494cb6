import Foundation
import Testing

@testable import INNAnalysis
@testable import INNCore
@testable import INNData

@Suite struct DataSampleTests {
    private typealias Tagged = (word: String, role: SampleRole)

    private static func tagged(paragraphs: Int, seed: UInt64) -> [(word: String, role: SampleRole)] {
        var words: [Tagged] = []
        var grammar = SampleGrammar(seed: seed) { words.append(($0, $1)) }
        for _ in 0..<paragraphs { grammar.writeParagraph() }
        return words
    }

    @Test func isTheSameEverywhere() throws {
        let corpus = try SampleCorpus.make()
        #expect(corpus.count == SampleCorpus.characterCount)
        #expect(corpus.count >= 2_000_000)
        #expect(corpus.text(in: 0..<60) == "she kept the wave this ship at his brothers saw its cold hou")
        let digest = try corpus.sha256()
        #expect(digest == "9fd3e9264fccd227ee6dbb8a6f2b415dcce77ed28dcdbb22f4152a50b8ee3a6b")
        #expect(corpus.withBytes(Text8Normaliser.firstForeignByte(in:)) == nil)
        let entropy = corpus.entropy(in: corpus.splits.train)
        #expect(abs(entropy.unigram - 4.1) < 0.15)
        #expect(entropy.bigram > 2.8 && entropy.bigram < 3.5)
    }

    @Test func wordFrequenciesAreZipfLike() {
        var counts: [String: Int] = [:]
        for tagged in Self.tagged(paragraphs: 8000, seed: 1) { counts[tagged.word, default: 0] += 1 }
        let ranked = counts.values.sorted(by: >)
        #expect(counts.count > 900)
        let total = ranked.reduce(0, +)
        #expect(Double(ranked[0]) / Double(total) > 0.04 && Double(ranked[0]) / Double(total) < 0.2)
        // Slope of log frequency over log rank between ranks 4 and 512, where Zipf's law says −1.
        let points = (2...9).map { power in (Double(power), log2(Double(ranked[(1 << power) - 1]))) }
        let meanX = points.map(\.0).reduce(0, +) / Double(points.count)
        let meanY = points.map(\.1).reduce(0, +) / Double(points.count)
        let slope =
            points.map { ($0.0 - meanX) * ($0.1 - meanY) }.reduce(0, +)
            / points.map { ($0.0 - meanX) * ($0.0 - meanX) }.reduce(0, +)
        #expect(slope < -0.6 && slope > -1.4, "slope \(slope)")
    }

    @Test func determinersAgreeWithTheirNouns() {
        var checked = 0
        var open: SampleNumber?
        for (word, role) in Self.tagged(paragraphs: 500, seed: 2) {
            switch role {
            case .determiner(let number): open = number
            case .noun(let number):
                if let determiner = open, determiner != .either {
                    checked += 1
                    if determiner != number { Issue.record("\(word) does not agree with its determiner") }
                }
                open = nil
            case .adjective: break
            default: open = nil
            }
        }
        #expect(checked > 1000)
    }

    @Test func articlesFollowTheNextSound() {
        let words = Self.tagged(paragraphs: 500, seed: 3)
        var articles = 0
        for (current, next) in zip(words, words.dropFirst()) where current.role == .article {
            articles += 1
            #expect((current.word == "an") == (next.word == "honest" || "aeiou".contains(next.word.first!)))
        }
        #expect(articles > 500)
    }

    /// After an opener the first noun phrase is the subject: where a present verb follows its noun directly, the two
    /// agree.
    @Test func verbsAgreeWithTheirSubjects() {
        let words = Self.tagged(paragraphs: 3000, seed: 4)
        let nouns = SampleLexicon.topics.joined() + SampleLexicon.commonNouns
        let singulars = Set(nouns.filter { $0.singular != $0.plural }.map(\.singular))
        let plurals = Set(nouns.filter { $0.singular != $0.plural }.map(\.plural))
        var checked = 0
        for index in words.indices.dropLast(5) where words[index].role == .opener {
            var next = index + 1
            while isBeforeNoun(words[next].role) { next += 1 }
            guard case .noun = words[next].role, case .present = words[next + 1].role else { continue }
            let noun = words[next].word
            guard singulars.contains(noun) != plurals.contains(noun) else { continue }
            let verb = words[next + 1].word
            let isSingularForm = verb == "is" || (verb != "are" && verb.hasSuffix("s"))
            checked += 1
            #expect(isSingularForm == singulars.contains(noun), "\(noun) \(verb)")
        }
        #expect(checked > 100)
    }

    @Test func pairsAreClosedInOrder() {
        var stack: [Int] = []
        var closed = Set<Int>()
        for (word, role) in Self.tagged(paragraphs: 500, seed: 5) {
            switch role {
            case .opens(let pair): stack.append(pair)
            case .closes(let pair):
                #expect(stack.popLast() == pair, "\(word) closes the wrong pair")
                closed.insert(pair)
            default: break
            }
        }
        #expect(stack.isEmpty)
        #expect(closed.count == 4)
    }

    @Test func lexiconIsInText8Form() {
        let everything =
            SampleLexicon.topics.joined().flatMap { [$0.singular, $0.plural] }
            + SampleLexicon.commonNouns.flatMap { [$0.singular, $0.plural] }
            + (SampleLexicon.transitiveVerbs + SampleLexicon.intransitiveVerbs + SampleLexicon.sayingVerbs).flatMap {
                [$0.base, $0.singular, $0.past]
            }
            + SampleLexicon.adjectives + SampleLexicon.adverbs + SampleLexicon.places + SampleLexicon.men
            + SampleLexicon.women
        for word in everything {
            #expect(!word.isEmpty && word.utf8.allSatisfy(Ascii.isLowercase), "\(word)")
        }
        #expect(SampleLexicon.plural(of: "city") == "cities")
        #expect(SampleLexicon.plural(of: "day") == "days")
        #expect(SampleLexicon.plural(of: "torch") == "torches")
        #expect(SampleLexicon.past(of: "carry") == "carried")
        #expect(SampleLexicon.past(of: "like") == "liked")
    }

    private func isBeforeNoun(_ role: SampleRole) -> Bool {
        switch role {
        case .determiner, .article, .adjective: true
        default: false
        }
    }
}
