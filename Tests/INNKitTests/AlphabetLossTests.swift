import Foundation
import Testing

@testable import INNCore
@testable import INNData

/// What an alphabet does not hold of a text is measured, said, and from half of it on refused.
@Suite struct AlphabetLossTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func resolver(_ alphabet: AlphabetChoice? = nil, isForced: Bool = false) -> CorpusResolver {
        CorpusResolver(
            alphabet: alphabet, isForced: isForced, environment: ["XDG_CACHE_HOME": folder.path + "/cache"])
    }

    private func text(_ name: String, _ text: String) throws -> String { try folder.file(name, Array(text.utf8)) }

    private static let russian = (0..<40).map { "Глава \($0)\n" + String(repeating: "река камень ", count: 60) }
        .joined()

    @Test func mostOfARussianTextIsRefusedUntilForced() throws {
        let path = try text("книга.txt", Self.russian)
        let error = #expect(throws: INNError.self) { try resolver().resolve(path) }
        #expect(error?.kind == .data)
        let message = error?.message ?? ""
        #expect(message.hasPrefix("83 % of the characters of \(path) are not in the alphabet text8 (mostly “а”"))
        for word in ["--alphabet unicode", "--alphabet bytes", "--force"] { #expect(message.contains(word)) }
        // The second time it comes from the cache, with what was measured at first.
        #expect(#expect(throws: INNError.self) { try resolver().resolve(path) } == error)
        let forced = try resolver(isForced: true).resolve(path)
        #expect(forced.notice?.hasPrefix("83 % of the characters") == true)
        #expect(forced.summary.contains("83 % dropped"))
    }

    /// Shares of letters that are not in text8, at and beside the limits.
    @Test(arguments: [(4, false), (5, true), (49, true)])
    func fromFivePercentOnItIsSaid(percent: Int, isSaid: Bool) throws {
        let line = String(repeating: "a", count: 100 - percent) + String(repeating: "ż", count: percent)
        let corpus = try resolver().resolve(text("\(percent)", String(repeating: line, count: 20)))
        #expect((corpus.notice != nil) == isSaid)
        #expect(corpus.loss?.dropped == 20 * percent && corpus.loss?.characters == 2000)
    }

    @Test func halfIsTooMuch() throws {
        let path = try text("half", String(repeating: "aż", count: 500))
        #expect(throws: INNError.self) { try resolver().resolve(path) }
    }

    /// White space, capitals and digits are still there in some form.
    @Test func whatIsReadInAnotherFormIsNotLost() throws {
        let corpus = try resolver().resolve(text("plain", String(repeating: "One 1\n\tTWO 2\r\n", count: 50)))
        #expect(corpus.loss?.dropped == 0 && corpus.notice == nil)
        #expect(!corpus.summary.contains("dropped"))
    }

    @Test func autoChoosesWhatLosesLeast() throws {
        func chosen(_ name: String, _ content: String) throws -> String {
            try resolver(.auto(lowercase: false)).resolve(text(name, content)).alphabet.name
        }
        #expect(try chosen("english", String(repeating: "The old man and the sea. ", count: 50)) == "text8")
        #expect(try chosen("russian", Self.russian) == "unicode")
        #expect(try chosen("polish", String(repeating: "zażółć gęślą jaźń ", count: 50)) == "unicode")
        let signs = String(String.UnicodeScalarView((0..<3000).map { Unicode.Scalar(0x4E00 + UInt32($0))! }))
        #expect(try chosen("chinese", signs) == "bytes")
        let noise = try folder.file("noise", (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
        #expect(try resolver(.auto(lowercase: false)).resolve(noise).alphabet == .bytes)
        #expect(try resolver(.auto(lowercase: false)).resolve("sample").alphabet == .text8)
    }

    /// A network's alphabet is none to be chosen: other sentences, the same limits.
    @Test func aTextInAnotherScriptThanTheNetworksIsRefused() throws {
        let own = try resolver(.unicode(lowercase: false)).resolve(text("russian", Self.russian)).alphabet
        let path = try text("english", String(repeating: "the old man and the sea ", count: 50))
        let error = #expect(throws: INNError.self) { try resolver(.network(own)).resolve(path) }
        #expect(error?.message.contains("are not in the network's alphabet") == true)
        #expect(error?.message.contains("--force") == true && error?.message.contains("--alphabet") == false)
        #expect(try resolver(.network(own), isForced: true).resolve(path).alphabet == own)
        #expect(own.notice("река") == nil && own.notice("sea") != nil)
    }

    // MARK: Other encodings

    private static let samples = [
        String(repeating: "Der Fluß über die Straße. ", count: 30), String(repeating: "река камень утро, ", count: 30),
        String(repeating: "नदी पत्थर सुबह। ", count: 30), String(repeating: "θάλασσα και πέτρα\n", count: 30),
        String(repeating: "البحر الحجر، الصباح ", count: 30), String(repeating: "plain English text ", count: 30),
        String(repeating: "小船在长长的波浪上航行，", count: 30), String(repeating: "cats 😺 and ☕ ", count: 30),
    ]
    private static let encodings: [(String.Encoding, String)] = [
        (.utf16LittleEndian, "UTF-16LE"), (.utf16BigEndian, "UTF-16BE"), (.utf32LittleEndian, "UTF-32LE"),
        (.utf32BigEndian, "UTF-32BE"),
    ]

    @Test(arguments: samples) func wideEncodingsAreNamedWithAndWithoutAMark(_ sample: String) throws {
        for (encoding, name) in Self.encodings {
            for mark in ["", "\u{FEFF}"] {
                let path = try folder.file("wide", Array(try #require((mark + sample).data(using: encoding))))
                for choice in [AlphabetChoice.text8, .unicode(lowercase: false)] {
                    let error = #expect(throws: INNError.self) { try resolver(choice, isForced: true).resolve(path) }
                    // Chinese without spaces is no UTF-8 in any of these forms, which is said as well.
                    let isNamed = error?.message.contains("is \(name), not UTF-8: convert it (iconv -f \(name)") == true
                    #expect(
                        isNamed || sample.contains("小") && error?.message.contains("not valid UTF-8") == true,
                        "\(name) \(sample.prefix(9)) \(error?.message ?? "")")
                }
                #expect(try resolver(.bytes).resolve(path).alphabet == .bytes)
                let chosen = try resolver(.auto(lowercase: false)).resolve(path)
                #expect(chosen.alphabet == .bytes && chosen.notice?.contains("so it is read as bytes: convert") == true)
            }
        }
        let plain = try text("plain", sample)
        #expect(
            try resolver(.unicode(lowercase: false)).resolve(plain).text(in: 0..<20)
                == String(String.UnicodeScalarView(sample.unicodeScalars.prefix(20))))
    }

    /// Letters between escape sequences are ASCII, which no other test of an encoding notices.
    @Test(arguments: [
        ("\u{1B}$BF|K\\8l\u{1B}(B\n", "ISO-2022-JP"), ("\u{1B}$)C\u{0E}GQ1[\u{0F} ", "ISO-2022-KR"),
        ("\u{1B}$)A\u{0E}VPND\u{0F} ", "ISO-2022-CN"),
    ]) func escapedEncodingsAreNamed(_ word: String, _ name: String) throws {
        let path = try text("escaped", String(repeating: word, count: 90))
        for choice in [AlphabetChoice.text8, .unicode(lowercase: false)] {
            let error = #expect(throws: INNError.self) { try resolver(choice, isForced: true).resolve(path) }
            #expect(error?.message.contains("is \(name), not UTF-8: convert it (iconv -f \(name) -t UTF-8)") == true)
        }
        #expect(try resolver(.auto(lowercase: false)).resolve(path).notice?.contains("is \(name), not UTF-8") == true)
    }

    /// What colours a terminal is no encoding.
    @Test func coloursAreNoEncoding() throws {
        let path = try text("log", String(repeating: "\u{1B}[31mred\u{1B}(B\u{1B}[m and plain again\n", count: 90))
        #expect(try resolver(.unicode(lowercase: false)).resolve(path).notice == nil)
    }
}
