import ArgumentParser
import Foundation
import INNKit
import INNLab
import INNSettings
import INNTerminal

struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Check what this machine offers: processor, BLAS, GPU, terminal, text, disk.")

    @OptionGroup var runs: RunsOptions
    @OptionGroup var data: DataOptions

    private enum Verdict: String {
        case good = "ok  "
        case warning = "warn"
    }

    func run() throws {
        let environment = ProcessInfo.processInfo.environment
        try row(.good, "program", "inn-tui \(programVersion)")
        try row(
            .good, "processor",
            """
            \(ThreadTeam.coreCount) cores, kernels \(InstructionSet.current) (available: \
            \(InstructionSet.available.joined(separator: ", ")))
            """
        )
        _ = ThreadTeam()
        try row(.good, "BLAS", LinearAlgebra.libraryDescription)
        try row(.good, "device", DeviceChoice.summary)
        try row(.good, "MPI", MPIPlugIn.summary)
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
        let isUTF8 = locale.map { $0.uppercased().contains("UTF-8") || $0.uppercased().contains("UTF8") } ?? false
        try row(
            isUTF8 ? .good : .warning, "locale",
            isUTF8 ? locale! : "\(locale ?? "none"), not UTF-8: set LANG=C.UTF-8 for the fine glyphs")
        try checkSettings()
        try checkTerminal(environment)
        for (name, check) in [
            ("text8", MachineCheck.text8(dataDirectory: data.dataDir)), ("runs", MachineCheck.disk(runs: runs.url)),
        ] {
            try row(check.isGood ? .good : .warning, name, check.text)
        }
    }

    private func row(_ verdict: Verdict, _ name: String, _ text: String) throws {
        try StandardOutput.print(
            "\(verdict.rawValue)  \(name.padding(toLength: 10, withPad: " ", startingAt: 0)) \(text)")
    }

    private func checkTerminal(_ environment: [String: String]) throws {
        guard isatty(STDOUT_FILENO) != 0, isatty(STDIN_FILENO) != 0 else {
            try row(.warning, "terminal", "none here: train prints progress lines instead of screens")
            return
        }
        let driver: TerminalDriver
        do {
            driver = try TerminalDriver()
        } catch {
            return try row(.warning, "terminal", error.message)
        }
        let size = driver.size
        let looks = driver.capabilities
        driver.close()
        let isLarge = size.width >= 80 && size.height >= 24
        try row(
            isLarge ? .good : .warning, "terminal",
            """
            \(environment["TERM"] ?? "?"), \(size.width) × \(size.height), colours \(looks.colors.rawValue), \
            glyphs \(looks.glyphs.rawValue)\(isLarge ? "" : "; 80 × 24 or more shows more")
            """
        )
    }

    private func checkSettings() throws {
        let (verdict, text) = settings()
        try row(verdict, "settings", text)
    }

    private func settings() -> (Verdict, String) {
        do {
            guard let file = try SettingsFile.read() else {
                let path = SettingsFile.path()
                return (.good, path.isEmpty ? "none: INN_CONFIG is empty" : "none; \(path) would be read")
            }
            try SettingsMerge(file).checkAll()
            let keys = file.settings.map { ($0.command.map { "\($0)." } ?? "") + $0.key }
            return (.good, "\(file.path): \(keys.isEmpty ? "nothing set" : keys.joined(separator: ", "))")
        } catch {
            return (.warning, (error as? INNError)?.message ?? "\(error)")
        }
    }
}
