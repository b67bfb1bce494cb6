import ArgumentParser
import Foundation
import INNKit
import INNLab

/// Where runs live.
struct RunsOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("Folder that holds the runs.", valueName: "dir"))
    var runsDir = "runs"

    var url: URL { URL(fileURLWithPath: runsDir, isDirectory: true) }
}

/// Where text is looked for.
struct DataOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Folder with text8, text8.zip or text8-prefix.gz; searched before $INN_DATA_DIR, ./data and the cache.",
            valueName: "dir"))
    var dataDir: String?

    @OptionGroup var characters: AlphabetOptions

    /// Finds, downloads or generates a corpus, showing progress on standard error when that is a terminal.
    ///
    /// - Parameters:
    ///   - known: the alphabet, when it is not for the option to say.
    ///   - isForced: whether it is read however much of it is not in the alphabet.
    func corpus(_ name: String, alphabet known: AlphabetChoice? = nil, isForced: Bool = false) throws -> Corpus {
        let resolver = CorpusResolver(
            dataDirectory: dataDir, alphabet: try known ?? characters.choice(), isForced: isForced || characters.force)
        let progress = TextProgress()
        defer { progress.finish() }
        return try resolver.resolve(name) { progress.show($0) }
    }
}

extension OpenedModel {
    /// A network as commands open it: what must be said goes to standard error.
    ///
    /// - Throws: as ``init(_:in:best:)``.
    static func open(_ name: String?, _ runs: RunsOptions, best: Bool) throws -> OpenedModel {
        let model = try OpenedModel(name, in: runs.url, best: best)
        for notice in model.notices { StandardError.print("inn-tui: \(notice)") }
        return model
    }

    /// The text to measure on: the given one, or what the network was trained on.
    func corpus(_ name: String?, _ data: DataOptions) throws -> Corpus {
        let text = try corpus(name) { place, own in
            try data.corpus(place, alphabet: data.characters.choice(for: own), isForced: name == nil)
        }
        if let notice = text.notice { StandardError.print("inn-tui: \(notice)") }
        return text
    }
}

extension FoundCheckpoint {
    /// A checkpoint as commands open it: what must be said goes to standard error.
    static func open(_ name: String, _ runs: RunsOptions, best: Bool) throws -> Checkpoint {
        let found = try FoundCheckpoint(name, in: runs.url, best: best)
        for notice in found.notices { StandardError.print("inn-tui: \(notice)") }
        return found.checkpoint
    }
}

extension BatchOrder: ExpressibleByArgument {}
extension MemoryKind: ExpressibleByArgument {}
