import Foundation
import Testing

@testable import INNCore
@testable import INNData

/// The alphabet of a text's own most frequent characters.
@Suite struct CharacterTableTests {
    private func corpus(_ text: String, lowercase: Bool = false) throws -> Corpus {
        let folder = try TemporaryFolder()
        let path = try folder.file("text", Array(text.utf8))
        return try CorpusResolver(alphabet: .unicode(lowercase: lowercase), environment: [:]).resolve(path)
    }

    @Test func theMostFrequentCharacterComesFirstAndTheTextComesBack() throws {
        let text = String(repeating: "ääb\n", count: 50) + "क्ष"
        let corpus = try corpus(text)
        guard case .unicode(let table) = corpus.alphabet else {
            Issue.record("another alphabet")
            return
        }
        // Of equally frequent ones the one with the lower code.
        #expect(table.characters == ["ä", "\n", "b", "क", "ष", "्"])
        #expect(corpus.alphabet.vocabularySize == 7)
        #expect(corpus.ids(in: 0..<4) == [1, 1, 3, 2])
        #expect(corpus.text(in: 0..<corpus.count) == text && corpus.count == text.unicodeScalars.count)
        #expect(corpus.alphabet.decode(corpus.alphabet.encode(text)) == text)
        #expect(corpus.loss?.dropped == 0 && corpus.summary == "text (203 characters, 0 % dropped)")
    }

    @Test func beyondTheLimitAllAreOneSymbol() throws {
        let signs = (0..<300).map { Unicode.Scalar(0x4E00 + UInt32($0))! }
        // The first 255 occur twice.
        let corpus = try corpus(String(String.UnicodeScalarView(signs + signs.prefix(255))))
        #expect(corpus.alphabet.vocabularySize == 256)
        #expect(corpus.loss?.dropped == 45 && corpus.loss?.characters == 555)
        #expect(corpus[254] == 255 && corpus[255] == 0 && corpus[299] == 0 && corpus[300] == 1)
        #expect(corpus.text(in: 254..<256) == "\u{4EFE}\u{FFFD}")
        #expect(corpus.notice?.contains("become one symbol") == true)
    }

    @Test func capitalsAreReadAsSmallLettersOnRequest() throws {
        let corpus = try corpus(String(repeating: "ÄäΣσЖж İ𐐀 ", count: 20), lowercase: true)
        #expect(corpus.text(in: 0..<9) == "ääσσжж i𐐨")
        #expect(corpus.alphabet.encode("ЖÄ") == corpus.alphabet.encode("жä"))
        #expect(corpus.loss?.dropped == 0)
    }

    @Test func aByteOrderMarkIsNoCharacter() throws {
        let corpus = try corpus("\u{FEFF}" + String(repeating: "утро ", count: 30))
        #expect(corpus.count == 150 && corpus.text(in: 0..<4) == "утро")
    }

    /// A prompt is typed in one canonical form, the text may be in the other.
    @Test func bothCanonicalFormsOfALetterAreKnown() throws {
        let composed = try corpus(String(repeating: "caf\u{E9} ", count: 30)).alphabet
        #expect(
            composed.decode(composed.encode("cafe\u{301}")).unicodeScalars.elementsEqual("caf\u{E9}".unicodeScalars))
        let apart = try corpus(String(repeating: "cafe\u{301} ", count: 30)).alphabet
        #expect(apart.decode(apart.encode("caf\u{E9}")).unicodeScalars.elementsEqual("cafe\u{301}".unicodeScalars))
    }

    @Test func itStandsInFilesWithItsCharacters() throws {
        let alphabet = Alphabet.unicode(try CharacterTable(["а", "\"", "\r", "\n", "\u{301}", "😺"], lowercase: true))
        let json = try JSONEncoder().encode(alphabet)
        #expect(try JSONDecoder().decode(Alphabet.self, from: json) == alphabet)
        #expect(
            try JSONDecoder().decode([Alphabet].self, from: Data("[\"text8\",\"bytes\"]".utf8)) == [.text8, .bytes])
        #expect(String(decoding: try JSONEncoder().encode([Alphabet.text8]), as: UTF8.self) == "[\"text8\"]")
        let many = String(String.UnicodeScalarView((0..<256).map { Unicode.Scalar(0x400 + UInt32($0))! }))
        for hostile in [
            "\"unicode\"", "\"\"", "{}", "{\"characters\":\"\",\"lowercase\":false}",
            "{\"characters\":\"aa\",\"lowercase\":false}", "{\"characters\":\"a\u{FFFD}\",\"lowercase\":false}",
            "{\"characters\":\"\(many)\",\"lowercase\":false}",
        ] {
            #expect(throws: DecodingError.self, "\(hostile)") {
                try JSONDecoder().decode(Alphabet.self, from: Data(hostile.utf8))
            }
        }
    }

    /// The same ids of other characters are another text.
    @Test func theFingerprintKnowsTheAlphabet() throws {
        let latin = try corpus(String(repeating: "abc abd ", count: 20))
        let cyrillic = try corpus(String(repeating: "абв абг ", count: 20))
        #expect(latin.ids(in: 0..<160) == cyrillic.ids(in: 0..<160))
        #expect(latin.fingerprint != cyrillic.fingerprint)
        #expect(throws: INNError.self) { try latin.require(fingerprint: cyrillic.fingerprint) }
        #expect(try latin.sha256() != cyrillic.sha256())
    }

    @Test func promptsBeginWithWhatTheAlphabetHolds() throws {
        #expect(Alphabet.text8.prompt("the ") == "the ")
        #expect(try corpus(String(repeating: "the sea ", count: 20)).alphabet.prompt("the ") == "the ")
        #expect(try corpus(String(repeating: "утро ", count: 30)).alphabet.prompt("the ") == " ")
        #expect(try corpus(String(repeating: "小小船", count: 60)).alphabet.prompt("the ") == "小")
    }

    /// Characters without a shape are named by letters, not by two digits that would be taken for a byte.
    @Test func noCharacterIsNamedLikeAByte() throws {
        let shapeless: [Unicode.Scalar] = [
            "\u{202E}", "\u{61C}", "\u{2061}", "\u{E0C3}", "\u{E02E}", "\u{90}", "\u{FFF9}", "\u{378}",
        ]
        let names = Alphabet.unicode(try CharacterTable(["a"] + shapeless)).symbols
        #expect(names.count == shapeless.count + 2 && Set(names).count == names.count && names.contains("RO"))
        #expect(names.allSatisfy { UInt8($0, radix: 16) == nil || $0 == "a" })
    }

    @Test func everySymbolHasAnotherNameThatIsShown() throws {
        let table = try CharacterTable(
            [" ", "\n", "\u{85}", "a", "\u{301}", "\u{200D}", "\u{FE0F}", "\u{A0}", "😺", "的", "\u{2028}"])
        #expect(
            Alphabet.unicode(table).symbols
                == ["\u{FFFD}", "␣", "␊", "NL", "a", "◌\u{301}", "ZJ", "VE", "⍽", "😺", "的", "LS"])
    }
}
