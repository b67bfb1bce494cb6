import ArgumentParser
import Foundation
import INNKit

struct EvalCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "eval", abstract: "Measure a trained network in bits per character.",
        discussion: """
            Two protocols: windows (the paper's: the memory starts from zero in every window) and streaming (the \
            memory is carried \
            along the text). By default both are measured on the whole test split. A network that was trained with \
            --skip-silent is measured \
            with it. With no run it takes the model that ships with the program.
            """)

    @Argument(
        help: ArgumentHelp(
            "A run or a checkpoint file; by default the model that ships with the program.", valueName: "run"))
    var runName: String?
    @Argument(
        help: ArgumentHelp("text8, enwik8, sample or a file; by default the run's own text.", valueName: "corpus"))
    var corpus: String?
    @OptionGroup var runs: RunsOptions
    @OptionGroup(title: "Text") var data: DataOptions
    @Option(name: .long, help: ArgumentHelp("train, validation, test or all.", valueName: "split"))
    var split: Split = .test
    @Option(name: .long, help: ArgumentHelp("Measure at most this many characters.", valueName: "n"))
    var characters: Int?
    @Flag(name: .long, help: "Use the best checkpoint instead of the last.")
    var best = false
    @Flag(name: .long, help: "Print one JSON object.")
    var json = false

    enum Split: String, ExpressibleByArgument, CaseIterable {
        case train, validation, test, all

        /// Its characters in a text.
        func range(of text: Corpus) -> Range<Int> {
            switch self {
            case .train: text.splits.train
            case .validation: text.splits.validation
            case .test: text.splits.test
            case .all: 0..<text.count
            }
        }
    }

    private struct Result: Encodable {
        let checkpoint, corpus, split: String
        /// What was changed in the network while it trained, and so here; nil for nothing.
        let interventions: String?
        let step, parameters: Int
        let windowsBPC, streamingBPC: Double
        let characters, windowLength: Int
        let seconds: Double
    }

    func run() throws {
        let model = try LoadedModel(runName ?? ShippedModel.url().path, in: runs.url, best: best)
        let result = try measure(model, try model.corpus(corpus, data))
        if json {
            print(try JSONText.line(result))
        } else {
            print(
                """
                \(result.checkpoint), step \(result.step), on \(result.corpus), \(split.rawValue) split, \
                \(result.characters.formatted()) characters:
                """
            )
            if let interventions = result.interventions { print("  as it was trained: \(interventions)") }
            print(
                String(format: "  windows of %d, memory from zero:   %.4f BPC", result.windowLength, result.windowsBPC))
            print(String(format: "  streaming, memory carried:          %.4f BPC", result.streamingBPC))
        }
    }

    private func measure(_ model: LoadedModel, _ text: Corpus) throws -> Result {
        let length = model.settings?.sequenceLength ?? min(256, model.network.modelConfiguration.longestSequence ?? 256)
        let windows = try windows(of: text, length: length).fitting(model.network)
        let set = model.settings?.interventions ?? .none
        let compiled = try model.network.compile(set, baseline: model.averages(for: set, text))
        let evaluator = Evaluator(model.network, team: ThreadTeam())
        let start = ContinuousClock.now
        let reset = evaluator.evaluate(windows, carriesState: false, interventions: compiled)
        let carried = evaluator.evaluate(windows, carriesState: true, interventions: compiled)
        let elapsed = start.duration(to: .now).components
        return Result(
            checkpoint: model.checkpoint.url.lastPathComponent, corpus: text.summary, split: split.rawValue,
            interventions: set.isEmpty ? nil : set.summary,
            step: model.checkpoint.state.step, parameters: model.network.parameterCount,
            windowsBPC: reset.bitsPerCharacter,
            streamingBPC: carried.bitsPerCharacter, characters: reset.characters, windowLength: windows.sequenceLength,
            seconds: Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18)
    }

    /// As many streams as leave each of them several windows, so that carried memory has something to carry.
    private func windows(of text: Corpus, length: Int) throws -> ValidationWindows {
        if let characters, characters < 2 * length {
            throw INNError(
                .usage,
                """
                --characters is \(characters), but must be at least \(2 * length): two windows of \(length), since \
                memory is carried from one to the next.
                """
            )
        }
        let streams = characters.map { max(1, min(16, $0 / (4 * length))) } ?? 16
        return try ValidationWindows(
            corpus: text, range: split.range(of: text), batchSize: streams, sequenceLength: length,
            maximumCharacters: characters)
    }

    /// The checkpoint that a run name, run folder or file stands for.
    static func checkpoint(_ name: String, in runs: URL, best: Bool) throws -> Checkpoint {
        switch try NamedNetwork(name, in: runs) {
        case .file(let file): return try Checkpoint(file)
        case .run(let folder):
            let found = best ? try folder.checkpoints.best() : try folder.checkpoints.latest()
            for notice in found.notices { StandardError.print("inn-tui: \(notice)") }
            return found.checkpoint
        }
    }
}
