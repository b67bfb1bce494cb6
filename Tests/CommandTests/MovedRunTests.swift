import Foundation
import INNKit
import Testing

/// What `attach` says when the run it watches goes away.
@Suite struct MovedRuns {
    private func attached(_ program: Program) throws -> PseudoTerminal {
        // Views of a run that is gone are written where the program was started.
        let words = ["-c", "cd \"$0\" && exec \"$@\"", program.folder.path, Program.executable, "attach", "watched"]
        let terminal = try PseudoTerminal(
            words, executable: "/bin/sh", environment: program.environment, width: 160, height: 40)
        try terminal.expectFrame("stored run")
        return terminal
    }

    private func trained(_ names: String...) throws -> Program {
        let program = try Program()
        for name in names { try program.train("--steps", "3", "--name", name) }
        return program
    }

    @Test func aRunInTheTrashIsSaid() throws {
        let program = try trained("watched")
        let terminal = try attached(program)
        let trash = try RunFolder.open("watched", in: program.runs).moveToTrash()
        try terminal.expectFrame("watched was deleted: it is now")
        // Another of the name is not the one on display.
        try program.train("--steps", "5", "--name", "watched")
        try terminal.expectFrame("watched was deleted")
        #expect(try !terminal.wholeFrame().contains("step 5"))
        try FileManager.default.moveItem(
            at: program.runs.appendingPathComponent("watched"), to: program.runs.appendingPathComponent("second"))
        try FileManager.default.moveItem(at: trash, to: program.runs.appendingPathComponent("watched"))
        try terminal.expectFrame("stored run")
        terminal.type("q")
        #expect(try terminal.ending() == .status(0))
    }

    @Test func aRunOfAnotherNameIsSaid() throws {
        let program = try trained("watched")
        let terminal = try attached(program)
        try FileManager.default.moveItem(
            at: program.runs.appendingPathComponent("watched"), to: program.runs.appendingPathComponent("better"))
        try terminal.expectFrame("watched was renamed: attach better watches it")
        // A view that is written does not bring the old name back.
        let start = terminal.screen.text.utf8.count
        // The dialog and its choice of plain text.
        terminal.type("x\r")
        try terminal.expectScreen("written:", from: start)
        terminal.type("q")
        #expect(try terminal.ending() == .status(0))
        #expect(FileManager.default.fileExists(atPath: program.folder.appendingPathComponent("exports").path))
        #expect(!FileManager.default.fileExists(atPath: program.runs.appendingPathComponent("watched").path))
    }

    @Test func aRunThatIsGoneIsSaid() throws {
        let program = try trained("watched")
        let terminal = try attached(program)
        try FileManager.default.removeItem(at: program.runs.appendingPathComponent("watched"))
        try terminal.expectFrame("watched was deleted")
        terminal.type("q")
        #expect(try terminal.ending() == .status(0))
    }
}
