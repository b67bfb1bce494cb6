import Foundation
import Testing

@testable import INNAnalysis
@testable import INNCore
@testable import INNData

@Suite struct DataAlphabetTests {
    @Test func text8HasSpaceThenLetters() {
        #expect(Alphabet.text8.vocabularySize == 27)
        #expect(Alphabet.text8.encode("Az b") == [1, 26, 0, 2])
        #expect(Alphabet.text8.decode([1, 26, 0, 2]) == "az b")
        #expect(Alphabet.text8.symbols.count == 27)
        #expect(Alphabet.text8.symbols[0] == "␣")
        #expect(Alphabet.text8.symbols(space: " ")[0] == " ")
        #expect(Alphabet.text8.symbols[26] == "z")
        #expect(Alphabet.text8.id(ofByte: 0x41) == nil)
    }

    @Test func bytesRoundTrip() {
        #expect(Alphabet.bytes.vocabularySize == 256)
        #expect(Alphabet.bytes.encode("é") == [0xC3, 0xA9])
        #expect(Alphabet.bytes.decode([0xC3, 0xA9]) == "é")
        #expect(Alphabet.bytes.symbols.count == 256)
        #expect(Set(Alphabet.bytes.symbols).count == 256)
        #expect(Alphabet.bytes.symbols[10] == "␊")
        #expect(Alphabet.bytes.symbols[0xC3] == "C3")
    }

    @Test(arguments: [Alphabet.text8, .bytes])
    func idsAndBytesAreInverse(alphabet: Alphabet) {
        for id in 0..<Int32(alphabet.vocabularySize) {
            #expect(alphabet.id(ofByte: alphabet.byte(ofID: id)) == id)
        }
    }
}

@Suite struct DataNormaliserTests {
    @Test(arguments: [
        ("Hello, World!", "hello world "),
        ("in 1984", "in one nine eight four "),
        ("7up", " seven up"),
        ("a\n\n--\tb", "a b"),
        ("café au lait", "caf au lait"),
        ("  anarchism originated", " anarchism originated"),
        ("", ""),
        ("…", " "),
    ])
    func followsMahoney(text: String, expected: String) {
        #expect(String(decoding: Text8Normaliser.normalise(text), as: UTF8.self) == expected)
    }

    @Test func normalisedTextPassesUnchanged() {
        let once = Text8Normaliser.normalise("The 3 quick (brown) foxes; naïve 42s.")
        #expect(Text8Normaliser.normalise(String(decoding: once, as: UTF8.self)) == once)
        #expect(once.withUnsafeBytes(Text8Normaliser.firstForeignByte(in:)) == nil)
    }

    @Test(arguments: [1, 2, 3, 7])
    func piecesMakeNoDifference(size: Int) {
        let text = "Ünïcode 12 — “quoted” 漢字 𝄞 end"
        let bytes = Array(text.utf8)
        var normaliser = Text8Normaliser()
        var output: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            Array(bytes[start..<min(start + size, bytes.count)]).withUnsafeBytes {
                normaliser.append($0, to: &output)
            }
        }
        #expect(output == Text8Normaliser.normalise(text))
    }

    @Test(
        arguments: [
            ([0x61, 0xFF, 0x62], 1), ([0x61, 0x62, 0xC3], 2), ([0xC0, 0x80], 0), ([0xED, 0xA0, 0x80], 0),
            ([0x61, 0xE2, 0x82, 0x41], 1), ([0xF4, 0x90, 0x80, 0x80], 0), ([0x80], 0),
        ] as [([UInt8], Int)])
    func invalidUTF8NamesTheByte(bytes: [UInt8], offset: Int) {
        var survey = CharacterSurvey()
        let foreign = #expect(throws: ForeignEncoding.self) {
            try bytes.withUnsafeBytes { try survey.append($0) }
            try survey.finish()
        }
        #expect(foreign == .invalid(offset: offset))
        let error = foreign?.error("poem.txt")
        #expect(error?.kind == .data)
        #expect(error?.message.contains("poem.txt is not valid UTF-8 at byte \(offset):") == true)
        #expect(error?.message.contains("--alphabet bytes") == true)
    }

    /// Every sequence of four bytes around the borders of the table of well-formed sequences.
    @Test func validatorAgreesWithStandardLibrary() {
        let interesting: [UInt8] = [
            0x41, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC1, 0xC2, 0xE0, 0xE1, 0xED, 0xEF, 0xF0, 0xF3, 0xF4, 0xF5,
        ]
        for a in interesting {
            for b in interesting {
                for c in interesting {
                    for d in interesting {
                        let bytes = [a, b, c, d]
                        var validator = UTF8Validator()
                        let accepted = bytes.withUnsafeBytes { validator.check($0) } == nil && validator.finish() == nil
                        if accepted != (String(validating: bytes, as: UTF8.self) != nil) {
                            Issue.record("disagreement on \(bytes)")
                        }
                    }
                }
            }
        }
    }

    @Test(arguments: [0, 1, 63, 4095, 4096, 9000])
    func foreignBytesAreFoundWhereTheyAre(position: Int) {
        var bytes = [UInt8](repeating: 0x61, count: 9001)
        #expect(bytes.withUnsafeBytes(Text8Normaliser.firstForeignByte(in:)) == nil)
        bytes[position] = 0x0A
        #expect(bytes.withUnsafeBytes(Text8Normaliser.firstForeignByte(in:)) == position)
        bytes[position] = 0x20
        #expect(bytes.withUnsafeBytes(Text8Normaliser.firstForeignByte(in:)) == nil)
        if position > 0 {
            bytes[position - 1] = 0x20
            #expect(bytes.withUnsafeBytes(Text8Normaliser.firstForeignByte(in:)) == position)
        }
    }
}
