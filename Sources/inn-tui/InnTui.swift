import ArgumentParser
import Foundation
import INNKit
import INNLab
import INNScreens
import INNSettings
import INNTerminal

/// The root of the command line.
struct InnTui: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inn-tui",
        abstract: "Train Intelligent Neural Networks on text and watch their neurons in the terminal.",
        discussion: """
            Start with:
              inn-tui tour                          two minutes with a trained network, Enter by Enter
              inn-tui train text8                   train and watch; q saves and leaves
              inn-tui train sample --preset tiny    the same on the built-in text, with a small network
              inn-tui explore                       step through text with a trained network and switch neurons off
              inn-tui runs                          what was trained so far
            """,
        version: programVersion,
        subcommands: [
            TourCommand.self, TrainCommand.self, ExploreCommand.self, AttachCommand.self, GenerateCommand.self,
            EvalCommand.self,
            AblateCommand.self, AnalyzeCommand.self,
            ComputeCommand.self, CompareCommand.self, ReproduceCommand.self,
            RunsCommand.self, SnapshotCommand.self, ExportCommand.self, ImportCommand.self, GraftCommand.self,
            ModelCommand.self, DataCommand.self, BenchCommand.self, DoctorCommand.self,
        ])
}

@main
enum Main {
    static func main() {
        ProcessSignals.prepare()
        StandardDescriptors.fillGaps()
        ProcessMemory.returnLargeBlocks()
        var settings: (file: String, used: [SettingsFile.Setting])?
        do {
            if let name = ProcessInfo.processInfo.environment["INN_SIMD"] { try InstructionSet.select(name) }
            var typed = Array(CommandLine.arguments.dropFirst())
            if typed.isEmpty, isatty(STDIN_FILENO) != 0, isatty(STDOUT_FILENO) != 0 {
                guard let chosen = try chooseCommand() else { return }
                typed = chosen
            }
            var arguments = typed
            if needsSettings(typed), let file = try SettingsFile.read() {
                let merged = try SettingsMerge(file).arguments(typed)
                arguments = merged.arguments
                settings = (file.path, merged.used)
            }
            do {
                var command = try InnTui.parseAsRoot(arguments)
                try command.run()
            } catch  where !(error is INNError) && InnTui.exitCode(for: error) != .failure {
                try show(error)
            }
            try StandardOutput.finish()
        } catch let error as INNError where error.systemCode == EPIPE {
            // Whoever read the output has enough.
            exit(0)
        } catch let error as INNError {
            StandardError.print("inn-tui: \(error.message)")
            // What the user did not type is easily forgotten.
            if error.kind == .usage, let settings, !settings.used.isEmpty {
                StandardError.print(
                    """
                    inn-tui: \(settings.file) sets \
                    \(settings.used.map { "\($0.key) (line \($0.line))" }.joined(separator: ", ")).
                    """
                )
            }
            exit(error.kind.exitCode)
        } catch {
            // Nothing that the argument parser or this program raises on purpose.
            StandardError.print("inn-tui: Something unexpected went wrong (\(error)); this is a bug, please report it.")
            exit(INNError.Kind.software.exitCode)
        }
    }

    /// Asks on the terminal what to do.
    ///
    /// - Returns: the command line, without the program's name; nil where the user leaves, and `--help` where no screen
    ///   can be drawn.
    private static func chooseCommand() throws -> [String]? {
        let runs = try RunSummary.all(in: RunsOptions.parse([]).url)
        guard let driver = try? TerminalDriver() else { return ["--help"] }
        defer { driver.close() }
        return driver.choose(from: StartMenu(runs: runs))
    }

    /// What the argument parser has to say: help, the version, or what is wrong with the arguments, which ends the
    /// program.
    private static func show(_ error: any Error) throws {
        let message = InnTui.fullMessage(for: error)
        let code = InnTui.exitCode(for: error)
        guard code.isSuccess else {
            if !message.isEmpty { StandardError.print(message) }
            exit(code.rawValue)
        }
        if !message.isEmpty { try StandardOutput.print(message) }
    }
}

/// Whether a command line runs a command that settings apply to: `doctor` judges the file by itself, and help must work
/// whatever it holds.
private func needsSettings(_ typed: [String]) -> Bool {
    typed.first != "doctor" && typed.first?.hasPrefix("-") == false
        && !typed.contains { ["--help", "-h", "--version", "--help-hidden"].contains($0) }
}

extension CommandLineOptions {
    /// What the commands of this program take.
    static let program = CommandLineOptions(describedBy: InnTui._dumpHelp())
}

extension SettingsMerge {
    init(_ file: SettingsFile) { self.init(file, .program) { _ = try InnTui.parseAsRoot($0) } }
}
