import INNKit
import INNScreens

/// Keys written as text: characters stand for themselves, names in angle brackets for the others.
package enum Keystrokes {
    private static let names: [String: Key] = [
        "up": .up, "down": .down, "left": .left, "right": .right, "pageup": .pageUp, "pagedown": .pageDown,
        "home": .home, "end": .end,
        "enter": .enter, "esc": .escape, "tab": .tab, "backtab": .backTab, "backspace": .backspace, "delete": .delete,
        "f1": .f1, "space": .character(" "),
        "lt": .character("<"), "gt": .character(">"),
    ]
    /// What they are called elsewhere: on the screens and in the list of keys, and on keyboards.
    private static let otherNames: [String: Key] = {
        let typed = Dictionary(
            names.values.map { ($0.text.lowercased(), $0) }, uniquingKeysWith: { first, _ in first })
        return typed.merging(
            ["escape": .escape, "return": .enter, "del": .delete, "bs": .backspace, "shift-tab": .backTab]
        ) { first, _ in first }
    }()

    private static func key(named name: Substring) -> Key? {
        if name.count == 1, let character = name.first { return otherNames[String(name)] ?? .character(character) }
        let plain = name.lowercased()
        if let key = names[plain] ?? otherNames[plain] { return key }
        guard plain.hasPrefix("ctrl-"), plain.count == 6, let letter = plain.last, ("a"..."z").contains(letter) else {
            return nil
        }
        return .control(letter)
    }

    /// - Throws: ``INNError`` of kind `usage` for a name that is no key.
    package static func parse(_ text: String) throws -> [Key] {
        var keys: [Key] = []
        var rest = Substring(text)
        while let first = rest.first {
            // Of <>> the name is the second sign.
            let inside = rest.dropFirst()
            guard first == "<", let end = inside.dropFirst().firstIndex(of: ">") else {
                keys.append(.character(first))
                rest = inside
                continue
            }
            let name = inside[..<end]
            guard let key = key(named: name) else {
                throw INNError(
                    .usage,
                    """
                    <\(name)> is no key; the names are \(names.keys.sorted().joined(separator: ", ")) and ctrl-a \
                    to ctrl-z.
                    """
                )
            }
            keys.append(key)
            rest = rest[rest.index(after: end)...]
        }
        return keys
    }
}
