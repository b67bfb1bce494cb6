import Foundation
import INNKit
import Testing

/// `explore`, `attach` and `compare` on a real terminal and a real run.
@Suite(.serialized) struct ExploreTests {
    /// A program whose runs folder holds one small run.
    private func trained(_ names: String..., steps: Int = 12) throws -> Program {
        let program = try Program()
        for name in names { try program.train("--steps", "\(steps)", "--name", name) }
        return program
    }

    private func open(_ program: Program, _ arguments: String...) throws -> PseudoTerminal {
        try PseudoTerminal(
            arguments + ["--runs-dir", program.runs.path], executable: Program.executable,
            environment: program.environment, width: 160, height: 50)
    }

    @Test func fortyOnTwentyBackALesionAndItsUndo() throws {
        let program = try trained("one")
        let terminal = try open(program, "explore", "one", "--prompt", "the end ")
        try terminal.expectFrame("position 8 ")
        terminal.type("LLLL")
        try terminal.expectFrame("position 48 ")
        terminal.type("HH")
        try terminal.expectFrame("position 28 ")
        try terminal.expectFrame("nothing is switched off: KL 0 ")
        terminal.type("bn")
        try terminal.expectFrame("1 active, from now: neuron 0 lesion")
        try terminal.expectFrame("most changed next")
        terminal.type("u")
        try terminal.expectFrame("nothing is switched off: KL 0 ")
        terminal.type("bq")
        #expect(try terminal.ending() == .status(0))
        try terminal.expectGivenBack()
    }

    /// Without an answer the dark theme brings its own paper; a terminal that answers keeps its own, with the theme
    /// that suits it.
    @Test(arguments: [
        (nil, "48;5;24", true), ("fdfd/f6f6/e3e3", "48;5;153", false), ("0000/2b2b/3636", "48;5;24", false),
    ])
    func theScreensSuitTheTerminalsBackground(answer: String?, selection: String, isPainted: Bool) throws {
        let program = try trained("one")
        let terminal = try open(program, "explore", "one")
        try terminal.expectScreen("\u{1b}]11;?")
        if let answer { terminal.type("\u{1b}]11;rgb:\(answer)\u{1b}\\") }
        // The answer may come after the first frames. One cell, the cursor's, stands on that colour anyway.
        try terminal.expectFrame(selection) { frame in
            frame.contains(selection) && (frame.ranges(of: "48;5;233").count > 1) == isPainted
        }
        terminal.type("q")
        #expect(try terminal.ending() == .status(0))
        try terminal.expectGivenBack()
    }

    @Test func theNeuronsOfAnOpenNetworkAreAnalysed() throws {
        let program = try trained("one")
        let terminal = try open(program, "explore", "one")
        terminal.type("4")
        try terminal.expectFrame("bits lost when a neuron is removed")
        terminal.type("v")
        try terminal.expectFrame("label F1 (untrained)")
        try terminal.expectFrame("units tell the present character")
        terminal.type("2v")
        terminal.type("v")
        try terminal.expectFrame("flow–causal")
        terminal.type("3")
        try terminal.expectFrame("ΔBPC")
        terminal.type("vv")
        try terminal.expectFrame("tells of x(t)")
        terminal.type("q")
        #expect(try terminal.ending() == .status(0))
    }

    /// A training of another process, with its reports as JSON lines.
    private func start(_ program: Program, _ name: String, steps: Int) throws -> (process: Process, reports: Transcript)
    {
        let output = Pipe()
        let training = Process()
        training.executableURL = URL(fileURLWithPath: Program.executable)
        training.arguments = [
            "train", "sample", "--preset", "tiny", "--steps", "\(steps)", "--checkpoint-every", "10", "--json",
            "--name", name,
        ]
        training.currentDirectoryURL = program.folder
        training.environment = ProcessInfo.processInfo.environment.merging(program.environment.compactMapValues { $0 })
        { $1 }
        training.standardOutput = output
        training.standardError = FileHandle.nullDevice
        try training.run()
        return (training, Transcript(descriptor: fcntl(output.fileHandleForReading.fileDescriptor, F_DUPFD_CLOEXEC, 3)))
    }

    @Test func attachShowsWhatAnotherProcessTrainsAndOutlivesIt() throws {
        let program = try Program()
        let (training, reports) = try start(program, "live", steps: 100_000)
        defer { kill(training.processIdentifier, SIGKILL) }
        var seen = try #require(reports.wait(for: "\"step\":20"))
        let terminal = try open(program, "attach", "live")
        try terminal.expectFrame("watching process \(training.processIdentifier)")
        for _ in 0..<3 { seen = try #require(reports.wait(for: "\"event\":\"report\"", from: seen)) }
        let line = try #require(reports.text.split(separator: "\n").dropLast().last { $0.contains("\"report\"") })
        let step = Int(try #require(try JSONLine(String(line))[number: "step"]))
        try terminal.expectFrame("step \(step) or later") { Self.step(in: $0) >= step }
        kill(training.processIdentifier, SIGKILL)
        training.waitUntilExit()
        try terminal.expectFrame("stored run")
        let last = try #require(try RunHistory(RunFolder.open("live", in: program.runs)).reports().last).step
        try program.resume("live", steps: last + 2)
        try terminal.expectFrame("step \(last + 2)") { Self.step(in: $0) >= last + 2 }
        terminal.type("q")
        #expect(try terminal.ending() == .status(0))
    }

    @Test func aKilledViewerLeavesTheTrainingAsItWouldBe() throws {
        let program = try Program()
        let (training, reports) = try start(program, "watched", steps: 60)
        defer { kill(training.processIdentifier, SIGKILL) }
        _ = try #require(reports.wait(for: "\"step\":10"))
        let terminal = try open(program, "attach", "watched")
        try terminal.expectFrame("watching process \(training.processIdentifier)")
        terminal.send(SIGKILL)
        #expect(try terminal.ending() == .signal(SIGKILL))
        #expect(reports.whole().contains("\"event\":\"done\""))
        training.waitUntilExit()
        #expect(training.terminationStatus == 0)
        let undisturbed = try start(program, "undisturbed", steps: 60)
        defer { kill(undisturbed.process.processIdentifier, SIGKILL) }
        undisturbed.process.waitUntilExit()
        try expectSameTraining(RunFiles(program, "watched"), RunFiles(program, "undisturbed"))
    }

    /// The largest number after the word `step` in a frame.
    private static func step(in frame: String) -> Int {
        frame.matches(of: /step ([0-9,]+)/).compactMap { Int($0.1.filter { $0 != "," }) }.max() ?? 0
    }

    @Test func compareOverlaysOnATerminalAndPrintsATableElsewhere() throws {
        let program = try trained("left", "right")
        let terminal = try open(program, "compare", "left", "right")
        try terminal.expectFrame("─ left")
        try terminal.expectFrame("─ right")
        terminal.type("q")
        #expect(try terminal.ending() == .status(0))
        let table = try program.run("compare", "left", "right")
        #expect(table.lines.count == 3 && table.lines[1].hasPrefix("left") && table.lines[2].hasPrefix("right"))
        let json = try #require(
            try JSONSerialization.jsonObject(with: Data(program.run("compare", "left", "right", "--json").output.utf8))
                as? [[String: Any]])
        #expect(
            json.map { $0["run"] as? String } == ["left", "right"] && json[0]["commonCharacters"] as? Int == 12 * 1024)
    }

    @Test func whatCannotBeOpenedIsSaidInOneSentence() throws {
        let program = try Program()
        for arguments in [["explore", "nothing"], ["attach", "nothing"], ["compare", "one", "two", "--json"]] {
            let result = try program.run(arguments)
            #expect(result.status == 66 && result.errorLines.count == 1, "\(arguments): \(result.errors)")
        }
        #expect(try program.run("compare", "one").status == 64)
        #expect(try program.run("explore", "x", "--temperature", "-1").status == 64)
    }
}
