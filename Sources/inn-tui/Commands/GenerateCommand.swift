import ArgumentParser
import Foundation
import INNKit
import INNLab

struct GenerateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate", abstract: "Let a trained network write.",
        discussion: """
            The prompt and what follows it go to standard output as they are written. With --trace it is one JSON \
            object per \
            generated character instead: the character and how surprising it was (bits), the gates of every round, who \
            fired \
            (gate above 0.5), the share of neurons at work, the strongest routing edges (mean over heads), and the \
            likeliest next characters. All probabilities \
            are the network's own, at temperature 1; rounds count from 1, neurons from 0.

            Interventions hold from the start of the prompt, or with --after-prompt from its end.

            Examples:
              inn-tui generate text8-small-1 --prompt "the meaning of "
              inn-tui generate text8-small-1 --characters 1000 --temperature 0.6 --seed 7
              inn-tui generate text8-small-1 --lesion 3 --cut 2:5 --gate hard --trace | head
            """)

    @Argument(
        help: ArgumentHelp(
            "A run or a checkpoint file; by default the model that ships with the program.", valueName: "run"))
    var runName: String?
    @Option(
        name: [.short, .long],
        help: ArgumentHelp("What the network reads first; by default “the ” where it has these.", valueName: "text"))
    var prompt: String?
    @Option(name: [.customShort("n"), .long], help: ArgumentHelp("How many characters it writes.", valueName: "n"))
    var characters = 400
    @Option(
        name: .long,
        help: ArgumentHelp("0 always takes the likeliest character; 1 draws as the network expects.", valueName: "t"))
    var temperature = 0.8
    @Option(name: .long, help: ArgumentHelp("Draw from the k likeliest characters only.", valueName: "k"))
    var topK: Int?
    @Option(
        name: .long, help: ArgumentHelp("The same seed after the same prompt writes the same text.", valueName: "n"))
    var seed: UInt64 = 1
    @Flag(name: .long, help: "One JSON object per character instead of text.")
    var trace = false
    @Option(
        name: .long, help: ArgumentHelp("How many next characters and edges per round a trace names.", valueName: "n"))
    var traceTop = 5
    @Flag(name: .long, help: "Use the best checkpoint instead of the last.")
    var best = false
    @Flag(name: .long, help: "Interventions hold from the end of the prompt on.")
    var afterPrompt = false
    @OptionGroup var runs: RunsOptions
    @OptionGroup(title: "Interventions") var interventions: InterventionOptions
    @OptionGroup(title: "Text for averages") var data: DataOptions

    func validate() throws {
        guard characters >= 0 else { throw ValidationError("--characters is \(characters), but must be 0 or more.") }
        guard temperature >= 0, temperature.isFinite else {
            throw ValidationError("--temperature is \(temperature), but must be 0 or more.")
        }
        if let topK, topK < 1 { throw ValidationError("--top-k is \(topK), but must be at least 1.") }
        guard traceTop >= 0 else { throw ValidationError("--trace-top is \(traceTop), but must be 0 or more.") }
    }

    func run() throws {
        let model = try OpenedModel.open(runName, runs, best: best)
        let alphabet = model.alphabet
        try model.requireOwnAlphabet(data.characters.choice(for: alphabet))
        let generator = TextGenerator(model.network)
        let set = interventions.set
        let averages = try model.averages(for: set, try model.corpus(nil, data))
        if !afterPrompt { try generator.intervene(set, averages: averages) }
        let prompt = prompt ?? alphabet.prompt("the ")
        if let notice = alphabet.notice(prompt) { StandardError.print("inn-tui: \(notice)") }
        let given = alphabet.encode(prompt)
        generator.read(given)
        if afterPrompt { try generator.intervene(set, averages: averages) }
        let options = SamplingOptions(temperature: temperature, topK: topK)
        if trace {
            var lines = TracedText(generator, model.network.shape, alphabet, options, seed: seed, top: traceTop)
            for _ in 0..<characters { try StandardOutput.write(lines.next()) }
        } else {
            var text = TerminalFilter()
            try StandardOutput.write(text.pass(given.flatMap(alphabet.bytes(ofID:))))
            for _ in 0..<characters {
                let id = generator.draw(options, seed: seed)
                try StandardOutput.write(text.pass(alphabet.bytes(ofID: id)))
                generator.read([id])
            }
            try StandardOutput.write(text.finish() + [UInt8(ascii: "\n")])
        }
    }
}
