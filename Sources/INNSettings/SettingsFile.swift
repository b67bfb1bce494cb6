import Foundation
import INNKit

/// The user's settings: values for the long options of commands, those above the first table for every command that has
/// the option.
///
///     theme = "light"
///     [train]
///     preset = "base"
public struct SettingsFile: Sendable {
    /// One line of the file.
    public struct Setting: Equatable, Sendable {
        /// The table it stands in: a command; nil for all.
        public let command: String?
        /// A long option without its dashes.
        public let key: String
        /// What would be typed after the option; nothing for a flag that is on, several for an option that may be
        /// repeated.
        public let values: [String]
        /// A flag that is off: `false` in the file.
        public let isOff: Bool
        public let line: Int
    }

    /// Longer files are refused: a name that leads elsewhere, such as to a device, must not fill the memory.
    static let longest = 65_536

    public let path: String
    public let settings: [Setting]

    /// The file that counts: `$INN_CONFIG`, else `inn-tui/config.toml` in `$XDG_CONFIG_HOME` or `~/.config`.
    public static func path(_ environment: [String: String] = ProcessInfo.processInfo.environment) -> String {
        if let named = environment["INN_CONFIG"] { return named }
        let base =
            environment["XDG_CONFIG_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? (environment["HOME"] ?? "~")
            + "/.config"
        return base + "/inn-tui/config.toml"
    }

    /// - Returns: nil when there is no file, or `INN_CONFIG` is empty.
    /// - Throws: ``INNError`` with file and line when it cannot be read or is not what it should be.
    public static func read(
        _ environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws -> SettingsFile? {
        let path = path(environment)
        guard !path.isEmpty else { return nil }
        guard FileManager.default.fileExists(atPath: path) else {
            if environment["INN_CONFIG"] == nil { return nil }
            throw INNError(
                .noInput, "INN_CONFIG names \(path), which does not exist; name a settings file or unset the variable.")
        }
        guard let data = try? SmallFile.bytes(of: path, upTo: longest + 1) else {
            let advice = "name a regular file that you may read, or set INN_CONFIG= to do without it"
            throw INNError(.noInput, "\(path) cannot be read; \(advice).")
        }
        return try SettingsFile(Data(data), path: path)
    }

    /// - Throws: ``INNError`` with the line of what is wrong.
    public init(_ data: Data, path: String) throws {
        guard data.count <= Self.longest else {
            throw INNError(
                .configuration,
                """
                \(path) is longer than \(Self.longest / 1024) KiB, which no settings file is; name another or \
                shorten it.
                """
            )
        }
        guard let text = String(data: data, encoding: .utf8) else {
            throw INNError(.configuration, "\(path) is not UTF-8 text; save it as UTF-8.")
        }
        try self.init(text, path: path)
    }

    /// - Throws: ``INNError`` with the line of what is wrong.
    public init(_ text: String, path: String) throws {
        self.path = path
        do {
            settings = try SettingsParser.entries(text).map(Setting.init)
        } catch let mistake as SettingsParser.Mistake {
            throw INNError(.configuration, "\(path), line \(mistake.line): \(mistake.sentence)")
        }
    }
}

extension SettingsFile.Setting {
    fileprivate init(_ entry: SettingsParser.Entry) {
        self.init(
            command: entry.table, key: entry.key, values: entry.values.map(Self.typed),
            isOff: !entry.isList && entry.values == [.isOn(false)], line: entry.line)
    }

    /// What would be typed in place of a value.
    private static func typed(_ value: SettingsParser.Value) -> String {
        switch value {
        case .text(let text): text.hasPrefix("~/") ? NSString(string: text).expandingTildeInPath : text
        case .whole(let number): String(number)
        case .number(let number): String(number)
        case .isOn(let isOn): String(isOn)
        }
    }
}
