import Foundation
import Testing

/// The live screens in a real terminal emulator.
@Suite(.enabled(if: Tmux.isAvailable, "tmux is not installed"), .serialized)
struct CommandScreens {
    private func start(_ program: Program, _ options: String, width: Int, height: Int) throws -> Tmux {
        try Tmux(
            "\(Program.executable) train \(program.book) --preset tiny \(options); echo exit=$?", width: width,
            height: height, in: program.folder,
            environment: program.environment)
    }

    /// Stops through the dialog and checks that the terminal is as it was before.
    private func stopAndSave(_ screen: Tmux) throws {
        try screen.press("q")
        try screen.expect("stop and save")
        try screen.press("s")
        try expectLeft(screen)
    }

    private func expectLeft(_ screen: Tmux, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let rows = try screen.expect("exit=0", sourceLocation: sourceLocation)
        #expect(try screen.modes == "alternate 0 mouse 0", sourceLocation: sourceLocation)
        #expect(rows.joined().contains("the run is in"), sourceLocation: sourceLocation)
        #expect(!rows.joined().contains("Overview"), "something of the screens is left", sourceLocation: sourceLocation)
    }

    @Test(arguments: [(160, 50), (120, 40), (80, 24), (40, 12)])
    func aSizeToWorkWith(width: Int, height: Int) throws {
        let program = try Program()
        let screen = try start(program, "--minutes 10 --name live", width: width, height: height)
        let rows = try screen.expect("training with a step") {
            $0.joined().contains("training") && $0.joined().contains("bits per character")
        }
        #expect(try screen.modes == "alternate 1 mouse 1")
        #expect(rows.count == height && rows.allSatisfy { $0.count <= width })
        for (key, word) in [("1", "Train"), ("2", "Routing"), ("3", "Neurons"), ("4", "Clusters"), ("0", "Overview")] {
            try screen.press(key)
            try screen.expect(word) { $0.first?.contains(word) == true }
        }
        try screen.press("?")
        try screen.expect("Keys")
        try screen.press("Escape")
        try stopAndSave(screen)
        #expect(try program.run("snapshot", "--run", "live").output.contains("live"))
        #expect(try program.run("runs").output.contains("interrupted"))
        let step = try RunFiles(program, "live").lastStep
        try program.resume("live", steps: step + 2)
        #expect(try RunFiles(program, "live").lastStep == step + 2)
    }

    @Test func aTinyScreenSaysSoAndStillStops() throws {
        let program = try Program()
        let screen = try start(program, "--minutes 10 --name live", width: 10, height: 3)
        try screen.expect("too small")
        try screen.press("q")
        try screen.press("s")
        // The window is too small for what is printed at the end.
        try screen.resize(width: 100, height: 20)
        try expectLeft(screen)
    }

    @Test func resizingDuringTraining() throws {
        let program = try Program()
        let screen = try start(program, "--minutes 10 --name live", width: 80, height: 24)
        try screen.expect("BPC")
        for (width, height) in [(160, 50), (10, 3), (120, 40), (40, 12), (80, 24)] {
            try screen.resize(width: width, height: height)
            try screen.expect("a screen of \(width) × \(height)") { rows in
                guard rows.count == height, rows.allSatisfy({ $0.count <= width }) else { return false }
                if height == 3 { return rows.joined().contains("too small") }
                return rows.first?.contains("Overview") == true && rows[height - 2].contains("training")
                    && rows[height - 1].contains("quit")
            }
        }
        try stopAndSave(screen)
    }

    /// A change of size while the shell has the terminal is told to the shell.
    @Test func resizingWhileSuspended() throws {
        let program = try Program()
        let screen = try Tmux(
            "PS1='PROMPT> ' bash --norc --noprofile -i", width: 80, height: 24, in: program.folder,
            environment: program.environment)
        try screen.expect("PROMPT>")
        try screen.press("\(Program.executable) train \(program.book) --preset tiny --minutes 10 --name live", "Enter")
        try screen.expect("training · step")
        try screen.press("C-z")
        try screen.expect("PROMPT>")
        try screen.resize(width: 120, height: 40)
        try screen.press("fg", "Enter")
        try screen.expect("a screen of 120 × 40") {
            $0.count == 40 && $0[38].contains("training") && $0[39].contains("quit")
        }
        try screen.press("q", "s")
        try screen.expect("the run is in")
    }

    @Test func aRunThatWasChangedByHandIsNotSaidToBeRepeatable() throws {
        let program = try Program()
        let screen = try start(program, "--minutes 0.1 --name live", width: 240, height: 40)
        try screen.expect("training · step")
        try screen.press("b", "n", "Escape")
        try screen.expect("finished · step")
        try screen.press("q")
        try screen.expect("changed by hand while it trained")
    }

    @Test func theScreensDoNotChangeTheTraining() throws {
        let program = try Program()
        let screen = try start(program, "--steps 30 --name live", width: 120, height: 40)
        try screen.press("2")
        try screen.expect("finished · step 30")
        try screen.press("q")
        try expectLeft(screen)
        try program.train("--steps", "30", "--name", "headless")
        try expectSameTraining(try RunFiles(program, "live"), try RunFiles(program, "headless"))
    }

    @Test func leavingItRunningGoesOnHeadless() throws {
        let program = try Program()
        let screen = try start(program, "--minutes 10 --name live", width: 100, height: 30)
        try screen.expect("BPC")
        try screen.press("q")
        try screen.expect("leave running")
        try screen.press("h")
        try screen.expect("Training goes on as live")
        #expect(try screen.modes == "alternate 0 mouse 0")
        try screen.press("C-c")
        try expectLeft(screen)
        #expect(try screen.rows.contains { $0.contains("Stopped after") })
    }

    @Test func stoppingDoesNotSayThatTrainingGoesOn() throws {
        let program = try Program()
        let screen = try start(program, "--minutes 10 --name live", width: 100, height: 30)
        try screen.expect("training · step")
        try stopAndSave(screen)
        #expect(try !screen.rows.joined().contains("goes on"))
    }

    @Test func theSampleIsAnnouncedOnScreen() throws {
        let program = try Program()
        let screen = try Tmux(
            "\(Program.executable) train text8 --preset tiny --minutes 10; echo exit=$?", width: 80, height: 24,
            in: program.folder, environment: program.environment)
        try screen.expect("built-in sample")
        try screen.expect("training · step")
        try stopAndSave(screen)
    }
}
