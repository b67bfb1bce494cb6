import Foundation
import INNKit
import TOMLKit

/// The user's settings: values for the long options of commands, those above the first table for every command that has the option.
///
///     theme = "light"
///     [train]
///     preset = "base"
struct SettingsFile {
    /// One line of the file.
    struct Setting: Equatable {
        /// The table it stands in: a command; nil for all.
        let command: String?
        /// A long option without its dashes.
        let key: String
        /// What would be typed after the option; nothing for a flag that is on, several for an option that may be repeated.
        let values: [String]
        /// A flag that is off: `false` in the file.
        let isOff: Bool
        let line: Int
    }

    let path: String
    let settings: [Setting]

    /// The file that counts: `$INN_CONFIG`, else `inn-tui/config.toml` in `$XDG_CONFIG_HOME` or `~/.config`.
    static func path(_ environment: [String: String] = ProcessInfo.processInfo.environment) -> String {
        if let named = environment["INN_CONFIG"] { return named }
        let base = environment["XDG_CONFIG_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? (environment["HOME"] ?? "~") + "/.config"
        return base + "/inn-tui/config.toml"
    }

    /// - Returns: nil when there is no file, or `INN_CONFIG` is empty.
    /// - Throws: ``INNError`` with file and line when it cannot be read or is not what it should be.
    static func read(_ environment: [String: String] = ProcessInfo.processInfo.environment) throws -> SettingsFile? {
        let path = path(environment)
        guard !path.isEmpty else { return nil }
        guard FileManager.default.fileExists(atPath: path) else {
            if environment["INN_CONFIG"] == nil { return nil }
            throw INNError(.noInput, "INN_CONFIG names \(path), which does not exist; name a settings file or unset the variable.")
        }
        guard let data = FileManager.default.contents(atPath: path) else { throw INNError(.noInput, "\(path) cannot be read; make it readable or set INN_CONFIG= to do without it.") }
        guard let text = String(data: data, encoding: .utf8) else { throw INNError(.configuration, "\(path) is not UTF-8 text; save it as UTF-8.") }
        return try SettingsFile(text, path: path)
    }

    init(_ text: String, path: String) throws {
        self.path = path
        let table: TOMLTable
        do {
            table = try TOMLTable(string: text)
        } catch let error as TOMLParseError {
            throw INNError(.configuration, "\(path), line \(error.source.begin.line): \(error.description.prefix { $0 != "\n" }); write it as TOML, such as theme = \"light\".")
        }
        var found: [Setting] = []
        for (key, value) in table {
            if let section = value.table {
                for (name, value) in section { found.append(try Self.setting(name, value, in: key, text, path)) }
            } else {
                found.append(try Self.setting(key, value, in: nil, text, path))
            }
        }
        settings = found.sorted { $0.line < $1.line }
    }

    private static func setting(_ key: String, _ value: any TOMLValueConvertible, in command: String?, _ text: String, _ path: String) throws -> Setting {
        let line = line(of: key, in: command, text)
        func typed(_ value: any TOMLValueConvertible) throws -> String {
            if let text = value.string { return text.hasPrefix("~/") ? NSString(string: text).expandingTildeInPath : text }
            if let number = value.int { return String(number) }
            if let number = value.double { return String(number) }
            if let isOn = value.bool { return String(isOn) }
            throw INNError(.configuration, "\(path), line \(line): \(key) is neither text, a number, true or false, nor a list of these.")
        }
        if let list = value.array { return Setting(command: command, key: key, values: try list.map(typed), isOff: false, line: line) }
        return Setting(command: command, key: key, values: [try typed(value)], isOff: value.bool == false, line: line)
    }

    /// The line on which a key of a table stands, 1…; the parser tells places of mistakes only.
    private static func line(of key: String, in command: String?, _ text: String) -> Int {
        var table: String?, tableLine = 1
        for (index, raw) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = raw.trimmingCharacters(in: .whitespaces)
            if line.hasPrefix("[") {
                table = line.dropFirst().prefix { $0 != "]" }.trimmingCharacters(in: .whitespaces)
                if table == command { tableLine = index + 1 }
                continue
            }
            let name = line.prefix { $0 != "=" }.trimmingCharacters(in: CharacterSet(charactersIn: " \t\"'"))
            if line.contains("="), table == command && name == key || table == nil && command.map({ name == $0 + "." + key || name == $0 }) ?? false { return index + 1 }
        }
        return tableLine
    }
}
