import Foundation
import INNKit
import INNScreens

/// A trained network: a checkpoint with what it says about its text, and the run it comes from when there is one.
public struct OpenedModel {
    public let checkpoint: Checkpoint
    public let network: any LanguageModel
    public let alphabet: Alphabet
    /// Training settings, when the checkpoint tells them.
    public let settings: TrainingSettings?
    /// The run's folder; nil for a file of weights.
    public let folder: RunFolder?
    /// What must be said, for example that a damaged checkpoint was passed over.
    public let notices: [String]

    /// - Parameters:
    ///   - name: a run, a run's folder or a checkpoint file; nil for the model that ships with the program.
    ///   - runs: the folder that holds the runs.
    ///   - best: the checkpoint with the lowest validation loss instead of the last.
    /// - Throws: ``INNError`` when there is no such run or file, or it does not hold a network.
    public init(_ name: String?, in runs: URL, best: Bool) throws {
        let found = try FoundCheckpoint(name, in: runs, best: best)
        (checkpoint, folder, notices) = (found.checkpoint, found.folder, found.notices)
        network = try checkpoint.makeModel()
        settings = try checkpoint.trainingSettings()
        alphabet = try checkpoint.alphabet()
    }

    /// The run with its history; nil for a file of weights.
    ///
    /// - Throws: ``INNError`` when it cannot be read or describes another model than the checkpoint holds.
    package func run() throws -> StoredRun? {
        guard let folder else { return nil }
        let run = try StoredRun(folder)
        guard run.config.settings.model == network.modelConfiguration else {
            throw INNError(
                .data,
                """
                The checkpoint \(checkpoint.url.path) belongs to another model than the one that the run's \
                config.json describes.
                """
            )
        }
        return run
    }

    /// The run with its history, or what the checkpoint alone tells.
    ///
    /// - Parameter run: as ``run()`` gives it.
    package func contents(of run: StoredRun?) throws -> RunContents {
        if let run {
            var contents = try run.contents()
            if !contents.interventions.isEmpty {
                contents.info.notice =
                    "Trained with \(contents.interventions.summary). It is opened without; b makes changes."
            }
            contents.interventions = .none
            return contents
        }
        let file = checkpoint.url.deletingPathExtension().lastPathComponent
        return RunContents(
            info: RunInfo(
                name: file, path: checkpoint.url.deletingLastPathComponent().path, preset: settings?.preset ?? "",
                parameterCount: network.parameterCount, roles: network.modelConfiguration.roles,
                corpus: settings?.corpusSummary ?? "unknown text", vocabularySize: network.vocabularySize,
                unit: alphabet.unit, seed: settings?.seed ?? 0, isLive: false))
    }

    /// The text to measure on: the given one, or what the network was trained on.
    ///
    /// - Parameters:
    ///   - given: the name of the text; nil for the network's own.
    ///   - find: opens a text of that name, read with the network's alphabet unless the user asked for another.
    /// - Throws: ``INNError`` of kind `usage` when there is none or it is read in another alphabet than the network's.
    public func corpus(_ given: String?, find: (_ name: String, _ own: Alphabet) throws -> Corpus) throws -> Corpus {
        guard let name = given ?? settings?.corpus else {
            throw INNError(.usage, "Name the text to measure on: the checkpoint does not say what it was trained on.")
        }
        let text: Corpus
        do {
            text = try find(name, alphabet)
        } catch let error as INNError where error.kind == .noInput && given == nil {
            throw INNError(.noInput, "\(error.message) It is the network's own text; any other can be named instead.")
        }
        guard text.alphabet == alphabet else {
            throw INNError(
                .usage,
                """
                The network knows \(network.vocabularySize) symbols, those of the alphabet \(alphabet.name), but \
                \(name) is read with \(text.alphabet.vocabularySize)\
                \(text.alphabet.name == alphabet.name ? " others" : " (\(text.alphabet.name))"); leave out --alphabet.
                """
            )
        }
        return text
    }

    /// - Parameter choice: what the user asks for, where the network alone is read.
    /// - Throws: ``INNError`` of kind `usage` for another alphabet than the network's.
    public func requireOwnAlphabet(_ choice: AlphabetChoice?) throws {
        guard choice == nil || choice == .network(alphabet) else {
            throw INNError(
                .usage, "The network reads and writes the alphabet \(alphabet.name); leave out --alphabet.")
        }
    }

    /// Averages over held-out text, when the interventions need them.
    public func averages(
        for set: InterventionSet, _ corpus: @autoclosure () throws -> Corpus
    ) throws -> NeuronAverages? {
        guard set.needsAverages, network.shape.hasNeurons else { return nil }
        let windows = try ValidationWindows(
            measuring: corpus(), sequenceLength: 128, maximumCharacters: 16_384, mostStreams: 8
        ).fitting(network)
        return SurprisalMeter(network, windows).averages()
    }
}

/// The checkpoint that a name stands for.
public struct FoundCheckpoint {
    public let checkpoint: Checkpoint
    public let folder: RunFolder?
    /// What must be said, for example that a damaged checkpoint was passed over.
    public let notices: [String]

    /// - Parameters: as of ``OpenedModel/init(_:in:best:)``.
    /// - Throws: ``INNError`` when there is no such run or file, or it is damaged.
    public init(_ name: String?, in runs: URL, best: Bool) throws {
        switch try name.map({ try NamedNetwork($0, in: runs) }) {
        case .run(let folder):
            let found = best ? try folder.checkpoints.best() : try folder.checkpoints.latest()
            (checkpoint, notices, self.folder) = (found.checkpoint, found.notices, folder)
        case .file(let file): (checkpoint, notices, folder) = (try Checkpoint(file), [], nil)
        case nil: (checkpoint, notices, folder) = (try Checkpoint(ShippedModel.url()), [], nil)
        }
    }
}
