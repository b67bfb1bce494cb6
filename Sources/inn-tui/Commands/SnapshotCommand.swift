import ArgumentParser
import Foundation
import INNKit
import INNScreens

extension ScreenID: ExpressibleByArgument {}

struct SnapshotCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot", abstract: "Draw a screen of a stored run without a terminal.")

    @Option(name: .customLong("run"), help: ArgumentHelp("The run.", valueName: "name"))
    var runName: String
    @Option(name: .long, help: ArgumentHelp("\(ScreenID.allCases.map(\.rawValue).joined(separator: ", ")).", valueName: "name"))
    var screen: ScreenID = .overview
    @Option(name: .long, help: ArgumentHelp("Columns × rows.", valueName: "WxH"))
    var size = "120x40"
    @Option(name: .long, help: ArgumentHelp("text, ansi, svg or csv.", valueName: "format"))
    var format: ViewFormat = .text
    @Option(name: [.short, .long], help: ArgumentHelp("Write to this file instead of standard output.", valueName: "file"))
    var output: String?
    @OptionGroup var runs: RunsOptions
    @OptionGroup(title: "Screen") var options: ScreenOptions

    enum ViewFormat: String, ExpressibleByArgument, CaseIterable {
        case text, ansi, svg, csv

        var exported: ExportedView.Format {
            switch self {
            case .text: .text
            case .ansi: .ansi
            case .svg: .svg
            case .csv: .csv
            }
        }
    }

    func run() throws {
        let (width, height) = try parsedSize()
        var state = AppState(
            try StoredRun(runName, in: runs.url).contents(), width: width, height: height, theme: options.theme,
            colorLevel: options.colors ?? .truecolor, glyphLevel: options.glyphs ?? .braille)
        state.screen = screen
        let data = Data(exportView(state, format.exported).contents.utf8)
        guard let output else {
            return try PipeOutput.write(Array(data))
        }
        do {
            try data.write(to: URL(fileURLWithPath: output), options: .atomic)
        } catch {
            throw INNError(.cannotCreate, "\(output) cannot be written; choose another file with --output.")
        }
    }

    private func parsedSize() throws -> (Int, Int) {
        let parts = size.split(whereSeparator: { $0 == "x" || $0 == "×" }).compactMap { Int($0) }
        guard parts.count == 2, parts.allSatisfy({ (1...1000).contains($0) }) else {
            throw INNError(.usage, "--size is “\(size)”, but must be columns × rows from 1x1 to 1000x1000, such as 120x40.")
        }
        return (parts[0], parts[1])
    }
}
