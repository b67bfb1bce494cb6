import ArgumentParser
import Foundation
import INNKit
import INNLab

struct RunsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "runs", abstract: "List the runs, newest last.")

    @OptionGroup var runs: RunsOptions
    @Flag(name: .long, help: "Print one JSON array.")
    var json = false

    func run() throws {
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: runs.url.path, isDirectory: &isFolder), !isFolder.boolValue {
            throw INNError(
                .noInput, "\(runs.url.path) is not a folder: give --runs-dir the folder that holds the runs.")
        }
        for name in try FolderNames.unreadable(in: runs.url) {
            StandardError.print("inn-tui: The name of the folder “\(name)” is no UTF-8, so it is left out: rename it.")
        }
        let summaries = try RunSummary.all(in: runs.url).sorted { ($0.lastStartedAt ?? 0) < ($1.lastStartedAt ?? 0) }
        if json {
            try StandardOutput.print(JSONText.pretty(summaries))
        } else if summaries.isEmpty {
            try StandardOutput.print("No runs in \(runs.url.path) yet. Start one with: inn-tui train text8")
        } else {
            try printTable(summaries)
        }
    }

    private func printTable(_ summaries: [RunSummary]) throws {
        let losses = LossColumns(summaries.map(\.unit))
        let header =
            ["run", "state", "model", "corpus", "parameters", "step", losses.heading("train"), losses.heading("valid")]
            + ["best", "minutes", "MB"] + losses.unitHeading
        let rows = summaries.map { run -> [String] in
            let report = run.lastReport
            func bits(_ value: Double?) -> String { value.map { String(format: "%.3f", $0) } ?? "–" }
            return [
                run.name, run.state.rawValue, run.description.map { "\($0.model) \($0.preset)" } ?? "–",
                run.description?.corpus ?? run.problem ?? "–",
                run.description.map { $0.parameters.formatted() } ?? "–", report.map { $0.step.formatted() } ?? "–",
                bits(report?.trainBPC),
                bits(run.validBPC), bits(run.bestValidBPC),
                report.map { String(format: "%.1f", $0.elapsedSeconds / 60) } ?? "–",
                String(format: "%.1f", Double(run.bytesOnDisk) / 1e6),
            ] + losses.unitCell(run.unit)
        }
        try TextTable(header: header, leftColumns: 4).print(rows)
    }
}
