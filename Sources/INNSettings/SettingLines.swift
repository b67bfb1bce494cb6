import Foundation

/// Where the keys and tables of a settings file stand; the parser tells places of mistakes only.
struct SettingLines {
    private struct Place: Hashable {
        let table: String?
        let name: String
    }

    private var keys: [Place: Int] = [:]
    private var tables: [String: Int] = [:]

    init(_ text: String) {
        var table: String?
        for (index, raw) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = raw.trimmingCharacters(in: .whitespaces)
            if line.hasPrefix("[") {
                let name = line.dropFirst().prefix { $0 != "]" }.trimmingCharacters(in: .whitespaces)
                table = name
                tables[name] = index + 1
            } else if line.contains("=") {
                let name = line.prefix { $0 != "=" }.trimmingCharacters(in: CharacterSet(charactersIn: " \t\"'"))
                let place = Place(table: table, name: name)
                if keys[place] == nil { keys[place] = index + 1 }
            }
        }
    }

    /// The line of a key, 1…; that of its table, or the first, where the key itself is not found.
    func line(of key: String, in command: String?) -> Int {
        if let line = keys[Place(table: command, name: key)] { return line }
        guard let command else { return 1 }
        return keys[Place(table: nil, name: command + "." + key)] ?? keys[Place(table: nil, name: command)] ?? tables[
            command] ?? 1
    }
}
