import ArgumentParser
import Foundation
import INNKit
import INNLab
import INNSettings

struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train", abstract: "Train a network on a text and watch it learn.",
        discussion: """
            On a terminal this opens the screens; with --headless, --json or output that is no terminal it prints \
            progress. \
            Both train identically. text8 is looked for, then downloaded; without network the built-in sample stands in.

            Examples:
              inn-tui train text8
              inn-tui train text8 --preset tiny --minutes 3 --seed 1 --headless --json
              inn-tui train book.txt --neurons 24 --width 96 --steps 5000
              inn-tui train --resume text8-small-1
              inn-tui train text8 --init-from text8-small-1 --freeze-neuron 3 --steps 500
            """)

    @Argument(help: ArgumentHelp("text8, enwik8, sample, or a UTF-8 text file.", valueName: "corpus"))
    var corpus: String?

    @OptionGroup(title: "Model") var model: ModelOptions
    @OptionGroup(title: "Text") var data: DataOptions
    @OptionGroup(title: "Runs") var runs: RunsOptions
    @OptionGroup(title: "Training") var training: TrainingOptions
    @OptionGroup var screen: LiveScreenOptions

    @Option(
        name: .long,
        help: ArgumentHelp("Name of the run; by default made of corpus, preset and a number.", valueName: "name"))
    var name: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            """
            Continue this run from its last checkpoint with its own settings; --steps, --minutes, --epochs, \
            --learning-rate, --patience, --rollback and --checkpoint-every change them.
            """,
            valueName: "run"))
    var resume: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            """
            Start from the weights of this run or checkpoint, with its model; options of the model that keep all \
            shapes may differ.
            """,
            valueName: "run"))
    var initFrom: String?

    @Option(
        name: .long,
        help: ArgumentHelp("The weights that this neuron owns do not learn. Repeatable.", valueName: "neuron"))
    var freezeNeuron: [Int] = []

    @Flag(name: .long, help: "Move gates that are never or always open towards --gate-target every 50 updates.")
    var reviveGates = false

    @Flag(
        name: .long,
        help: "Train with memories that are not run where their neuron's gate, judged before, is silent; see compute.")
    var skipSilent = false

    @Flag(name: .long, help: "Print progress lines instead of opening the screens.")
    var headless = false

    @Flag(name: .long, help: "Print one JSON object per report; implies --headless.")
    var json = false

    @Option(
        name: .long,
        help: ArgumentHelp(
            """
            What to do when the terminal goes away: continue, or stop with a checkpoint. By default continue from \
            the screens, stop without.
            """,
            valueName: "choice"))
    var onHangup: HangupChoice?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "How long to try again when the disk is full at the end of a run, in seconds; the screens ask instead.",
            valueName: "seconds"))
    var retrySaving = 120.0

    @OptionGroup var inputEnd: InputEndOptions

    func run() throws {
        guard let joined = try JoinedRanks.join() else { return try train(nil) }
        if joined.ranks.isFirst { return try joined.lead { try train(joined) } }
        HeadlessSignals.handle(ignoresHangups: true) {}
        try joined.work(threads: training.machine.threads) { [corpus, data] settings in
            try data.corpus(corpus ?? settings.corpus, alphabet: .network(settings.alphabet), isForced: true)
        }
    }

    private func train(_ joined: JoinedRanks?) throws {
        guard retrySaving >= 0 else {
            throw INNError(.usage, "--retry-saving is \(retrySaving.formatted()), but must be at least 0 seconds.")
        }
        let isHeadless = headless || json || !(joined?.findTerminal() ?? (isatty(STDOUT_FILENO) != 0))
        guard isHeadless || !inputEnd.endWithInput else {
            throw INNError(.usage, "--end-with-input is for a training without screens; add --headless or --json.")
        }
        if isHeadless { try ScreenRecording.requireNone(screen.record) }
        let own = try training.machine.machine
        _ = try own.device?.open()  // wrong ones are refused before a text is fetched
        let machine = joined?.machine(own) ?? own
        var (settings, text, folder) = try prepare()
        if folder == nil, let joined { settings = joined.dealt(settings) }
        if isHeadless {
            try runHeadless(settings, text, folder, machine)
        } else {
            try LiveTraining(
                settings, corpus: text, in: RunPlace(existing: folder, name: name, runs: runs.url), options: screen,
                machine: machine, onHangup: onHangup, retrySaving: retrySaving
            ).run()
        }
    }

    /// Settings, text and, when resuming, the run's folder.
    private func prepare() throws -> (TrainingSettings, Corpus, RunFolder?) {
        if let resume {
            try refuseOptionsOfNewRuns()
            let folder = try RunFolder.open(resume, in: runs.url)
            var settings = try training.changed(folder.trainingConfig().settings)
            let text = try ownText(of: folder, settings)
            if let corpus { settings.corpus = text.lastingName(asked: corpus) }
            return (settings, text, folder)
        }
        guard let corpus else {
            throw INNError(.usage, "Name a text to train on: text8, enwik8, sample or a file.")
        }
        if let name { try RunName.validate(name) }
        let source = try initFrom.map { try FoundCheckpoint.open($0, runs, best: false) }
        let base = try source?.modelConfiguration()
        if let base, base.family != model.model {
            throw INNError(
                .usage,
                "--init-from names a model of the family \(base.family.rawValue); add --model \(base.family.rawValue).")
        }
        // Before a text is fetched for a model that cannot be.
        // Whose symbols are not known before the text is.
        var outline = model
        outline.senses = []
        let sketch = try outline.configuration(vocabularySize: base?.vocabularySize ?? 27, base: base)
        try ModelMemory(sketch, batchSize: 1, steps: 1, isTraining: true).require(.usage, "Training this model")
        let own = try source?.alphabet()
        let text = try data.corpus(corpus, alphabet: data.characters.choice(for: own))
        if let own, own != text.alphabet {
            throw INNError(
                .usage,
                """
                The model of --init-from knows \(own.vocabularySize) symbols, but \(corpus) is read with \
                \(text.alphabet.vocabularySize) others; leave out --alphabet.
                """
            )
        }
        let configuration = try model.configuration(
            vocabularySize: text.alphabet.vocabularySize, base: base, alphabet: text.alphabet)
        let preset = try source.map { try $0.trainingSettings()?.preset ?? "custom" } ?? model.preset
        var settings = try training.settings(configuration, preset: preset, corpus: corpus, text: text)
        settings.initialWeights = source?.url.standardizedFileURL.path
        settings.frozenNeurons = freezeNeuron.isEmpty ? nil : Array(Set(freezeNeuron)).sorted()
        if reviveGates { settings.revivesGates = true }
        if skipSilent { settings.interventions = InterventionSet([.memory(.skipWhenSilent)]) }
        try settings.validate()
        return (settings, text, nil)
    }

    /// The text that a run was trained on, where it was or where the user says that it is now.
    private func ownText(of folder: RunFolder, _ settings: TrainingSettings) throws -> Corpus {
        do {
            return try data.corpus(corpus ?? settings.corpus, alphabet: .network(settings.alphabet), isForced: true)
        } catch let error as INNError where error.kind == .noInput && corpus == nil {
            throw INNError(
                .noInput,
                """
                The text of \(folder.name) was \(settings.corpus), which cannot be read now; put it back, or say where \
                it is: inn-tui train TEXT --resume \(folder.name).
                """)
        }
    }

    /// Options that a run to be resumed takes; those of a settings file are meant for new runs as well, and count for
    /// nothing here.
    private static let resumeOptions: Set = [
        "resume", "steps", "minutes", "epochs", "learning-rate", "patience", "rollback", "checkpoint-every", "runs-dir",
        "data-dir", "threads", "device", "precision", "headless", "json",
        "on-hangup", "retry-saving", "end-with-input", "colors", "glyphs", "theme",
    ]

    private func refuseOptionsOfNewRuns() throws {
        let foreign = CommandLineOptions.program.typed(CommandLine.arguments, of: "train").filter {
            !Self.resumeOptions.contains($0)
        }.map { "--" + $0 }
        guard let last = foreign.last else { return }
        let names = foreign.count == 1 ? last : foreign.dropLast().joined(separator: ", ") + " and " + last
        throw INNError(
            .usage,
            """
            \(names) belong\(foreign.count == 1 ? "s" : "") to a new run; --resume continues one with its own \
            settings.
            """
        )
    }

    private func runHeadless(
        _ settings: TrainingSettings, _ text: Corpus, _ folder: RunFolder?, _ machine: TrainingMachine
    ) throws {
        let printer = HeadlessPrinter(json ? .json : .lines, text.alphabet.unit)
        if let notice = text.notice { StandardError.print("inn-tui: \(notice)") }
        let session = try TrainingSession(
            settings, corpus: text, in: RunPlace(existing: folder, name: name, runs: runs.url), sink: printer,
            machine: machine)
        for notice in session.notices { StandardError.print("inn-tui: \(notice)") }
        if !json {
            printer.line(
                """
                Training \(session.folder.name): \(settings.model.family.rawValue) \(settings.preset), \
                \(session.trainer.network.parameterCount.formatted()) parameters, on \
                \(text.summary)\(session.deviceNote).
                """
            )
        }
        let control = session.trainer.control
        HeadlessSignals.handle(for: control, ignoresHangups: onHangup == .goOn)
        inputEnd.watch { control.send(.stop) }
        defer { printer.waitUntilPrinted() }
        // Through a queue: whoever does not read standard error must not hold up the next try.
        let errors = OutputQueue(STDERR_FILENO)
        let patience = SavingPatience(seconds: retrySaving, control: control) {
            errors.write("inn-tui: \($0.printable)\n")
        }
        session.start(whenSavingFails: patience.decide, whenMetricsFail: patience.decide)
        let outcome = try session.wait()
        printer.finish(session, outcome: outcome)
        if let failure = session.storeFailure { throw failure }
        try printer.requireWritten()
    }
}
