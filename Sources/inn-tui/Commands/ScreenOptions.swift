import ArgumentParser
import INNLab
import INNScreens
import INNTerminal

extension ColorLevel: ExpressibleByArgument {
    public init?(argument: String) {
        switch argument {
        case "256": self = .palette256
        case "8": self = .palette8
        default: self.init(rawValue: argument)
        }
    }
}
extension GlyphLevel: ExpressibleByArgument {}
extension ThemeName: ExpressibleByArgument {}

/// How the screens look.
struct ScreenOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp("truecolor, 256, 8 or mono; by default what the terminal can show.", valueName: "level"))
    var colors: ColorLevel?

    @Option(name: .long, help: ArgumentHelp("braille, blocks or ascii.", valueName: "level"))
    var glyphs: GlyphLevel?

    @Option(
        name: .long, help: ArgumentHelp("dark, light or mono; by default what suits the terminal.", valueName: "name"))
    var theme: ThemeName?
}

/// How the screens look on a terminal, and what is kept of them.
struct LiveScreenOptions: ParsableArguments {
    @OptionGroup(title: "Screen") var looks: ScreenOptions
    @Option(name: .long, help: ArgumentHelp(ScreenRecording.help, valueName: "file.cast"))
    var record: String?

    /// - Parameter trains: what trains may be rank 0 of several, whose terminal is that of their launcher.
    func terminal(_ alternative: String, trains: Bool) -> TerminalOptions {
        TerminalOptions(
            colors: looks.colors, glyphs: looks.glyphs, alternative: alternative,
            borrowed: trains ? LauncherTerminal.device : nil, canStop: !trains || !LauncherTerminal.isLaunched)
    }
}
