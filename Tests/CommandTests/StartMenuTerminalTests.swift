import Foundation
import Testing

/// The program without a command, on a real terminal and without one.
@Suite(.enabled(if: Tmux.isAvailable, "tmux is not installed"), .serialized)
struct StartMenuTerminalTests {
    private func start(_ program: Program, width: Int = 80, height: Int = 24) throws -> Tmux {
        try Tmux(
            "\(Program.executable); echo exit=$?", width: width, height: height, in: program.folder,
            environment: program.environment)
    }

    @Test func itOffersWhatCanBeDoneAndDoesIt() throws {
        let program = try Program()
        try program.train("--steps", "2", "--name", "mine")
        let screen = try start(program)
        for words in ["Runs in this folder", "Tour", "Explore", "Train", "Help", "mine", "inn-tui tour"] {
            try screen.expect(words)
        }
        try screen.press("1")
        try screen.expect("stored run")
        try screen.press("q")
        try screen.expect("exit=0")
    }

    @Test func helpIsTheUsageAndLeavingIsQuiet() throws {
        let program = try Program()
        let screen = try start(program, width: 40, height: 12)
        try screen.expect("Enter open")
        try screen.press("q")
        let left = try screen.expect("exit=0")
        #expect(left.first == "exit=0")
        let again = try start(program, width: 100, height: 50)
        try again.expect("Enter open")
        try again.press("h")
        try again.expect("SUBCOMMANDS:")
        try again.expect("exit=0")
    }

    @Test func withoutATerminalItIsTheUsage() throws {
        let result = try Program().run([])
        #expect(result.status == 0 && result.output.contains("SUBCOMMANDS:"))
    }
}
