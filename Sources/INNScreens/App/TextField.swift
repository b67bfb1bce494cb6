/// A line of text with a cursor, edited as in a shell.
///
/// Typing takes the same time however long the line is, also in its middle: where the terminal does not mark it, a text
/// that is pasted comes key by key.
struct TextField: Equatable, Sendable {
    private(set) var before: [Character]
    /// The characters behind the cursor, the last one first.
    private var behind: [Character] = []
    /// Whether it is a suggestion, marked as a whole: typing replaces it, erasing erases it, and moving the cursor
    /// takes it to be edited.
    private(set) var isMarked: Bool

    init(_ text: String = "", isMarked: Bool = false) {
        before = Array(text)
        self.isMarked = isMarked && !text.isEmpty
    }

    var text: String { String(before) + String(behind.reversed()) }
    var isEmpty: Bool { count == 0 }
    var count: Int { before.count + behind.count }
    /// Place between two characters, 0…count.
    var cursor: Int { before.count }
    /// The character that was typed last at the end of the line.
    var last: Character? { behind.isEmpty ? before.last : nil }

    mutating func insert(_ character: Character) {
        _ = eraseMarked()
        before.append(character)
    }
    mutating func insert(_ text: String) {
        _ = eraseMarked()
        before += text
    }

    mutating func deleteBack() { if !eraseMarked() { _ = before.popLast() } }
    mutating func deleteForward() { if !eraseMarked() { _ = behind.popLast() } }
    mutating func deleteWord() { if !eraseMarked() { before.removeLast(before.count - wordStart) } }
    mutating func deleteToStart() { if !eraseMarked() { before.removeAll() } }
    mutating func deleteToEnd() { if !eraseMarked() { behind.removeAll() } }

    /// - Returns: whether there was something marked.
    private mutating func eraseMarked() -> Bool {
        guard isMarked else { return false }
        isMarked = false
        before.removeAll()
        behind.removeAll()
        return true
    }

    mutating func move(_ delta: Int) {
        isMarked = false
        for _ in 0..<abs(delta) {
            if delta < 0, let character = before.popLast() { behind.append(character) }
            if delta > 0, let character = behind.popLast() { before.append(character) }
        }
    }

    mutating func moveToStart() { move(-before.count) }
    mutating func moveToEnd() { move(behind.count) }

    /// Start of the word before the cursor.
    private var wordStart: Int {
        var place = cursor
        while place > 0, before[place - 1] == " " { place -= 1 }
        while place > 0, before[place - 1] != " " { place -= 1 }
        return place
    }

    /// The part that fits into `width` columns, moved so that the cursor stays in view, and the cursor's column in it.
    func window(_ width: Int) -> (text: String, cursor: Int) {
        guard width > 0 else { return ("", 0) }
        let shown = before.suffix(width - 1)
        return (String(shown) + String(behind.suffix(width - shown.count).reversed()), shown.count)
    }
}
