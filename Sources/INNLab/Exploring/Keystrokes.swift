import INNKit
import INNScreens

/// Keys written as text: characters stand for themselves, names in angle brackets for the others.
package enum Keystrokes {
    private static let names: [String: Key] = [
        "up": .up, "down": .down, "left": .left, "right": .right, "pageup": .pageUp, "pagedown": .pageDown,
        "home": .home, "end": .end,
        "enter": .enter, "esc": .escape, "tab": .tab, "backtab": .backTab, "backspace": .backspace, "delete": .delete,
        "space": .character(" "),
        "lt": .character("<"), "gt": .character(">"),
    ]

    /// - Throws: ``INNError`` of kind `usage` for a name that is no key.
    package static func parse(_ text: String) throws -> [Key] {
        var keys: [Key] = []
        var rest = Substring(text)
        while let first = rest.first {
            guard first == "<", let end = rest.firstIndex(of: ">") else {
                keys.append(.character(first))
                rest = rest.dropFirst()
                continue
            }
            let name = rest[rest.index(after: rest.startIndex)..<end].lowercased()
            if let key = names[name] {
                keys.append(key)
            } else if name.hasPrefix("ctrl-"), name.count == 6, let letter = name.last {
                keys.append(.control(letter))
            } else {
                throw INNError(
                    .usage,
                    """
                    <\(name)> is no key; the names are \(names.keys.sorted().joined(separator: ", ")) and ctrl-a \
                    to ctrl-z.
                    """
                )
            }
            rest = rest[rest.index(after: end)...]
        }
        return keys
    }
}
