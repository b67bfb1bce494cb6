import Foundation
import INNKit
import INNScreens

/// A trained network to explore: a checkpoint, and the run it comes from when there is one.
struct OpenedModel {
    let checkpoint: Checkpoint
    let network: any LanguageModel
    let alphabet: Alphabet
    /// Training settings, when the checkpoint tells them.
    let settings: TrainingSettings?
    let run: StoredRun?
    /// What must be said, for example that a damaged checkpoint was passed over.
    let notices: [String]

    /// - Parameters:
    ///   - name: a run, a run's folder or a checkpoint file; nil for the model that ships with the program.
    ///   - best: the checkpoint with the lowest validation loss instead of the last.
    /// - Throws: ``INNError`` when there is no such run or file, or it does not hold a network.
    init(_ name: String?, in runs: URL, best: Bool) throws {
        var run: StoredRun?
        var notices: [String] = []
        let checkpoint: Checkpoint
        switch try name.map({ try NamedNetwork($0, in: runs) }) {
        case .run(let folder):
            let found = best ? try folder.checkpoints.best() : try folder.checkpoints.latest()
            checkpoint = found.checkpoint
            notices = found.notices
            run = try StoredRun(folder.url.path, in: runs)
        case .file(let file): checkpoint = try Checkpoint(file)
        case nil: checkpoint = try Checkpoint(ShippedModel.url())
        }
        self.checkpoint = checkpoint
        self.run = run
        self.notices = notices
        network = try checkpoint.makeModel()
        settings = try checkpoint.trainingSettings()
        alphabet = try checkpoint.alphabet()
        if let described = run?.config.settings.model, described != network.modelConfiguration {
            throw INNError(
                .data,
                """
                The checkpoint \(checkpoint.url.path) belongs to another model than the one that the run's \
                config.json describes.
                """
            )
        }
    }

    /// The run with its history, or what the checkpoint alone tells.
    func contents() throws -> RunContents {
        if let run { return try run.contents() }
        let file = checkpoint.url.deletingPathExtension().lastPathComponent
        return RunContents(
            info: RunInfo(
                name: file, path: checkpoint.url.deletingLastPathComponent().path, preset: settings?.preset ?? "",
                parameterCount: network.parameterCount,
                corpus: settings?.corpusSummary ?? "unknown text", vocabularySize: network.vocabularySize,
                seed: settings?.seed ?? 0, isLive: false))
    }
}

/// The model that comes with the program.
enum ShippedModel {
    /// The first checkpoint in an `Assets` folder: beside the program, where an installation puts shared files, above a
    /// build folder, or in the working directory.
    ///
    /// - Throws: ``INNError`` of kind `noInput` when there is none.
    static func url() throws -> URL {
        for folder in folders() {
            let files =
                (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
            let models = files.filter { $0.pathExtension == "safetensors" }.sorted {
                $0.lastPathComponent < $1.lastPathComponent
            }
            if let first = models.first { return first }
        }
        throw INNError(
            .noInput,
            """
            This copy of inn-tui ships no model in its Assets folder; name a run or a checkpoint, such as 'inn-tui \
            explore text8-small-1'.
            """
        )
    }

    private static func folders() -> [URL] {
        let program = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        let running =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")).map {
                URL(fileURLWithPath: $0)
            } ?? program
        var folders: [URL] = []
        var folder = running.deletingLastPathComponent()
        folders.append(folder.appending(path: "../share/inn-tui/Assets").standardizedFileURL)
        for _ in 0..<5 {
            folders.append(folder.appending(path: "Assets"))
            folder = folder.deletingLastPathComponent()
        }
        return folders + [URL(fileURLWithPath: "Assets")]
    }
}
