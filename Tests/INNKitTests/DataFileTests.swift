import Foundation
import Testing

@testable import INNAnalysis
@testable import INNCore
@testable import INNData

@Suite struct DataFileTests {
    private let folder: TemporaryFolder
    private let resolver: CorpusResolver

    init() throws {
        folder = try TemporaryFolder()
        resolver = CorpusResolver(environment: ["XDG_CACHE_HOME": folder.path + "/cache"])
    }

    private func failure(_ path: String, alphabet: AlphabetChoice? = nil) -> INNError? {
        let resolver = CorpusResolver(alphabet: alphabet, environment: ["XDG_CACHE_HOME": folder.path + "/cache"])
        return #expect(throws: INNError.self) { try resolver.resolve(path) }
    }

    @Test func plainTextIsNormalisedOnceAndCached() throws {
        let path = try folder.file("poem.txt", "Shall I compare thee to 18 summers' days? ".utf8.repeated(10))
        let corpus = try resolver.resolve(path)
        #expect(corpus.name == "poem.txt")
        #expect(corpus.text(in: 0..<44) == "shall i compare thee to one eight summers da")
        #expect(corpus.alphabet == .text8 && !corpus.isPrefix && corpus.notice == nil)
        let cached = folder.files().filter { $0.hasPrefix("cache/inn-tui/corpora/poem.txt-") && !$0.hasSuffix(".loss") }
        #expect(cached.count == 1)
        let told = Recorder<CorpusProgress>()
        let again = try resolver.resolve(path) { told.append($0) }
        #expect(again.fingerprint == corpus.fingerprint)
        #expect(told.values.isEmpty)
    }

    @Test func aChangedFileIsConvertedAgain() throws {
        let path = try folder.file("poem.txt", "One. ".utf8.repeated(100))
        _ = try resolver.resolve(path)
        try folder.file("poem.txt", "Four. ".utf8.repeated(100))
        #expect(try resolver.resolve(path).text(in: 0..<5) == "four ")
    }

    @Test func text8FormIsReadWithoutAConversion() throws {
        let path = try folder.file("clean", "one two ".utf8.repeated(50))
        #expect(try resolver.resolve(path).count == 400)
        #expect(folder.files() == ["clean"])
    }

    /// A mapped file would end the process with SIGBUS here.
    @Test(
        arguments: [AlphabetChoice.text8, .bytes, .unicode(lowercase: false)],
        ["clean one two ", "Not clean, 1 or 2. "])
    func aTextOutlivesItsFile(_ alphabet: AlphabetChoice, _ words: String) throws {
        let path = try folder.file("text", words.utf8.repeated(20_000))
        let corpus = try CorpusResolver(alphabet: alphabet, environment: ["XDG_CACHE_HOME": folder.path + "/cache"])
            .resolve(path)
        let before = corpus.text(in: 0..<corpus.count)
        for file in folder.files() { #expect(truncate("\(folder.path)/\(file)", 0) == 0) }
        #expect(corpus.text(in: 0..<corpus.count) == before)
        #expect(corpus.ids(in: corpus.splits.test).count == corpus.splits.test.count)
        try Data("something else, and shorter".utf8).write(to: URL(fileURLWithPath: path))
        #expect(corpus.text(in: 0..<corpus.count) == before)
    }

    @Test func aFileThatShrinksWhileItIsReadIsASentence() throws {
        let path = try folder.file("text", "one two ".utf8.repeated(20_000))
        let file = try SourceFile(path)
        #expect(truncate(path, 5000) == 0)
        let error = #expect(throws: INNError.self) { try ByteStorage(reading: file) }
        #expect(
            error?.kind == .inputOutput && error?.message.contains("cut short meanwhile") == true,
            "\(error?.message ?? "")")
        #expect(throws: INNError.self) { try file.forEachPiece(of: 4096) { _ in } }
    }

    /// What is too large for memory is mapped, and outlives every file that has a name; of a mapped one the first look
    /// at the text would end the process with SIGBUS.
    @Test(arguments: [CorpusConversion.verbatim, .text8], ["clean one two ", "Not clean, 1 or 2. "])
    func aLargeTextOutlivesItsFileAndTheCache(_ conversion: CorpusConversion, _ words: String) throws {
        let path = try folder.file("large", words.utf8.repeated(5000))
        let reader = CorpusFileReader(cache: CorpusCache(directory: folder.path + "/cache"), memoryLimit: 1000)
        let expected =
            conversion == .text8
            ? Text8Normaliser.normalise(String(repeating: words, count: 5000)) : Array(words.utf8.repeated(5000))
        let storage = try reader.open(path, conversion: conversion, progress: { _ in }).storage
        let files = folder.files()
        // Beside a text in text8 form stands what it does not hold of the file.
        #expect(files.count == (conversion == .text8 ? 3 : 1), "a copy that is only mapped has no name: \(files)")
        for file in files { #expect(truncate("\(folder.path)/\(file)", 0) == 0) }
        #expect(storage.bytes.elementsEqual(expected))
        let error = #expect(throws: INNError.self) {
            try CorpusFileReader(cache: nil, memoryLimit: 10).open(
                folder.file("more", "one two ".utf8.repeated(9)), conversion: .verbatim, progress: { _ in })
        }
        #expect(error?.message.contains("cut the text down") == true)
    }

    /// What was read is one thing, what the name in the cache says another.
    @Test func aTextThatIsWrittenToMeanwhileIsNotKept() throws {
        let path = try folder.file("growing.txt", "Words, words. ".utf8.repeated(700_000))
        let corpus = try resolver.resolve(path) { _ in
            let file = FileHandle(forWritingAtPath: path)
            _ = try? file?.seekToEnd()
            try? file?.write(contentsOf: Data("more".utf8))
        }
        #expect(corpus.count == "words words ".count * 700_000, "as it was when it was opened")
        #expect(folder.files() == ["growing.txt"])
        #expect(try resolver.resolve(path).count > corpus.count)
    }

    @Test func bytesKeepEverything() throws {
        let content = Array("Ä\n\u{0}".utf8.repeated(50)) + [0xFF]
        let path = try folder.file("raw", content)
        let corpus = try CorpusResolver(alphabet: .bytes, environment: [:]).resolve(path)
        #expect(corpus.count == content.count)
        #expect(corpus.ids(in: 0..<corpus.count) == content.map(Int32.init))
        #expect(corpus.summary == "raw (201 bytes)")
    }

    @Test func withoutAWritableCacheTextStaysInMemory() throws {
        let path = try folder.file("poem.txt", "One. ".utf8.repeated(100))
        // A file stands where the folder should be.
        let blocked = try folder.file("blocked", [1])
        for environment in [["XDG_CACHE_HOME": blocked], [:]] {
            let corpus = try CorpusResolver(environment: environment).resolve(path)
            #expect(corpus.text(in: 0..<8) == "one one ")
        }
        #expect(folder.files() == ["blocked", "poem.txt"])
    }

    @Test func badFilesAreOneSentence() throws {
        let missing = folder.path + "/nowhere.txt"
        #expect(
            failure(missing)
                == INNError(
                    .noInput,
                    """
                    \(missing) does not exist: check the path, or use one of the built-in names text8, enwik8 and \
                    sample.
                    """
                ))
        #expect(
            failure(folder.path) == INNError(.noInput, "\(folder.path) is a directory: name a text file inside it."))
        let empty = try folder.file("empty", [])
        #expect(failure(empty) == INNError(.data, "\(empty) is empty: name a file that holds text."))
        let single = try folder.file("single", "a".utf8)
        #expect(failure(single)?.message.contains("\(single) holds only 1 character") == true)
        #expect(failure(single, alphabet: .bytes)?.message.contains("\(single) holds only 1 byte") == true)
        let cyrillic = try folder.file("cyrillic", "слово ".utf8.repeated(100))
        #expect(failure(cyrillic)?.message.contains("--alphabet bytes") == true)
        let latin1 = try folder.file("latin1", Array("caf".utf8) + [0xE9, 0x20])
        #expect(failure(latin1)?.kind == .data)
        #expect(failure(latin1)?.message.contains("\(latin1) is not valid UTF-8 at byte 3:") == true)
        let cut = try folder.file("cut", Array("A caf".utf8) + [0xC3])
        #expect(failure(cut)?.message.contains("at byte 5:") == true)
        #expect(failure("/dev/null")?.kind == .noInput)
    }

    @Test func failedConversionsLeaveNothing() throws {
        let path = try folder.file("latin1", Array("Text. ".utf8.repeated(1000)) + [0xE9])
        _ = failure(path)
        let truncated = try folder.file("cut.gz", PackedText.gzip.dropLast(30))
        _ = failure(truncated)
        #expect(folder.files() == ["cut.gz", "latin1"])
    }

    @Test(arguments: [PackedText.gzip, PackedText.zip, PackedText.xz])
    func archivesAreRead(packed: [UInt8]) throws {
        let path = try folder.file("packed", packed)
        let corpus = try resolver.resolve(path)
        #expect(corpus.count == PackedText.text.count)
        #expect(corpus.withBytes { $0.elementsEqual(PackedText.text) })
        #expect(try resolver.resolve(path).count == corpus.count)
    }

    /// A zip that lost only its directory is still whole, hence cuts that reach into the text.
    @Test(arguments: [PackedText.gzip, PackedText.zip, PackedText.xz])
    func cutArchivesAreRefused(packed: [UInt8]) throws {
        for length in [packed.count / 2, packed.count - 90] {
            let path = try folder.file("cut", packed.prefix(length))
            let error = failure(path)
            #expect(error?.kind == .data)
            #expect(error?.message.hasPrefix("\(path) is damaged or cut off (") == true)
        }
    }

    @Test func aDamagedZipIsRefused() throws {
        var packed = PackedText.zip
        packed[60] ^= 0x10
        #expect(failure(try folder.file("damaged.zip", packed))?.kind == .data)
    }

    @Test func strangeArchivesAreRefused() throws {
        let two = try folder.file("two.zip", PackedText.zipOfTwo)
        #expect(
            failure(two)
                == INNError(
                    .data,
                    "\(two) holds several files (the first two: one, two): unpack it and name the one to train on."))
        let empty = try folder.file("empty.gz", PackedText.emptyGzip)
        #expect(failure(empty) == INNError(.data, "\(empty) holds no text: name an archive with one text file in it."))
    }

    @Test func decompressionStopsAtTheLimit() throws {
        let path = try folder.file("bomb.gz", PackedText.gzip)
        let cache = CorpusCache(directory: folder.path + "/cache")
        for reader in [CorpusFileReader(cache: cache, byteLimit: 349), CorpusFileReader(cache: nil, memoryLimit: 349)] {
            let error = #expect(throws: INNError.self) {
                try reader.open(path, conversion: .verbatim, progress: { _ in })
            }
            #expect(
                error
                    == INNError(
                        .data,
                        "\(path) decompresses to more than 349 bytes, so it was not read: cut the text down first."))
        }
        #expect(folder.files() == ["bomb.gz"])
        #expect(
            try CorpusFileReader(cache: cache, byteLimit: 350).open(path, conversion: .verbatim, progress: { _ in })
                .storage.count == 350)
    }

    @Test func conversionReportsProgress() throws {
        let path = try folder.file("long.txt", "Words, words. ".utf8.repeated(700_000))
        let told = Recorder<CorpusProgress>()
        _ = try resolver.resolve(path) { told.append($0) }
        #expect(told.values.map(\.completedBytes) == [4 << 20, 8 << 20])
        #expect(told.values.allSatisfy { $0.phase == .normalising && $0.item == path && $0.totalBytes == 9_800_000 })
    }
}

extension Collection {
    /// The elements again and again.
    func repeated(_ times: Int) -> [Element] {
        Array(repeatElement(self, count: times).joined())
    }
}
