import Foundation
import Testing

@testable import INNAnalysis
@testable import INNCore
@testable import INNData

/// A text8-form text whose character at position p is a function of p.
func cyclicText(count: Int) -> String {
    String(decoding: (0..<count).map { UInt8(ascii: "a") + UInt8($0 % 26) }, as: UTF8.self)
}

@Suite struct DataCorpusTests {
    @Test func splitsAreTheFieldsOnFullText8() {
        let splits = CorpusSplits(count: 100_000_000)
        #expect(splits.train == 0..<90_000_000)
        #expect(splits.validation == 90_000_000..<95_000_000)
        #expect(splits.test == 95_000_000..<100_000_000)
        let odd = CorpusSplits(count: 101)
        #expect(odd.train.upperBound == odd.validation.lowerBound)
        #expect(odd.validation.upperBound == odd.test.lowerBound)
        #expect(odd.test.upperBound == 101)
    }

    @Test func idsAndTextAgree() throws {
        let corpus = try Corpus(name: "cyclic", text: cyclicText(count: 260))
        #expect(corpus.count == 260)
        #expect(corpus[27] == 2)
        #expect(corpus.ids(in: 25..<28) == [26, 1, 2])
        #expect(corpus.text(in: 25..<28) == "zab")
        #expect(corpus.summary == "cyclic (260 characters)")
    }

    @Test(arguments: [("", "0 characters"), ("a", "1 character"), ("?!", "1 character")])
    func tooShortIsSaid(text: String, amount: String) {
        let error = #expect(throws: INNError.self) { try Corpus(name: "tiny.txt", text: text) }
        #expect(error?.kind == .data)
        #expect(
            error?.message.hasPrefix("tiny.txt holds only \(amount) to learn from: a corpus needs at least 100") == true
        )
    }

    @Test func entropyOfKnownTexts() throws {
        let uniform = try Corpus(name: "u", text: cyclicText(count: 2601)).entropy(in: 0..<2600)
        #expect(abs(uniform.unigram - log2(26)) < 1e-9)
        #expect(abs(uniform.bigram) < 1e-9)
        #expect(uniform.characters == 2600)
        let constant = try Corpus(name: "c", text: String(repeating: "a", count: 100)).entropy(in: 0..<100)
        #expect(constant.unigram == 0 && constant.bigram == 0)
    }

    @Test func entropyOfIndependentSymbols() throws {
        let random = CounterRandom(seed: 3)
        let bytes = (0..<200_000).map { UInt8(random.number(UInt64($0), below: 256)) }
        let corpus = try Corpus(name: "noise", storage: ByteStorage(copying: bytes), alphabet: .bytes)
        let entropy = corpus.entropy(in: 0..<corpus.count)
        #expect(abs(entropy.unigram - 8) < 0.01)
        #expect(entropy.bigram < entropy.unigram)
    }

    @Test func fingerprintNoticesLengthAndContent() throws {
        let text = cyclicText(count: 5000)
        let base = try Corpus(name: "a", text: text).fingerprint
        #expect(base.wholeMatch(of: /xxh64:[0-9a-f]{16}/) != nil)
        #expect(try Corpus(name: "b", text: text).fingerprint == base)
        #expect(try Corpus(name: "a", text: text + "a").fingerprint != base)
        #expect(try Corpus(name: "a", text: "b" + text.dropFirst()).fingerprint != base)
    }

    /// Vectors of the reference implementation.
    @Test(arguments: [
        ("", UInt64(0), UInt64(0xEF46_DB37_51D8_E999)), ("a", 0, 0xD24E_C4F1_A98C_6E5B),
        ("abc", 0, 0x44BC_2CF5_AD77_0999),
        ("Nobody inspects the spammish repetition", 0, 0xFBCE_A83C_8A37_8BF1),
    ])
    func theFastHashMatchesPublishedVectors(_ text: String, _ seed: UInt64, _ expected: UInt64) {
        #expect(Array(text.utf8).withUnsafeBytes { XXH64.hash($0, seed: seed) } == expected)
    }

    /// One byte in a text far larger than what samples would cover.
    @Test func fingerprintCoversEveryByte() throws {
        let bytes = Array(cyclicText(count: 1_000_000).utf8)
        let base = try Corpus(name: "a", storage: ByteStorage(copying: bytes), alphabet: .text8).fingerprint
        for position in [0, 5000, 123_457, 777_777, 999_999] {
            var changed = bytes
            changed[position] = changed[position] == 0x78 ? 0x79 : 0x78
            #expect(
                try Corpus(name: "a", storage: ByteStorage(copying: changed), alphabet: .text8).fingerprint != base,
                "byte \(position)")
        }
    }

    /// Runs from before the fingerprint covered all bytes.
    @Test func theOldFingerprintIsStillKnown() throws {
        let corpus = try Corpus(name: "a", text: cyclicText(count: 5000))
        try corpus.require(fingerprint: "1144365effa493d8")
        for foreign in ["0123456789abcdef", "", "xxh64:0123456789abcdef"] {
            let error = #expect(throws: INNError.self) { try corpus.require(fingerprint: foreign) }
            #expect(error?.kind == .data && error?.message.contains("another text") == true)
        }
    }

    @Test func digestsMatchPublishedVectors() throws {
        func hexadecimal(_ digest: Digest, of text: String) throws -> String {
            try Array(text.utf8).withUnsafeBytes { try digest.hexadecimal(of: $0) }
        }
        #expect(
            try hexadecimal(.sha256, of: "abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(try hexadecimal(.sha256, of: "") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(try hexadecimal(.md5, of: "abc") == "900150983cd24fb0d6963f7d28e17f72")
    }

    @Test func groupsThousands() {
        #expect(grouped(0) == "0")
        #expect(grouped(999) == "999")
        #expect(grouped(6_500_000) == "6,500,000")
        #expect(grouped(100_000_000) == "100,000,000")
    }
}
