import INNKit

/// What can be done first: shown where the program is started without a command.
public struct StartMenu: Equatable, Sendable {
    struct Entry: Equatable, Sendable {
        let title: String
        let explanation: String
        /// What would be typed to have it, without the program's name.
        let arguments: [String]
        /// Types it, like moving to it and Enter.
        let key: Character
    }

    /// What became of a key.
    public enum Outcome: Equatable, Sendable {
        /// The menu stays.
        case stays
        /// A command line, without the program's name, is to be run.
        case run([String])
        case leave
    }

    let entries: [Entry]
    /// How many of the entries are no runs.
    let commandCount: Int
    private(set) var selection = 0
    /// The terminal's, once it has said it; the theme follows it.
    public var background: CellColor?

    private static let commands = [
        Entry(
            title: "Tour", explanation: "two minutes with a trained network, step by step",
            arguments: ["tour"], key: "t"),
        Entry(
            title: "Explore", explanation: "step through text, switch parts off, see what breaks",
            arguments: ["explore"], key: "e"),
        Entry(
            title: "Train", explanation: "a network on text8 and watch it learn",
            arguments: ["train", "text8"], key: "r"),
        Entry(
            title: "Train a small one", explanation: "on the built-in text, in three minutes",
            arguments: ["train", "sample", "--preset", "tiny", "--minutes", "3"], key: "s"),
        Entry(
            title: "Help", explanation: "all commands; each has --help and a man page", arguments: ["--help"],
            key: "h"),
    ]
    /// Digits open runs.
    private static let runLimit = 9

    /// - Parameter runs: in any order; the newest are offered.
    public init(runs: [RunSummary]) {
        let newest = runs.filter { $0.state != .damaged }
            .sorted { ($0.lastStartedAt ?? 0) > ($1.lastStartedAt ?? 0) }
            .prefix(Self.runLimit)
        commandCount = Self.commands.count
        entries =
            Self.commands
            + zip(1..., newest).map { number, run in
                Entry(
                    title: DistinctNames.onScreen.form(of: run.name), explanation: Self.describe(run),
                    arguments: ["attach", run.name], key: Character(String(number)))
            }
    }

    private static func describe(_ run: RunSummary) -> String {
        let loss = run.validBPC.map { (run.unit ?? .character).worded("\(Format.fixed($0, 3)) BPC") }
        let step = run.lastReport.map { "step \(Format.grouped($0.step))" }
        // What is cut first where there is little room comes last.
        return [run.state.rawValue, loss, step, "\(run.model) on \(run.corpus)"].compactMap { $0 }
            .joined(separator: " · ")
    }

    public mutating func handle(_ key: Key) -> Outcome {
        switch key {
        case .up, .character("k"), .backTab: selection = (selection + entries.count - 1) % entries.count
        case .down, .character("j"), .tab: selection = (selection + 1) % entries.count
        case .home, .character("g"): selection = 0
        case .end, .character("G"): selection = entries.count - 1
        case .enter, .character(" "), .right, .character("l"): return .run(entries[selection].arguments)
        case .escape, .character("q"), .control("c"), .control("d"): return .leave
        case .character("?"): return .run(["--help"])
        case .character(let typed):
            if let entry = entries.first(where: { $0.key == typed }) { return .run(entry.arguments) }
        default: break
        }
        return .stays
    }

    /// A click on an entry chooses it.
    public mutating func handle(_ mouse: MouseEvent, width: Int, height: Int) -> Outcome {
        switch mouse.kind {
        case .press:
            let layout = StartMenuLayout(self, width: width, height: height)
            guard let entry = layout.entry(atRow: mouse.y) else { return .stays }
            selection = entry
            return .run(entries[entry].arguments)
        case .scrollUp: return handle(.up)
        case .scrollDown: return handle(.down)
        case .release, .drag: return .stays
        }
    }
}
