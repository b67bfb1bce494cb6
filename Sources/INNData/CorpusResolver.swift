import Foundation
import INNCore

/// Finds the corpus that a user names: `text8`, `enwik8`, `sample`, `recall`, or the path of a text file.
///
/// A standard corpus is looked for in `dataDirectory`, `$INN_DATA_DIR`, `./data` and the user's cache; the first folder
/// that has it in any form wins, and in a folder the whole text wins over a prefix. Then it is downloaded. Without a
/// network `text8` falls back to the built-in sample with a notice; `enwik8` does not, because nothing stands in for
/// it.
public struct CorpusResolver: Sendable {
    /// What `--data-dir` names.
    public let dataDirectory: String?
    /// The alphabet asked for; nil means bytes for `enwik8` and text8 for everything else.
    public let alphabet: AlphabetChoice?
    /// Whether a text is read although half of it or more is not in the alphabet.
    public let isForced: Bool
    /// Where converted and downloaded text is kept; nil when no cache folder is known.
    public let cacheDirectory: String?
    private let environment: [String: String]
    private let workingDirectory: String
    private let standards: [StandardCorpus]
    private let downloader: Downloader

    /// - Parameters:
    ///   - dataDirectory: a folder to look in before any other.
    ///   - alphabet: overrides the alphabet of the corpus.
    ///   - isForced: reads a text although half of it or more is not in the alphabet.
    ///   - environment: where `INN_DATA_DIR`, `XDG_CACHE_HOME` and `HOME` are looked up.
    public init(
        dataDirectory: String? = nil, alphabet: AlphabetChoice? = nil, isForced: Bool = false,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) {
        self.init(
            dataDirectory: dataDirectory, alphabet: alphabet, isForced: isForced, environment: environment,
            standards: [.text8, .enwik8])
    }

    package init(
        dataDirectory: String? = nil, alphabet: AlphabetChoice? = nil, isForced: Bool = false,
        environment: [String: String],
        workingDirectory: String = FileManager.default.currentDirectoryPath,
        standards: [StandardCorpus], downloader: Downloader = Downloader()
    ) {
        self.dataDirectory = dataDirectory
        self.alphabet = alphabet
        self.isForced = isForced
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.standards = standards
        self.downloader = downloader
        cacheDirectory = CorpusCache.userDirectory(environment: environment)
    }

    /// Opens a corpus; blocks while it downloads or converts.
    ///
    /// - Parameters:
    ///   - name: `text8`, `enwik8`, `sample`, `recall` or a path.
    ///   - progress: told about downloads and conversions, on any thread.
    /// - Throws: ``INNError`` that says what is wrong with the file, the folder or the download.
    public func resolve(_ name: String, progress: @escaping CorpusProgressHandler = { _ in }) throws -> Corpus {
        if let dataDirectory { try requireDirectory(dataDirectory) }
        if name == "sample" { return try sample(progress: progress) }
        if name == "recall" { return try recall() }
        guard let standard = standards.first(where: { $0.name == name }) else {
            return try file(name, progress: progress)
        }
        if let path = findFile(of: standard) { return try local(standard, path: path, progress: progress) }
        do {
            return try local(standard, path: download(standard, progress: progress), progress: progress)
        } catch let failure as DownloadFailure {
            guard standard.hasSubstitute else {
                throw INNError(
                    .unavailable,
                    "\(name) was not found and could not be downloaded (\(failure.detail)): \(howToSupply(standard)).")
            }
            return try sample(
                notice: """
                    This is the built-in sample text, because text8 was not found and could not be downloaded: \
                    for the real one, \(howToSupply(standard)) (\(failure.detail)).
                    """, progress: progress)
        }
    }

    /// The file that a standard corpus would be read from, without opening it; nil when it would have to be downloaded.
    ///
    /// - Parameter name: `text8` or `enwik8`.
    public func locate(_ name: String) -> String? {
        standards.first { $0.name == name }.flatMap(findFile(of:))
    }

    // MARK: The kinds of corpus

    private func sample(notice: String? = nil, progress: @escaping CorpusProgressHandler) throws -> Corpus {
        progress(
            CorpusProgress(
                phase: .generating, item: "sample", completedBytes: 0, totalBytes: SampleCorpus.characterCount))
        return try reading(own: .text8).corpus(
            name: "sample", path: nil, notice: notice,
            verbatim: { try ByteStorage(copying: SampleCorpus.text(count: SampleCorpus.characterCount)) }, text8: nil)
    }

    private func recall() throws -> Corpus {
        switch alphabet {
        case nil, .bytes, .network(.bytes), .auto: return try RecallCorpus.make()
        default:
            throw INNError(.usage, "The text recall is made of digits and letters of both cases; leave out --alphabet.")
        }
    }

    private func file(_ path: String, progress: @escaping CorpusProgressHandler) throws -> Corpus {
        try reading(own: nil).corpus(
            name: URL(fileURLWithPath: path).lastPathComponent, path: path,
            verbatim: { try reader.open(path, conversion: .verbatim, progress: progress).storage },
            text8: { try reader.open(path, conversion: .text8, progress: progress) })
    }

    /// - Parameter own: the alphabet of a corpus that is found by its name.
    private func reading(own: Alphabet?) -> CorpusReading {
        var choice = alphabet ?? .named(own ?? .text8)
        if case .auto = choice, let own { choice = .named(own) }
        return CorpusReading(choice: choice, isForced: isForced, isText8Form: own == .text8)
    }

    private func local(
        _ standard: StandardCorpus, path: String, progress: @escaping CorpusProgressHandler
    ) throws -> Corpus {
        var isPrefix = false
        func whole() throws -> ByteStorage {
            let storage = try reader.open(path, conversion: .verbatim, progress: progress).storage
            try require(storage, is: standard, path: path)
            isPrefix = storage.count < standard.byteCount
            return storage
        }
        // Read before the corpus is made, which is told whether it is all of it.
        let reading = reading(own: standard.alphabet)
        let storage = reading.isNormalised ? nil : try whole()
        return try reading.corpus(
            name: standard.name, path: path, isPrefix: isPrefix,
            notice: isPrefix ? storage.map { prefixNotice(standard, path: path, count: $0.count) } : nil,
            verbatim: { try storage ?? whole() },
            text8: { try reader.open(path, conversion: .text8, progress: progress) })
    }

    /// - Throws: ``INNError`` of kind `data` when the bytes are not those of a standard corpus or its first part.
    private func require(_ storage: ByteStorage, is standard: StandardCorpus, path: String) throws {
        if standard.alphabet == .text8, let offset = Text8Normaliser.firstForeignByte(in: storage.bytes) {
            throw INNError(
                .data,
                """
                \(path) is not \(standard.name): at byte \(offset) it has something else than a–z and single spaces; \
                replace it, or rename it and give its path to have it normalised.
                """)
        }
        guard storage.count <= standard.byteCount, storage.count == standard.byteCount || standard.allowsPrefix else {
            throw INNError(
                .data,
                """
                \(path) has \(grouped(storage.count)) bytes, but \(standard.name) has \(grouped(standard.byteCount)): \
                replace it with the file from \(standard.url), or rename it and give its path.
                """)
        }
    }

    private func prefixNotice(_ standard: StandardCorpus, path: String, count: Int) -> String {
        """
        Only the first \(grouped(count)) of \(grouped(standard.byteCount)) characters of \(standard.name) are in \
        \(path), \
        so figures are not comparable with the full corpus: for the whole, \(howToSupply(standard)).
        """
    }

    private func howToSupply(_ standard: StandardCorpus) -> String {
        let folder = dataDirectory ?? dataVariable ?? "./data"
        return "put \(standard.url) into \(folder) or name the folder that has it with --data-dir"
    }

    // MARK: Finding and fetching

    private var reader: CorpusFileReader { CorpusFileReader(cache: cacheDirectory.map(CorpusCache.init(directory:))) }

    private var dataVariable: String? { environment["INN_DATA_DIR"].flatMap { $0.isEmpty ? nil : $0 } }

    private func findFile(of standard: StandardCorpus) -> String? {
        let folders = [dataDirectory, dataVariable, workingDirectory + "/data", cacheDirectory].compactMap { $0 }
        return folders.lazy
            .flatMap { folder in standard.fileNames.lazy.map { "\(folder)/\($0)" } }
            .first(where: Self.isFile)
    }

    private static func isFile(_ path: String) -> Bool {
        var isDirectory: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && !isDirectory.boolValue
    }

    private func requireDirectory(_ path: String) throws {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), isDirectory.boolValue else {
            throw INNError(.noInput, "\(path) is not a folder: give --data-dir the folder that holds the corpus.")
        }
    }

    /// Downloads, unpacks and checks a standard corpus.
    ///
    /// - Returns: the path of the whole text in the cache.
    private func download(_ standard: StandardCorpus, progress: @escaping CorpusProgressHandler) throws -> String {
        guard let cacheDirectory else {
            throw DownloadFailure(detail: "there is no cache folder, because HOME is not set")
        }
        guard
            (try? FileManager.default.createDirectory(atPath: cacheDirectory, withIntermediateDirectories: true)) != nil
        else {
            throw DownloadFailure(detail: "the cache folder \(cacheDirectory) cannot be made")
        }
        let part = "\(cacheDirectory)/\(standard.name).zip.part"
        let path = "\(cacheDirectory)/\(standard.name)"
        try downloader.fetch(standard.url, into: part, progress: progress)
        do {
            try unpack(part, as: standard, to: path, cache: CorpusCache(directory: cacheDirectory), progress: progress)
        } catch let failure as CacheFailure {
            throw DownloadFailure(detail: "writing \(failure.path) failed, \(failure.detail)")
        } catch {
            // A damaged download must not be continued.
            unlink(part)
            throw DownloadFailure(detail: "what \(standard.url) delivered is not \(standard.name)")
        }
        unlink(part)
        return path
    }

    private func unpack(
        _ part: String, as standard: StandardCorpus, to path: String, cache: CorpusCache,
        progress: @escaping CorpusProgressHandler
    ) throws {
        let unchecked = path + ".unchecked"
        defer { unlink(unchecked) }
        try cache.store(at: unchecked) { write in
            var completed = 0
            try ArchiveReader(path: part, byteLimit: standard.byteCount).read { piece in
                try write(piece)
                completed += piece.count
                progress(
                    CorpusProgress(
                        phase: .decompressing, item: standard.name, completedBytes: completed,
                        totalBytes: standard.byteCount))
            }
        }
        let text = try ByteStorage(reading: SourceFile(unchecked))
        guard text.count == standard.byteCount, try Digest.md5.hexadecimal(of: text.bytes) == standard.md5 else {
            throw INNError(.data, "\(part) is not \(standard.name).")
        }
        guard rename(unchecked, path) == 0 else { throw CacheFailure(path: path, detail: reason(errno)) }
    }
}
