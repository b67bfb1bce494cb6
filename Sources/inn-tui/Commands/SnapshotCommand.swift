import ArgumentParser
import Foundation
import INNKit
import INNLab
import INNScreens

extension ScreenID: ExpressibleByArgument {}

struct SnapshotCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot", abstract: "Draw a screen of a stored run or of the explorer without a terminal.",
        discussion: """
            With --run it draws what the run has stored. With --explore it opens a network as explore does; without a \
            name, the model \
            that ships with the program. --keys types keys first: characters stand for themselves, <right>, <enter>, \
            <esc>, <tab>, \
            <space> and the like for the others.

            Examples:
              inn-tui snapshot --run text8-small-1 --screen routing
              inn-tui snapshot --explore --keys "LLLLbn" --format svg -o lesion.svg
            """)

    @Option(name: .customLong("run"), help: ArgumentHelp("The run.", valueName: "name"))
    var runName: String?
    @Flag(name: .long, help: "Open the network to step through: that of the run or checkpoint named with --network.")
    var explore = false
    @Option(
        name: .long, help: ArgumentHelp("Run or checkpoint to explore; without it the shipped model.", valueName: "run")
    )
    var network: String?
    @Flag(name: .long, help: "Explore the checkpoint with the lowest validation loss instead of the last.")
    var best = false
    @Option(name: .long, help: ArgumentHelp("Text that the explored network reads first.", valueName: "text"))
    var prompt: String?
    @Option(name: .long, help: ArgumentHelp("Draw a view of the explorer that B has kept.", valueName: "name"))
    var bookmark: String?
    @Option(name: .long, help: ArgumentHelp("Draw the view that this describes, which C writes.", valueName: "json"))
    var view: String?
    @Option(name: .long, help: ArgumentHelp("Keys to type before the screen is drawn.", valueName: "keys"))
    var keys = ""
    @Option(
        name: .long,
        help: ArgumentHelp("\(ScreenID.allCases.map(\.rawValue).joined(separator: ", ")).", valueName: "name"))
    var screen: ScreenID?
    @Option(name: .long, help: ArgumentHelp("Columns × rows.", valueName: "WxH"))
    var size = "120x40"
    @Option(name: .long, help: ArgumentHelp("text, ansi, svg or csv.", valueName: "format"))
    var format: ViewFormat = .text
    @Option(
        name: [.short, .long], help: ArgumentHelp("Write to this file instead of standard output.", valueName: "file"))
    var output: String?
    @Flag(name: .long, help: "Draw 200 times and print on standard error how long one takes.")
    var timing = false
    @Option(name: .long, help: ArgumentHelp("Folder with the text that the probes are taken over.", valueName: "dir"))
    var dataDir: String?
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
        guard explore != (runName != nil) else { throw INNError(.usage, "Say what to draw: --run NAME, or --explore.") }
        let (width, height) = try parsedSize()
        let typed = try Keystrokes.parse(keys)
        let subject = explore ? try OpenedSubject(.network(network, best: best), runs: runs.url) : nil
        let contents = try subject?.contents ?? StoredRun(runName ?? "", in: runs.url).contents()
        var state = AppState(
            contents, width: width, height: height, theme: options.theme, colorLevel: options.colors ?? .truecolor,
            glyphLevel: options.glyphs ?? .braille)
        state.screen = screen ?? (explore ? .generate : .overview)
        if let subject, let model = subject.model {
            let kept = try subject.view(at: bookmark.map { .bookmark($0) })
            let start = try view.map(BookmarkShelf.view) ?? kept
            HeadlessExplorer(model, prompt: prompt, dataDirectory: dataDir).type(typed, at: start, &state)
        } else {
            for key in typed { _ = reduce(&state, .key(key)) }
        }
        if timing { printTiming(of: state) }
        let drawn = exportView(state, format.exported, hasWindows: !typed.isEmpty).contents
        let data = Data(drawn.utf8)
        guard let output else {
            // Colours are meant to be obeyed.
            return try format == .ansi ? StandardOutput.write(Array(data)) : StandardOutput.write(drawn)
        }
        try OutputFile.write(data, to: URL(fileURLWithPath: output))
    }

    private func printTiming(of state: AppState) {
        let times = (0..<200).map { _ in
            let start = ContinuousClock.now
            _ = state.rendered()
            return start.duration(to: .now) / .milliseconds(1)
        }.sorted()
        StandardError.print(
            String(
                format: "%.2f ms in the middle, %.2f ms in 95 of 100, n %d", times[times.count / 2],
                times[times.count * 95 / 100], times.count))
    }

    private func parsedSize() throws -> (Int, Int) {
        let parts = size.split(whereSeparator: { $0 == "x" || $0 == "×" }).compactMap { Int($0) }
        guard parts.count == 2, parts.allSatisfy({ (1...1000).contains($0) }) else {
            throw INNError(
                .usage, "--size is “\(size)”, but must be columns × rows from 1x1 to 1000x1000, such as 120x40.")
        }
        return (parts[0], parts[1])
    }
}
