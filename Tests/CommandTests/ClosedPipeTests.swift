import Foundation
import Testing

/// Every command that prints, when nobody reads, when nothing can be written, and when there is no output at all.
@Suite struct ClosedPipes {
    /// One short training that all tests look at; the commands only read it.
    private static let trained: Result<Program, any Error> = Result {
        let program = try Program()
        for name in ["one", "two"] { try program.train("--steps", "5", "--name", name) }
        return program
    }

    static let commands = [
        "--help", "--version", "--generate-completion-script bash", "runs", "runs --json", "model --preset tiny",
        "model --preset tiny --json", "data sample", "doctor",
        "eval one --characters 3000", "generate one --prompt the -n 40", "generate one --prompt the -n 20 --trace",
        "ablate one --characters 2000",
        "compare one two --table", "compare one two --json", "snapshot --run one", "snapshot --run one --format svg",
        "bench --preset tiny --seconds 0.1", "eval one --characters 3000 --json", "export one --csv",
        "export one --json",
        "compute one --characters 1024 --seconds 0 --json", "ablate one --characters 2000 --csv",
        "analyze one --characters 2000 --no-control --no-effects --json", "snapshot --run one --format csv",
        "train --help",
    ]

    private func run(_ command: String, redirection: String) throws -> (status: String, errors: String) {
        let program = try Self.trained.get()
        let script =
            "set -o pipefail; { \"\(Program.executable)\" \(command) 2>errors; echo $? >status; } \(redirection)"
        let folder = program.folder.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            at: folder.appendingPathComponent("runs"), withDestinationURL: program.runs)
        let environment = ProcessInfo.processInfo.environment.merging(program.environment.compactMapValues { $0 }) {
            $1
        }
        _ = try Spawn.run(["/bin/bash", "-c", script], environment: environment, in: folder)
        func text(_ name: String) throws -> String {
            try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
        }
        return (try text("status").trimmingCharacters(in: .newlines), try text("errors"))
    }

    @Test(arguments: commands) func nobodyReads(command: String) throws {
        let result = try run(command, redirection: "| true")
        #expect(result.status == "0" && result.errors.isEmpty, "\(result)")
    }

    @Test(
        .enabled(if: FileManager.default.fileExists(atPath: "/dev/full"), "there is no /dev/full"),
        arguments: commands)
    func nothingCanBeWritten(command: String) throws {
        let result = try run(command, redirection: ">/dev/full")
        #expect(result.status == "74", "\(result)")
        #expect(
            result.errors.hasPrefix("inn-tui: The output cannot be written (No space left on device)"),
            "\(result.errors)")
    }

    /// What is said beside the output ends nothing when it cannot be said.
    @Test(
        .enabled(if: FileManager.default.fileExists(atPath: "/dev/full"), "there is no /dev/full"),
        arguments: ["eval one --characters 3000", "ablate one --characters 2000", "data sample --timing"])
    func standardErrorCannotBeWritten(command: String) throws {
        let program = try Self.trained.get()
        let script = "exec \"\(Program.executable)\" \(command) 2>/dev/full"
        let environment = ProcessInfo.processInfo.environment.merging(program.environment.compactMapValues { $0 }) {
            $1
        }
        let result = try Spawn.run(["/bin/sh", "-c", script], environment: environment, in: program.folder)
        #expect(result.ending == .status(0), "\(result)")
    }

    /// The run is worth more than what is printed of it: training goes on, and its end says that the output is lost.
    @Test(
        .enabled(if: FileManager.default.fileExists(atPath: "/dev/full"), "there is no /dev/full"),
        arguments: ["--json", "--headless"], ["2>errors", "2>/dev/full"])
    func aTrainingWhoseOutputIsLostFailsAtItsEnd(style: String, errors: String) throws {
        let program = try Program()
        let script =
            "exec \"\(Program.executable)\" train \(program.book) --preset tiny --steps 5 --name lost \(style) "
            + ">/dev/full \(errors)"
        let environment = ProcessInfo.processInfo.environment.merging(program.environment.compactMapValues { $0 }) {
            $1
        }
        let result = try Spawn.run(["/bin/sh", "-c", script], environment: environment, in: program.folder)
        #expect(result.ending == .status(74))
        #expect(try RunFiles(program, "lost").lastStep == 5)
        guard errors == "2>errors" else { return }
        let said = try String(contentsOf: program.folder.appendingPathComponent("errors"), encoding: .utf8)
        let lines = said.split(separator: "\n")
        #expect(lines.count == 2 && lines.allSatisfy { $0.contains("The output cannot be written") }, "\(said)")
    }

    @Test(arguments: commands) func thereIsNoOutput(command: String) throws {
        let result = try run(command, redirection: "</dev/null >&-")
        #expect(result.status == "0" && result.errors.isEmpty, "\(result)")
    }

    /// Without standard output the first file opened would get its number, and progress lines would be written into it.
    @Test func trainingWithoutOutputWritesNothingIntoItsFiles() throws {
        let program = try Program()
        let script =
            """
            exec \"\(Program.executable)\" train \(program.book) --preset tiny --steps 12 --name closed --json <&- \
            >&- 2>errors
            """
        let environment = ProcessInfo.processInfo.environment.merging(program.environment.compactMapValues { $0 }) {
            $1
        }
        #expect(
            try Spawn.run(["/bin/sh", "-c", script], environment: environment, in: program.folder).ending == .status(0))
        try program.train("--steps", "12", "--name", "open")
        try expectSameTraining(try RunFiles(program, "closed"), try RunFiles(program, "open"))
    }

    @Test func trainingGoesOnWhenItsReaderLeaves() throws {
        let program = try Program()
        let script =
            "\"\(Program.executable)\" train \(program.book) --preset tiny --steps 60 --name piped --json | head -n 1"
        let environment = ProcessInfo.processInfo.environment.merging(program.environment.compactMapValues { $0 }) {
            $1
        }
        #expect(
            try Spawn.run(
                ["/bin/bash", "-c", "set -o pipefail; " + script], environment: environment, in: program.folder
            ).ending == .status(0))
        #expect(try RunFiles(program, "piped").lastStep == 60)
    }
}
