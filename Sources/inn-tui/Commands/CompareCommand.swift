import ArgumentParser
import Foundation
import INNKit
import INNLab

struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare", abstract: "Overlay the loss curves of several runs, with a table.",
        discussion:
            """
            On a terminal it opens the runs screen with the curves overlaid; otherwise, or with --table, it prints \
            the table. There the last column holds the loss of each run after the characters that all have been \
            validated up to; ~ marks a value between the measurements before and after.
            """
    )

    @Argument(help: ArgumentHelp("Two runs or more.", valueName: "run"))
    var names: [String]
    @OptionGroup var runs: RunsOptions
    @Flag(name: .long, help: "Print the table instead of opening the screen.")
    var table = false
    @Flag(name: .long, help: "Print one JSON array, with the validation curves.")
    var json = false
    @OptionGroup var screen: LiveScreenOptions

    func run() throws {
        guard names.count >= 2 else {
            throw INNError(.usage, "Name at least two runs to compare; inn-tui runs lists them.")
        }
        if !json, !table, isatty(STDOUT_FILENO) != 0 {
            let subject = ExplorerSubject.comparison(names)
            return try Explorer(subject, runs: runs.url, dataDirectory: nil, start: GenerationStart(), options: screen)
                .run()
        }
        try ScreenRecording.requireNone(screen.record)
        let compared = try ComparedRun.all(names, in: runs.url)
        if json {
            try StandardOutput.print(JSONText.pretty(compared))
        } else {
            try printTable(compared)
        }
    }

    private func printTable(_ runs: [ComparedRun]) throws {
        func bits(_ value: Double?) -> String { value.map { String(format: "%.4f", $0) } ?? "–" }
        let common = runs.first?.commonCharacters.map { "at \($0.formatted()) chars" } ?? "at equal chars"
        let losses = LossColumns(runs.map(\.unit))
        let header =
            ["run", "state", "parameters", "step", "characters", "minutes", losses.heading("train")]
            + [losses.heading("valid"), "best", common] + losses.unitHeading
        let rows = runs.map { run in
            [
                run.run, run.state, run.parameters?.formatted() ?? "–", run.step?.formatted() ?? "–",
                run.charactersSeen?.formatted() ?? "–",
                run.minutes.map { String(format: "%.1f", $0) } ?? "–", bits(run.trainBPC), bits(run.validBPC),
                bits(run.bestValidBPC),
                (run.isInterpolated ? "~" : "") + bits(run.validBPCAtCommonCharacters),
            ] + losses.unitCell(run.unit)
        }
        try TextTable(header: header, leftColumns: 2).print(rows)
    }
}
