import ArgumentParser
import Foundation
import INNKit

/// The version that `--version` prints and that runs record.
let programVersion = "0.1.0"

/// The root of the command line.
struct InnTui: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inn-tui",
        abstract: "Train Intelligent Neural Networks on text and watch their neurons in the terminal.",
        discussion: """
            Start with:
              inn-tui train text8                   train and watch; q saves and leaves
              inn-tui train sample --preset tiny    the same on the built-in text, with a small network
              inn-tui explore                       step through text with a trained network and switch neurons off
              inn-tui runs                          what was trained so far
            """,
        version: programVersion,
        subcommands: [
            TrainCommand.self, ExploreCommand.self, AttachCommand.self, GenerateCommand.self, EvalCommand.self, AblateCommand.self, CompareCommand.self,
            RunsCommand.self, SnapshotCommand.self, ExportCommand.self, ImportCommand.self, ModelCommand.self, DataCommand.self, BenchCommand.self, DoctorCommand.self,
        ])
}

@main
enum Main {
    static func main() {
        // A closed pipe is reported by the write that fails, not by killing a training in progress.
        signal(SIGPIPE, SIG_IGN)
        StandardDescriptors.fillGaps()
        do {
            if let name = ProcessInfo.processInfo.environment["INN_SIMD"] { try InstructionSet.select(name) }
            var command = try InnTui.parseAsRoot()
            try command.run()
            try PipeOutput.finish()
        } catch let error as INNError {
            StandardError.print("inn-tui: \(error.message)")
            exit(error.kind.exitCode)
        } catch where InnTui.exitCode(for: error) == .failure {
            // Nothing that the argument parser or this program raises on purpose.
            StandardError.print("inn-tui: Something unexpected went wrong (\(error)); this is a bug, please report it.")
            exit(INNError.Kind.software.exitCode)
        } catch {
            InnTui.exit(withError: error)
        }
    }
}

/// Lines for people that must not mix with output meant for programs. A terminal that is gone loses them and ends nothing.
enum StandardError {
    static func print(_ line: String) {
        let plain = line.split(separator: "\n", omittingEmptySubsequences: false).map { String($0).printable }.joined(separator: "\n")
        try? FileHandle.standardError.write(contentsOf: Data((plain + "\n").utf8))
    }
}
