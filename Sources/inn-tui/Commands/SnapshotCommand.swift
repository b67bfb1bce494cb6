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
            <space> and the like for the others; --format cast records every one. --timelapse draws a stored run as \
            it became what it is.

            Examples:
              inn-tui snapshot --run text8-small-1 --screen routing
              inn-tui snapshot --explore --keys "LLLLbn" --format svg -o lesion.svg
              inn-tui snapshot --run text8-small-1 --timelapse -o learning.cast
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
    @Option(
        name: .long, help: ArgumentHelp("Draw the view that this file describes, which C writes.", valueName: "file"))
    var view: String?
    @Option(name: .long, help: ArgumentHelp("Keys to type before the screen is drawn.", valueName: "keys"))
    var keys = ""
    @Option(
        name: .long,
        help: ArgumentHelp("\(ScreenID.allCases.map(\.rawValue).joined(separator: ", ")).", valueName: "name"))
    var screen: ScreenID?
    @Option(name: .long, help: ArgumentHelp("Columns × rows.", valueName: "WxH"))
    var size = "120x40"
    @Option(
        name: .long,
        help: ArgumentHelp(
            "text, ansi, svg, csv or cast; by default text, and svg for a folder of pictures.", valueName: "format"))
    var format: ViewFormat?
    @Option(
        name: [.short, .long], help: ArgumentHelp("Write to this file instead of standard output.", valueName: "file"))
    var output: String?
    @Flag(
        name: .long,
        help:
            "Draw the run at every probe of its training: -o file.cast, an animated file.svg, or a folder of pictures.")
    var timelapse = false
    @Flag(name: .long, help: "Draw 200 times and print on standard error how long one takes.")
    var timing = false
    @Option(name: .long, help: ArgumentHelp("Folder with the text that the probes are taken over.", valueName: "dir"))
    var dataDir: String?
    @OptionGroup var runs: RunsOptions
    @OptionGroup(title: "Screen") var options: ScreenOptions

    enum ViewFormat: String, ExpressibleByArgument, CaseIterable {
        case text, ansi, svg, csv, cast

        /// Nil for a recording.
        var exported: ExportedView.Format? { ExportedView.Format(rawValue: rawValue) }
    }

    func run() throws {
        guard explore != (runName != nil) else { throw INNError(.usage, "Say what to draw: --run NAME, or --explore.") }
        let (width, height) = try ScreenSize.parse(size)
        let typed = try Keystrokes.parse(keys)
        let subject = explore ? try OpenedSubject(.network(network, best: best), runs: runs.url) : nil
        let stored = try runName.map { try StoredRun($0, in: runs.url) }
        let contents = try subject?.contents ?? stored!.contents()
        func screens(_ contents: RunContents) throws -> AppState {
            var state = AppState(
                contents, width: width, height: height, theme: options.theme,
                colorLevel: options.colors ?? .truecolor, glyphLevel: options.glyphs ?? .braille)
            state.screen = screen ?? (explore ? .generate : .overview)
            if state.screen == .runs { _ = reduce(&state, .runs(try RunSummary.all(in: runs.url))) }
            return state
        }
        if timelapse {
            guard let stored, let output else { throw Timelapse.incomplete }
            return try Timelapse(stored, screens(RunContents(info: contents.info)), keys: typed)
                .write(format.map { ($0.exported, $0.rawValue) }, to: output)
        }
        var state = try screens(contents)
        var recording = KeyRecording(state)
        if let subject, let model = subject.model {
            let kept = try subject.view(at: bookmark.map { .bookmark($0) })
            let start = try view.map(BookmarkShelf.view) ?? kept
            let explorer = HeadlessExplorer(model, prompt: prompt, dataDirectory: dataDir)
            if let start { try explorer.requireFitting(start) }
            explorer.type(typed, at: start, &state) { recording.add($0) }
        } else {
            recording.add(state)
            for key in typed {
                _ = reduce(&state, .key(key))
                recording.add(state)
            }
        }
        if timing { DrawingTime.print(of: state) }
        let drawn =
            (format ?? .text).exported.map { exportView(state, $0, hasWindows: !typed.isEmpty).contents }
            ?? recording.text
        let data = Data(drawn.utf8)
        guard let output else {
            // Colours are meant to be obeyed.
            return try format == .ansi ? StandardOutput.write(Array(data)) : StandardOutput.write(drawn)
        }
        try OutputFile.write(data, to: URL(fileURLWithPath: output))
    }
}
