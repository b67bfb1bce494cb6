import ArgumentParser
import Foundation
import INNKit

struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare", abstract: "Overlay the loss curves of several runs, with a table.",
        discussion:
            """
            On a terminal it opens the runs screen with the curves overlaid; otherwise, or with --table, it prints \
            the table.
            """
    )

    @Argument(help: ArgumentHelp("Two runs or more.", valueName: "run"))
    var names: [String]
    @OptionGroup var runs: RunsOptions
    @Flag(name: .long, help: "Print the table instead of opening the screen.")
    var table = false
    @Flag(name: .long, help: "Print one JSON array, with the validation curves.")
    var json = false
    @OptionGroup(title: "Screen") var screen: ScreenOptions

    /// A run's validation loss where all runs have one.
    private struct Compared: Encodable {
        struct Point: Encodable {
            let step, charactersSeen: Int
            let validBPC: Double
        }

        let run, state: String
        let parameters: Int?
        let step, charactersSeen: Int?
        let minutes, trainBPC, validBPC, bestValidBPC: Double?
        /// Validation loss after as many characters as the shortest run has seen: the last measured up to there.
        let validBPCAtCommonCharacters: Double?
        let commonCharacters: Int?
        let validation: [Point]
    }

    func run() throws {
        guard names.count >= 2 else {
            throw INNError(.usage, "Name at least two runs to compare; inn-tui runs lists them.")
        }
        if !json, !table, isatty(STDOUT_FILENO) != 0 {
            let subject = Explorer.Subject.comparison(names)
            return try Explorer(subject, runs: runs.url, dataDirectory: nil, start: GenerationStart(), options: screen)
                .run()
        }
        let compared = try comparison()
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            encoder.nonConformingFloatEncodingStrategy = .convertToString(
                positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
            print(String(decoding: try encoder.encode(compared), as: UTF8.self))
        } else {
            printTable(compared)
        }
    }

    private func comparison() throws -> [Compared] {
        let loaded = try names.map { name in
            let folder = try RunFolder.open(name, in: runs.url)
            return (RunSummary(folder), try RunHistory(folder).reports())
        }
        let ends = loaded.map { $0.1.last { $0.validBPC != nil }?.charactersSeen }
        let common = ends.contains(nil) ? nil : ends.compactMap { $0 }.min()
        return loaded.map { summary, reports in
            let measured = reports.filter { $0.validBPC != nil }
            let last = summary.lastReport
            return Compared(
                run: summary.name, state: summary.state.rawValue, parameters: summary.description?.parameters,
                step: last?.step,
                charactersSeen: last?.charactersSeen, minutes: last.map { $0.elapsedSeconds / 60 },
                trainBPC: last?.trainBPC,
                validBPC: summary.validBPC, bestValidBPC: summary.bestValidBPC,
                validBPCAtCommonCharacters: common.flatMap { limit in
                    measured.last { $0.charactersSeen <= limit }?.validBPC
                },
                commonCharacters: common,
                validation: measured.map {
                    .init(step: $0.step, charactersSeen: $0.charactersSeen, validBPC: $0.validBPC ?? .nan)
                })
        }
    }

    private func printTable(_ runs: [Compared]) {
        func bits(_ value: Double?) -> String { value.map { String(format: "%.4f", $0) } ?? "–" }
        let common = runs.first?.commonCharacters.map { "at \($0.formatted()) chars" } ?? "at equal chars"
        let header = [
            "run", "state", "parameters", "step", "characters", "minutes", "train BPC", "valid BPC", "best", common,
        ]
        let rows = runs.map { run in
            [
                run.run, run.state, run.parameters?.formatted() ?? "–", run.step?.formatted() ?? "–",
                run.charactersSeen?.formatted() ?? "–",
                run.minutes.map { String(format: "%.1f", $0) } ?? "–", bits(run.trainBPC), bits(run.validBPC),
                bits(run.bestValidBPC),
                bits(run.validBPCAtCommonCharacters),
            ]
        }
        TextTable(header: header, leftColumns: 2).print(rows)
    }
}
