import Foundation
import INNKit
import Testing

/// Training without screens: what it prints, that it repeats bit for bit, and that it can be stopped and continued.
@Suite struct CommandTraining {
    private func reports(_ lines: [JSONLine]) -> [JSONLine] { lines.filter { $0.event == "report" } }

    private func losses(_ lines: [JSONLine]) -> [Double?] { reports(lines).map { $0[number: "trainBPC"] } }

    @Test func jsonLinesHaveTheirKeys() throws {
        let program = try Program()
        let lines = try program.train("--steps", "25", "--name", "keys")
        let keys: Set = [
            "event", "step", "charactersSeen", "epoch", "unit", "trainBPC", "validBPC", "validIsNew",
            "charsPerSecond",
            "learningRate", "gradientNorm",
            "gatePenalty", "elapsedSeconds", "progress",
        ]
        let reports = reports(lines)
        #expect(reports.map { $0[number: "step"] } == [1, 10, 20, 25])
        for report in reports {
            #expect(report.keys == keys)
            #expect(report[number: "charactersSeen"] == report[number: "step"]! * 8 * 128)
        }
        #expect(reports.last?[number: "progress"] == 1)
        let done = try #require(lines.last)
        #expect(done.event == "done" && done[text: "outcome"] == "finished")
        #expect(done[text: "runPath"] == program.runs.appendingPathComponent("keys").path)
        #expect(done[number: "step"] == 25)
        #expect(done[number: "validBPC"] == reports.last?[number: "validBPC"])
    }

    @Test func theSameSeedGivesTheSameLosses() throws {
        let program = try Program()
        let options = ["--steps", "21", "--dropout", "0.1"]
        func train(_ name: String, seed: String) throws -> [JSONLine] {
            try program.train(options[0], options[1], options[2], options[3], "--name", name, "--seed", seed)
        }
        let first = losses(try train("first", seed: "7"))
        #expect(first.count == 4)
        #expect(losses(try train("again", seed: "7")) == first)
        #expect(losses(try train("other", seed: "8")) != first)
        #expect(try RunFiles(program, "first").weights == RunFiles(program, "again").weights)
    }

    @Test func withoutDataAndNetworkTheSampleStandsInForText8() throws {
        let program = try Program()
        let result = try program.run("train", "text8", "--preset", "tiny", "--steps", "5", "--headless")
        #expect(result.status == 0)
        #expect(result.errorLines.count == 1)
        for phrase in ["built-in sample text", "text8 was not found", "text8.zip", "--data-dir"] {
            #expect(result.errors.contains(phrase))
        }
        #expect(result.output.contains("sample-tiny-1"))
        #expect(result.output.contains("Finished after 5 steps"))
        #expect(result.output.contains(program.runs.path))
    }

    @Test func aRunKilledWhileItsFirstCheckpointWasWrittenStartsAgain() throws {
        let program = try Program()
        try program.train("--steps", "5", "--name", "killed")
        let checkpoints = program.runs.appendingPathComponent("killed/checkpoints")
        let written = try FileManager.default.contentsOfDirectory(atPath: checkpoints.path)
        for name in written { try FileManager.default.removeItem(at: checkpoints.appendingPathComponent(name)) }
        try Data([1]).write(to: checkpoints.appendingPathComponent(".step-00000001.safetensors.part-99-a"))
        try program.resume("killed")
        #expect(try FileManager.default.contentsOfDirectory(atPath: checkpoints.path).sorted() == written.sorted())
    }

    @Test func aLongerTrainingGoesOnAsIfItHadNeverStopped() throws {
        let program = try Program()
        try program.train("--steps", "30", "--schedule", "constant", "--name", "whole")
        try program.train("--steps", "20", "--schedule", "constant", "--name", "parts")
        try program.resume("parts", steps: 30)
        try expectSameTraining(try RunFiles(program, "parts"), try RunFiles(program, "whole"))
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
    func aSignalStopsGracefullyAndTheRunGoesOn(signal: Int32) throws {
        let program = try Program()
        let terminal = try PseudoTerminal(
            [
                "train", program.book, "--preset", "tiny", "--steps", "1000000", "--schedule", "constant", "--name",
                "stopped", "--json", "--runs-dir", program.runs.path,
            ],
            executable: Program.executable, environment: program.environment)
        try terminal.expectScreen("\"step\":10,")
        terminal.send(signal)
        #expect(try terminal.ending() == .status(0))
        try terminal.expectScreen("\n", from: try terminal.expectScreen("\"event\":\"done\""))
        let stopped = try JSONLine(
            try #require(terminal.screen.text.split(whereSeparator: \.isNewline).last.map(String.init)))
        #expect(stopped[text: "outcome"] == "stopped")
        let step = Int(try #require(stopped[number: "step"]))
        #expect(try RunFiles(program, "stopped").lastStep == step)
        #expect(try program.run("runs", "--json").output.contains("\"state\" : \"interrupted\""))
        let lines = try program.resume("stopped", steps: step + 15)
        #expect(lines.last?[text: "outcome"] == "finished")
        try program.train("--steps", String(step + 15), "--schedule", "constant", "--name", "whole")
        try expectSameTraining(try RunFiles(program, "stopped"), try RunFiles(program, "whole"))
    }

    @Test func aKilledRunGoesOnFromItsLastCheckpointOrFromTheStart() throws {
        let program = try Program()
        let terminal = try PseudoTerminal(
            [
                "train", program.book, "--preset", "tiny", "--steps", "1000000", "--name", "killed", "--json",
                "--runs-dir", program.runs.path,
            ],
            executable: Program.executable, environment: program.environment)
        try terminal.expectScreen("\"step\":10,")
        terminal.send(SIGKILL)
        #expect(try terminal.ending() == .signal(SIGKILL))
        let result = try program.run("train", "--resume", "killed", "--steps", "25", "--json")
        #expect(result.status == 0)
        #expect(result.errors.contains("starts again from step 0"))
        try program.train("--steps", "25", "--name", "whole")
        try expectSameTraining(try RunFiles(program, "killed"), try RunFiles(program, "whole"))
    }

    /// A step of so large a batch takes long; the second signal does not wait for its end.
    @Test func aSecondSignalEndsAtOnce() throws {
        let program = try Program()
        let terminal = try PseudoTerminal(
            [
                "train", "sample", "--preset", "base", "--batch-size", "32", "--steps", "500", "--json", "--runs-dir",
                program.runs.path,
            ],
            executable: Program.executable, environment: program.environment)
        try terminal.expectScreen("\"started\"")
        terminal.send(SIGTERM)
        try terminal.expectScreen("once more ends at once")
        // What comes in the first half second is the same request.
        while kill(terminal.process, SIGTERM) == 0 { usleep(20_000) }
        #expect(try terminal.ending() == .status(128 + SIGTERM))
    }

    /// As `timeout` does it: to its child, then to the whole group.
    @Test func aSignalThatComesTwiceAtOnceSaves() throws {
        let program = try Program()
        let terminal = try PseudoTerminal(
            [
                "train", program.book, "--preset", "tiny", "--steps", "1000000", "--name", "twice", "--json",
                "--runs-dir", program.runs.path,
            ], executable: Program.executable, environment: program.environment)
        try terminal.expectScreen("\"step\":10,")
        terminal.send(SIGTERM)
        terminal.send(SIGTERM)
        #expect(try terminal.ending() == .status(0))
        let run = try RunFolder.open("twice", in: program.runs)
        #expect(try run.checkpoints.latest().checkpoint.state.step >= 10)
    }

    @Test func hangUpsThatAreIgnoredFromTheStartStayIgnored() throws {
        let program = try Program()
        let command =
            """
            trap '' HUP; exec \(Program.executable) train \(program.book) --preset tiny --steps 1000000 --json \
            --runs-dir \(program.runs.path)
            """
        let terminal = try PseudoTerminal(["-c", command], executable: "/bin/sh", environment: program.environment)
        let first = try terminal.expectScreen("\"step\":10,")
        terminal.send(SIGHUP)
        try terminal.expectScreen("\"step\":30,", from: first)
        terminal.send(SIGTERM)
        #expect(try terminal.ending() == .status(0))
    }

    @Test func aFinishedRunSaysWhatToDo() throws {
        let program = try Program()
        try program.train("--steps", "5", "--name", "done")
        let before = try RunFiles(program, "done")
        let result = try program.run("train", "--resume", "done", "--headless")
        #expect(result.status == 64)
        #expect(result.errorLines.count == 1 && result.errors.contains("done has come to its end after 5 steps"))
        try expectSameTraining(try RunFiles(program, "done"), before)
        #expect(try program.run("runs", "--json").output.contains("\"state\" : \"finished\""))
    }

    @Test func resumingRemembersANewLength() throws {
        let program = try Program()
        try program.train("--steps", "5", "--name", "longer")
        try program.resume("longer", steps: 9)
        let config = try String(contentsOf: program.runs.appendingPathComponent("longer/config.json"), encoding: .utf8)
        #expect(config.contains("\"_0\" : 9"))
        #expect(try RunFiles(program, "longer").lastStep == 9)
    }

    @Test func aNameThatIsTakenChangesNothing() throws {
        let program = try Program()
        try program.train("--steps", "5", "--name", "mine")
        let before = try RunFiles(program, "mine")
        let result = try program.run(
            "train", program.book, "--preset", "tiny", "--steps", "3", "--name", "mine", "--headless")
        #expect(result.status == 64 && result.errors.contains("already a run 'mine'"))
        try expectSameTraining(try RunFiles(program, "mine"), before)
    }

    @Test func aDamagedCheckpointIsPassedOverAndSaidSo() throws {
        let program = try Program()
        let options = ["--schedule", "constant", "--checkpoint-every", "10"]
        try program.train("--steps", "20", "--name", "hurt", options[0], options[1], options[2], options[3])
        let last = program.runs.appendingPathComponent("hurt/checkpoints/step-00000020.safetensors")
        var bytes = try Data(contentsOf: last)
        bytes[bytes.count - 5] ^= 1
        try bytes.write(to: last)
        let result = try program.run("train", "--resume", "hurt", "--steps", "30", "--json")
        #expect(result.status == 0)
        #expect(
            result.errors.contains("step-00000020.safetensors")
                && result.errors.contains("Using the checkpoint of step 10 instead."), "\(result.errors)")
        #expect(FileManager.default.fileExists(atPath: last.path + ".damaged"))
        try program.train("--steps", "30", "--name", "whole", options[0], options[1], options[2], options[3])
        try expectSameTraining(try RunFiles(program, "hurt"), try RunFiles(program, "whole"))
    }

    @Test func aRunCannotBeTrainedTwiceAtATime() throws {
        let program = try Program()
        let terminal = try PseudoTerminal(
            [
                "train", program.book, "--preset", "tiny", "--minutes", "10", "--name", "busy", "--json", "--runs-dir",
                program.runs.path,
            ],
            executable: Program.executable, environment: program.environment)
        try terminal.expectScreen("\"step\":1,")
        let result = try program.run("train", "--resume", "busy", "--headless")
        #expect(result.status == 75)
        #expect(
            result.errorLines.count == 1
                && result.errors.contains("'busy' is being trained by process \(terminal.process) on host"))
        #expect(try program.run("runs", "--json").output.contains("\"state\" : \"running\""))
        terminal.send(SIGTERM)
        #expect(try terminal.ending() == .status(0))
    }

    /// With minutes the schedule follows the clock, and the number of steps is recorded.
    @Test func minutesComeToANumberOfSteps() throws {
        let program = try Program()
        let lines = try program.train("--minutes", "0.01", "--name", "timed")
        let steps = try #require(lines.last?[number: "step"])
        #expect(steps >= 1)
        #expect(try RunFiles(program, "timed").lastStep == Int(steps))
    }
}
