import ArgumentParser
import Foundation
import INNKit
import INNLab

struct ReproduceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reproduce",
        abstract: "Train the paper's systems under one protocol and write its tables beside ours.",
        discussion: """
            Every row is an ordinary run in the folder; what is there already is not trained again, and what was \
            stopped goes on. \
            What the report's JSON file says of runs whose folders are gone is taken over. \
            INT saves and writes the report of what there is. Before it begins it says what is to be trained, where, \
            for how long and how large. smoke takes minutes, laptop about an hour on two cores, desktop a day, paper \
            weeks; with --device a CUDA device trains what it can and the processor the rest.

            Examples:
              inn-tui reproduce sample --scale smoke
              inn-tui reproduce --scale laptop --jobs 2 --output docs/REPRODUCTION.md
              inn-tui reproduce --scale laptop --table communication --output docs/COMMUNICATION.md
              inn-tui reproduce --scale laptop --report-only --output docs/REPRODUCTION.md
              inn-tui reproduce --scale paper --table ablation --device cuda --plan
            """)

    @Argument(help: ArgumentHelp("text8, sample, or a UTF-8 text file.", valueName: "corpus"))
    var corpus = "text8"
    @Option(
        name: .long,
        help: ArgumentHelp("smoke, laptop, desktop or paper: how large and long all is.", valueName: "name"))
    var scale: ReproductionScale.Name = .smoke
    @Option(
        name: .long, parsing: .upToNextOption,
        help: ArgumentHelp(
            """
            Only these tables: \(ReproductionTable.allCases.map(\.rawValue).joined(separator: ", ")); by default all \
            but communication, which takes hours.
            """,
            valueName: "name"))
    var table: [ReproductionTable] = []
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Runs at a time, on the processor and on a device each; by default one per core, and one on the device.",
            valueName: "n"))
    var jobs: Int?
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Characters of a full run instead of the scale's; shorter runs keep their proportion.", valueName: "n"))
    var characters: Int?
    @Option(name: .long, help: ArgumentHelp("Seeds per row instead of the scale's.", valueName: "n"))
    var seeds: Int?
    @Option(
        name: .long,
        help: ArgumentHelp(
            "The second kind of text: sample, enwik8 or a file, which is read as bytes.", valueName: "corpus"))
    var second = "sample"
    @Option(
        name: .long, help: ArgumentHelp("Folder of the runs; by default reproduce/ and the scale.", valueName: "dir"))
    var folder: String?
    @Option(
        name: [.short, .long],
        help: ArgumentHelp(
            "The report; JSON and pictures go beside it. By default REPRODUCTION.md in the folder.", valueName: "file"))
    var output: String?
    @Flag(name: .long, help: "Train nothing, write the report of what is there.")
    var reportOnly = false
    @Flag(name: .long, help: "Say what would be trained, where and for how long, and train nothing.")
    var plan = false
    @OptionGroup(title: "Text") var data: DataOptions
    @OptionGroup(title: "Device") var device: DeviceOptions

    private static let known: Set<String> = ["text8", "enwik8", "sample"]

    func run() throws {
        for (name, value, limit) in [("jobs", jobs, 1024), ("characters", characters, 1 << 40), ("seeds", seeds, 1024)]
        {
            if let value, !(1...limit).contains(value) {
                throw INNError(.usage, "--\(name) is \(value), but must lie between 1 and \(limit).")
            }
        }
        let device = try reportOnly ? nil : DeviceChoice.named(device.device, precision: device.precision)
        _ = try device?.open()  // before a text is fetched
        let text = try data.corpus(corpus)
        if let notice = text.notice { StandardError.print("inn-tui: \(notice)") }
        let tables = Set(table.isEmpty ? ReproductionTable.paper : table)
        let place = URL(fileURLWithPath: output ?? "\(folder ?? "reproduce/\(scale.rawValue)")/REPRODUCTION.md")
        let reproduction = try Reproduction(
            scale: sized(), tables: tables, text: text, corpus: text.lastingName(asked: corpus),
            second: tables.contains(.second) ? secondText() : nil,
            runs: (folder ?? "reproduce/\(scale.rawValue)", jobs, data.dataDir), page: place, device: device,
            configuration: { try ModelOptions.parse($0).configuration(vocabularySize: $1) })
        if !reportOnly {
            let summary = try reproduction.summary()
            if plan || summary != nil { try StandardOutput.print(summary ?? "Everything is trained.") }
            if plan { return }
            HeadlessSignals.handle(ignoresHangups: false) { [stop = reproduction.stop] in
                StandardError.print("inn-tui: the runs under way save and end; once more ends at once.")
                stop()
            }
            try reproduction.train()
        }
        let report = try reproduction.report(measures: !reportOnly)
        try ReproductionFiles(report).write(to: place)
        let failed = reproduction.failures.count
        try StandardOutput.print(
            reproduction.isStopped
                ? "Stopped; the same command goes on. The report so far is \(place.path)."
                : "The report is \(place.path).")
        if failed > 0 {
            throw INNError(
                .software,
                """
                \(failed) run\(failed == 1 ? "" : "s") failed; the report names them, and the same command tries \
                again.
                """
            )
        }
    }

    private func sized() -> ReproductionScale {
        var sized = ReproductionScale.named(scale)
        if let characters { sized = sized.withCharacters(characters) }
        if let seeds { sized.seeds = seeds }
        return sized
    }

    private func secondText() throws -> Reproduction.SecondText {
        let isFile = !Self.known.contains(second)
        let text = try isFile ? data.corpus(second, alphabet: .bytes) : data.corpus(second)
        return (text, text.lastingName(asked: second), isFile ? ["--alphabet", "bytes"] : [])
    }
}

extension ReproductionTable: ExpressibleByArgument {}
extension ReproductionScale.Name: ExpressibleByArgument {}
