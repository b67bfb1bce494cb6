import Foundation
import INNKit

/// Puts settings of the file into a command line, behind what was typed and behind the environment.
package struct SettingsMerge {
    private let file: SettingsFile
    private let options: CommandLineOptions
    /// Throws for a command line that the program does not take.
    private let parse: ([String]) throws -> Void

    /// Of these only one can be given; one that was typed rules out the others' settings.
    private static let alternatives = [["minutes", "steps", "epochs", "resume"]]
    /// Variables that rule out the setting of an option.
    private static let variables = ["data-dir": "INN_DATA_DIR", "colors": "NO_COLOR"]

    /// - Parameters:
    ///   - options: what the commands take.
    ///   - parse: throws for a command line that the program does not take.
    package init(_ file: SettingsFile, _ options: CommandLineOptions, parse: @escaping ([String]) throws -> Void) {
        (self.file, self.options, self.parse) = (file, options, parse)
    }

    /// The command line with every setting that applies to its command.
    ///
    /// - Throws: ``INNError`` with file, line, key and what is allowed for a setting that cannot be.
    package func arguments(
        _ typed: [String], environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws -> (arguments: [String], used: [SettingsFile.Setting]) {
        guard let place = typed.firstIndex(where: { !$0.hasPrefix("-") }), options.names.contains(typed[place]) else {
            return (typed, [])
        }
        let command = typed[place]
        let rest = typed[(place + 1)...]
        func isTyped(_ key: String) -> Bool { rest.contains { $0 == "--" + key || $0.hasPrefix("--\(key)=") } }
        var added: [String] = []
        var used: [SettingsFile.Setting] = []
        for setting in file.settings { try check(setting, of: setting.command) }
        for setting in file.settings where setting.command ?? command == command {
            guard let option = options.option(setting.key, of: command) else { continue }
            try tryOut(setting, option, of: command)
            let isOverridden = file.settings.contains {
                $0.key == setting.key && $0.command == command && setting.command == nil
            }
            let excluding =
                Self.alternatives.first { $0.contains(setting.key) } ?? [
                    setting.key, options.opposite(of: setting.key, in: command) ?? setting.key,
                ]
            let variable = Self.variables[setting.key].flatMap { environment[$0] } ?? ""
            guard !isOverridden, !excluding.contains(where: isTyped), variable.isEmpty else { continue }
            let words = words(setting, option, of: command)
            guard !words.isEmpty else { continue }
            added += words
            used.append(setting)
        }
        return (Array(typed[...place]) + added + rest, used)
    }

    /// Checks every line of the file.
    package func checkAll() throws {
        for setting in file.settings {
            try check(setting, of: setting.command)
            let commands =
                setting.command.map { [$0] } ?? options.names.filter { options.option(setting.key, of: $0) != nil }
            for command in commands {
                if let option = options.option(setting.key, of: command) { try tryOut(setting, option, of: command) }
            }
        }
    }

    /// What would be typed; nothing for a flag that is off anyway.
    private func words(
        _ setting: SettingsFile.Setting, _ option: CommandLineOptions.Option, of command: String
    ) -> [String] {
        guard option.kind == "flag" else { return setting.values.map { "--\(setting.key)=\($0)" } }
        let name = setting.isOff ? options.opposite(of: setting.key, in: command) : setting.key
        return name.map { ["--" + $0] } ?? []
    }

    private func problem(_ setting: SettingsFile.Setting, _ text: String) -> INNError {
        INNError(.configuration, "\(file.path), line \(setting.line): \(text)")
    }

    /// Whether command and key exist.
    private func check(_ setting: SettingsFile.Setting, of command: String?) throws {
        if let command, !options.names.contains(command) {
            throw problem(
                setting, "there is no command “\(command.shortened)”; tables are named \(Self.list(options.names)).")
        }
        let allowed = options.settable(command)
        guard !allowed.contains(setting.key) else { return }
        let near = allowed.filter { Self.distance($0, setting.key) <= 2 || $0.hasPrefix(setting.key) }
        let owner = command ?? "any command"
        throw problem(
            setting,
            "\(owner) has no option “\(setting.key.shortened)”; "
                + (near.isEmpty ? "allowed are \(Self.list(allowed))." : "did you mean \(Self.list(near))?"))
    }

    /// Whether the command takes the value.
    private func tryOut(_ setting: SettingsFile.Setting, _ option: CommandLineOptions.Option, of command: String) throws
    {
        if option.kind == "flag" {
            guard setting.values == ["true"] || setting.isOff else {
                throw problem(setting, "\(setting.key) must be true or false.")
            }
            return
        }
        guard setting.values.count == 1 || option.isRepeating else {
            throw problem(setting, "\(setting.key) takes one value, not \(setting.values.count).")
        }
        do {
            try parse([command] + options.required(command) + words(setting, option, of: command))
        } catch {
            let values = setting.values.joined(separator: ", ").shortened
            if let allowed = option.allValues, !allowed.isEmpty {
                throw problem(setting, "\(setting.key) is “\(values)”, but must be \(Self.list(allowed, last: "or")).")
            }
            throw problem(
                setting,
                """
                \(setting.key) is “\(values)”, which \(command) does not take; inn-tui \(command) --help says what \
                it takes.
                """
            )
        }
    }

    private static func list(_ words: [String], last: String = "and") -> String {
        words.count < 2
            ? words.joined() : words.dropLast().joined(separator: ", ") + " \(last) " + words[words.count - 1]
    }

    /// Letters to insert, delete or replace until one word is the other.
    private static func distance(_ a: String, _ b: String) -> Int {
        let a = Array(a)
        let b = Array(b)
        var row = Array(0...b.count)
        for i in a.indices {
            var diagonal = row[0]
            row[0] = i + 1
            for j in b.indices {
                (diagonal, row[j + 1]) = (
                    row[j + 1], min(diagonal + (a[i] == b[j] ? 0 : 1), row[j] + 1, row[j + 1] + 1)
                )
            }
        }
        return row[b.count]
    }
}
