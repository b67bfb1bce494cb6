import ArgumentParser
import Foundation
import INNKit
import INNLab
import INNScreens

struct ExploreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explore",
        abstract: "Step through text with a trained network, switch neurons off, see what changes.",
        discussion: """
            With no argument it opens the model that ships with the program. b opens the ablation drawer, ? lists all \
            keys.

            Examples:
              inn-tui explore
              inn-tui explore --continue
              inn-tui explore text8-small-1 --prompt "the history of "
              inn-tui explore runs/text8-small-1/checkpoints/best.safetensors --read book.txt
            """)

    @Argument(
        help: ArgumentHelp(
            "A run or a checkpoint file; by default the model that ships with the program.", valueName: "run"))
    var runName: String?
    @Option(name: .long, help: ArgumentHelp("Text that the network reads first.", valueName: "text"))
    var prompt: String?
    @Option(name: .long, help: ArgumentHelp("Temperature of the draws; 0 always takes the likeliest.", valueName: "t"))
    var temperature = 0.8
    @Option(name: .long, help: ArgumentHelp("Draw among the k likeliest characters only.", valueName: "k"))
    var topK: Int?
    @Option(name: .long, help: ArgumentHelp("Seed of the draws.", valueName: "n"))
    var seed: UInt64 = 1
    @Option(name: .long, help: ArgumentHelp("Read this text file instead of drawing characters.", valueName: "file"))
    var read: String?
    @Flag(name: .customLong("continue"), help: "Go on where the explorer was left last time.")
    var continues = false
    @Option(name: .long, help: ArgumentHelp("Begin at a view that B has kept.", valueName: "name"))
    var bookmark: String?
    @Flag(name: .long, help: "Open the checkpoint with the lowest validation loss instead of the last.")
    var best = false
    @OptionGroup(title: "Runs") var runs: RunsOptions
    @Option(name: .long, help: ArgumentHelp("Folder with the text that the probes are taken over.", valueName: "dir"))
    var dataDir: String?
    @OptionGroup var screen: LiveScreenOptions

    func run() throws {
        guard temperature >= 0, temperature <= 100 else {
            throw INNError(.usage, "--temperature is \(temperature), but must lie between 0 and 100.")
        }
        if let topK, topK < 1 { throw INNError(.usage, "--top-k is \(topK), but must be at least 1.") }
        let start = GenerationStart(
            prompt: prompt, sampling: SamplingChoice(temperature: temperature, topK: topK, seed: seed), file: read,
            place: bookmark.map { .bookmark($0) } ?? (continues ? .session : nil))
        try Explorer(
            .network(runName, best: best), runs: runs.url, dataDirectory: dataDir, start: start, options: screen
        ).run()
    }
}

struct AttachCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attach",
        abstract: "Watch a run that another process trains, or scrub back through a finished one.",
        discussion:
            """
            It only reads: neither side disturbs the other. On the routing, neuron and cluster screens , and . go \
            back and forth in time.
            """
    )

    @Argument(help: ArgumentHelp("The run; by default the one that was started last.", valueName: "run"))
    var runName: String?
    @OptionGroup(title: "Runs") var runs: RunsOptions
    @OptionGroup var screen: LiveScreenOptions

    func run() throws {
        try Explorer(.watched(runName), runs: runs.url, dataDirectory: nil, start: GenerationStart(), options: screen)
            .run()
    }
}
