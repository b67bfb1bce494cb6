import ArgumentParser
import Foundation
import INNKit

struct EvalCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "eval", abstract: "Measure a trained network in bits per character.",
        discussion: """
            Two protocols: windows (the paper's: the memory starts from zero in every window) and streaming (the memory is carried \
            along the text). By default both are measured on the whole test split.
            """)

    @Argument(help: ArgumentHelp("A run or a checkpoint file.", valueName: "run"))
    var runName: String
    @Argument(help: ArgumentHelp("text8, enwik8, sample or a file; by default the run's own text.", valueName: "corpus"))
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
        let step, parameters: Int
        let windowsBPC, streamingBPC: Double
        let characters, windowLength: Int
        let seconds: Double
    }

    func run() throws {
        let checkpoint = try Self.checkpoint(runName, in: runs.url, best: best)
        let network = try checkpoint.makeModel()
        let settings = try checkpoint.trainingSettings()
        guard let name = corpus ?? settings?.corpus else {
            throw INNError(.usage, "Name the text to measure on: the checkpoint does not say what it was trained on.")
        }
        let text = try data.corpus(name)
        guard text.alphabet.vocabularySize == network.vocabularySize else {
            throw INNError(.usage, "The network knows \(network.vocabularySize) symbols, but \(name) is read with \(text.alphabet.vocabularySize); see --alphabet.")
        }
        if let notice = text.notice { StandardError.print("inn-tui: \(notice)") }
        let result = try measure(network, checkpoint, text, length: settings?.sequenceLength ?? 256)
        if json {
            print(try JSONText.line(result))
        } else {
            print("\(result.checkpoint), step \(result.step), on \(result.corpus), \(split.rawValue) split, \(result.characters.formatted()) characters:")
            print(String(format: "  windows of %d, memory from zero:   %.4f BPC", result.windowLength, result.windowsBPC))
            print(String(format: "  streaming, memory carried:          %.4f BPC", result.streamingBPC))
        }
    }

    private func measure(_ network: any LanguageModel, _ checkpoint: Checkpoint, _ text: Corpus, length: Int) throws -> Result {
        let windows = try ValidationWindows(corpus: text, range: split.range(of: text), batchSize: 16, sequenceLength: length, maximumCharacters: characters)
        let evaluator = Evaluator(network, team: ThreadTeam()), start = ContinuousClock.now
        let reset = evaluator.evaluate(windows, carriesState: false), carried = evaluator.evaluate(windows, carriesState: true)
        let elapsed = start.duration(to: .now).components
        return Result(
            checkpoint: checkpoint.url.lastPathComponent, corpus: text.summary, split: split.rawValue, step: checkpoint.state.step,
            parameters: network.parameterCount, windowsBPC: reset.bitsPerCharacter, streamingBPC: carried.bitsPerCharacter,
            characters: reset.characters, windowLength: windows.sequenceLength, seconds: Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18)
    }

    /// The checkpoint that a run name, run folder or file stands for.
    static func checkpoint(_ name: String, in runs: URL, best: Bool) throws -> Checkpoint {
        if name.hasSuffix(".safetensors") { return try Checkpoint(URL(fileURLWithPath: name)) }
        let folder = try RunFolder.open(name, in: runs).checkpoints
        let found = best ? try folder.best() : try folder.latest()
        for notice in found.notices { StandardError.print("inn-tui: \(notice)") }
        return found.checkpoint
    }
}
