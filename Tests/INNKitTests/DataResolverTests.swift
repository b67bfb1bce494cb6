import Foundation
import Testing

@testable import INNAnalysis
@testable import INNCore
@testable import INNData

@Suite struct DataResolverTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    /// text8, only shorter.
    private func standard(url: String = "http://127.0.0.1:9/none.zip", hasSubstitute: Bool = true) -> StandardCorpus {
        StandardCorpus(
            name: "text8", alphabet: .text8, url: url, byteCount: PackedText.text.count, md5: PackedText.md5,
            allowsPrefix: true, hasSubstitute: hasSubstitute
        )
    }

    private func resolver(
        _ standard: StandardCorpus, dataDirectory: String? = nil, alphabet: AlphabetChoice? = nil,
        dataVariable: String? = nil
    ) -> CorpusResolver {
        var environment = ["XDG_CACHE_HOME": folder.path + "/cache"]
        environment["INN_DATA_DIR"] = dataVariable
        return CorpusResolver(
            dataDirectory: dataDirectory, alphabet: alphabet, environment: environment,
            workingDirectory: folder.path + "/here", standards: [standard]
        )
    }

    @Test func foldersAreSearchedInOrder() throws {
        let cached = try folder.file("cache/inn-tui/text8", PackedText.text)
        #expect(resolver(standard()).locate("text8") == cached)
        let here = try folder.file("here/data/text8", PackedText.text)
        #expect(resolver(standard()).locate("text8") == here)
        let variable = try folder.file("variable/text8.zip", PackedText.zip)
        #expect(resolver(standard(), dataVariable: folder.path + "/variable").locate("text8") == variable)
        let option = try folder.file("option/text8-prefix.gz", PackedText.gzip)
        let all = resolver(standard(), dataDirectory: folder.path + "/option", dataVariable: folder.path + "/variable")
        #expect(all.locate("text8") == option)
        let whole = try folder.file("option/text8.zip", PackedText.zip)
        #expect(all.locate("text8") == whole)
        #expect(all.locate("other") == nil)
    }

    @Test func aPrefixIsAnnounced() throws {
        try folder.file("here/data/text8-prefix", PackedText.text.prefix(200))
        let corpus = try resolver(standard()).resolve("text8")
        #expect(corpus.isPrefix)
        #expect(corpus.summary == "text8 (prefix, 200 characters)")
        #expect(corpus.notice?.contains("Only the first 200 of 350 characters of text8") == true)
        #expect(corpus.notice?.contains("--data-dir") == true)
        #expect(corpus.splits == CorpusSplits(count: 200))
    }

    @Test func theWholeTextNeedsNoNotice() throws {
        try folder.file("here/data/text8.zip", PackedText.zip)
        let corpus = try resolver(standard()).resolve("text8")
        #expect(!corpus.isPrefix && corpus.notice == nil)
        #expect(corpus.summary == "text8 (350 characters)")
        let bytes = try resolver(standard(), alphabet: .bytes).resolve("text8")
        #expect(bytes.alphabet == .bytes && bytes.count == 350)
    }

    @Test func aWrongFileIsRefused() throws {
        let path = try folder.file("here/data/text8", "Not Text8, ".utf8.repeated(20))
        let error = #expect(throws: INNError.self) { try resolver(standard()).resolve("text8") }
        #expect(error?.message.hasPrefix("\(path) is not text8: at byte 0 ") == true)
        try folder.file("here/data/text8", PackedText.text + PackedText.text)
        let tooLong = #expect(throws: INNError.self) { try resolver(standard()).resolve("text8") }
        #expect(tooLong?.message.hasPrefix("\(path) has 700 bytes, but text8 has 350:") == true)
    }

    @Test func aMissingDataFolderIsSaid() {
        let error = #expect(throws: INNError.self) {
            try resolver(standard(), dataDirectory: "/nowhere/at/all").resolve("sample")
        }
        #expect(
            error
                == INNError(
                    .noInput, "/nowhere/at/all is not a folder: give --data-dir the folder that holds the corpus."))
    }

    @Test func sampleNeedsNothing() throws {
        let corpus = try CorpusResolver(environment: [:]).resolve("sample")
        #expect(corpus.name == "sample" && corpus.notice == nil && corpus.sourcePath == nil)
        #expect(try CorpusResolver(alphabet: .bytes, environment: [:]).resolve("sample").alphabet == .bytes)
    }

    @Test func withoutANetworkText8FallsBackToTheSample() throws {
        let corpus = try resolver(standard()).resolve("text8")
        #expect(corpus.name == "sample")
        #expect(
            corpus.notice?.hasPrefix(
                "This is the built-in sample text, because text8 was not found and could not be downloaded: ") == true)
        #expect(corpus.notice?.contains("http://127.0.0.1:9/none.zip") == true)
        #expect(folder.files().isEmpty)
    }

    @Test func withoutASubstituteThatIsAnError() {
        let error = #expect(throws: INNError.self) { try resolver(standard(hasSubstitute: false)).resolve("text8") }
        #expect(error?.kind == .unavailable)
    }

    @Test func downloadsUnpacksAndKeeps() throws {
        let server = try LoopbackServer(content: PackedText.zip)
        let told = Recorder<CorpusProgress>()
        let corpus = try resolver(standard(url: server.url)).resolve("text8") { told.append($0) }
        #expect(corpus.name == "text8" && corpus.count == 350 && corpus.notice == nil)
        #expect(folder.files() == ["cache/inn-tui/text8"])
        #expect(
            told.values.contains {
                $0.phase == .downloading && $0.completedBytes == PackedText.zip.count
                    && $0.totalBytes == PackedText.zip.count
            })
        _ = try resolver(standard(url: server.url)).resolve("text8")
        #expect(server.ranges.values == [""])
    }

    @Test func aBrokenDownloadIsContinued() throws {
        let server = try LoopbackServer(
            content: PackedText.zip, behaviours: [.breaksAfter(80), .breaksAfter(50), .normal])
        let corpus = try resolver(standard(url: server.url)).resolve("text8")
        #expect(corpus.name == "text8")
        #expect(server.ranges.values.map { $0.lowercased() } == ["", "range: bytes=80-", "range: bytes=130-"])
    }

    @Test func anInterruptedProcessContinuesItsPart() throws {
        let server = try LoopbackServer(content: PackedText.zip)
        try folder.file("cache/inn-tui/text8.zip.part", PackedText.zip.prefix(100))
        #expect(try resolver(standard(url: server.url)).resolve("text8").name == "text8")
        #expect(server.ranges.values.map { $0.lowercased() } == ["range: bytes=100-"])
    }

    @Test func aCompletePartIsNotFetchedAgain() throws {
        let server = try LoopbackServer(content: PackedText.zip)
        try folder.file("cache/inn-tui/text8.zip.part", PackedText.zip)
        #expect(try resolver(standard(url: server.url)).resolve("text8").name == "text8")
    }

    @Test func aServerWithoutRangesStartsOver() throws {
        let server = try LoopbackServer(content: PackedText.zip, behaviours: [.ignoresRange])
        try folder.file("cache/inn-tui/text8.zip.part", [UInt8](repeating: 7, count: 100))
        #expect(try resolver(standard(url: server.url)).resolve("text8").name == "text8")
    }

    @Test(arguments: [PackedText.gzip.dropLast(9) + [], Array("<html>Log in first</html>".utf8), PackedText.zipOfTwo])
    func aWrongDownloadIsThrownAway(content: [UInt8]) throws {
        let server = try LoopbackServer(content: content)
        let corpus = try resolver(standard(url: server.url)).resolve("text8")
        #expect(corpus.name == "sample")
        #expect(corpus.notice?.contains("what \(server.url) delivered is not text8") == true)
        #expect(folder.files().isEmpty)
    }

    @Test func aWrongTextOfTheRightLengthIsThrownAway() throws {
        let server = try LoopbackServer(content: PackedText.zip)
        let other = StandardCorpus(
            name: "text8", alphabet: .text8, url: server.url, byteCount: 350, md5: String(repeating: "0", count: 32),
            allowsPrefix: true, hasSubstitute: true
        )
        #expect(try resolver(other).resolve("text8").name == "sample")
        #expect(folder.files().isEmpty)
    }

    @Test func refusalsAndSilenceFallBack() throws {
        let refusing = try LoopbackServer(content: PackedText.zip, behaviours: [.status(404)])
        #expect(
            try resolver(standard(url: refusing.url)).resolve("text8").notice?.contains("the server answered 404")
                == true)
        let silent = try LoopbackServer(content: PackedText.zip, behaviours: [.silent])
        let impatient = CorpusResolver(
            environment: ["XDG_CACHE_HOME": folder.path + "/cache"], workingDirectory: folder.path,
            standards: [standard(url: silent.url)], downloader: Downloader(connectSeconds: 0.2, idleSeconds: 0.2)
        )
        #expect(try impatient.resolve("text8").notice?.contains("the server does not answer") == true)
        #expect(folder.files().isEmpty)
    }

    @Test func anUnwritableCacheFallsBack() throws {
        let blocked = try folder.file("blocked", [1])
        let resolver = CorpusResolver(
            environment: ["XDG_CACHE_HOME": blocked], workingDirectory: folder.path, standards: [standard()]
        )
        let corpus = try resolver.resolve("text8")
        #expect(corpus.notice?.contains("the cache folder \(blocked)/inn-tui cannot be made") == true)
    }
}

/// The real text, where it is at hand.
@Suite struct DataText8Tests {
    private static let folder = ProcessInfo.processInfo.environment["INN_DATA_DIR"]
    private static var hasPrefix: Bool {
        folder.map { FileManager.default.fileExists(atPath: $0 + "/text8-prefix.gz") } ?? false
    }

    @Test(.enabled(if: hasPrefix, "INN_DATA_DIR names no folder with text8-prefix.gz"))
    func prefixIsTheRealText() throws {
        let cache = try TemporaryFolder()
        let path = try #require(Self.folder) + "/text8-prefix.gz"
        let storage = try CorpusFileReader(cache: CorpusCache(directory: cache.path)).open(
            path, conversion: .verbatim, progress: { _ in }
        ).storage
        let corpus = try Corpus(name: "text8", storage: storage, alphabet: .text8)
        #expect(corpus.count == 6_500_000)
        #expect(try corpus.sha256() == "2107575cbff3045be459c441a55a5ad16302d4f79d4027673ed5280f498cacc4")
        #expect(corpus.withBytes(Text8Normaliser.firstForeignByte(in:)) == nil)
        let entropy = corpus.entropy(in: 0..<corpus.count)
        #expect(abs(entropy.unigram - 4.116) < 0.005)
        #expect(abs(entropy.bigram - 3.425) < 0.005)
    }
}
