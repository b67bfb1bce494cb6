/// A line of text with a cursor, edited as in a shell.
struct TextField: Equatable, Sendable {
    private(set) var characters: [Character]
    /// Place between two characters, 0…count.
    private(set) var cursor: Int

    init(_ text: String = "") {
        characters = Array(text)
        cursor = characters.count
    }

    var text: String { String(characters) }
    var isEmpty: Bool { characters.isEmpty }

    mutating func insert(_ character: Character) {
        characters.insert(character, at: cursor)
        cursor += 1
    }

    /// Deletes the characters between the cursor and a place, and goes there.
    private mutating func delete(to place: Int) {
        let range = min(place, cursor)..<max(place, cursor)
        characters.removeSubrange(range)
        cursor = range.lowerBound
    }

    mutating func deleteBack() { delete(to: max(0, cursor - 1)) }
    mutating func deleteForward() { delete(to: min(characters.count, cursor + 1)) }
    mutating func deleteWord() { delete(to: wordStart) }
    mutating func deleteToStart() { delete(to: 0) }
    mutating func deleteToEnd() { delete(to: characters.count) }

    mutating func move(_ delta: Int) { cursor = max(0, min(characters.count, cursor + delta)) }
    mutating func moveToStart() { cursor = 0 }
    mutating func moveToEnd() { cursor = characters.count }

    /// Start of the word before the cursor.
    private var wordStart: Int {
        var place = cursor
        while place > 0, characters[place - 1] == " " { place -= 1 }
        while place > 0, characters[place - 1] != " " { place -= 1 }
        return place
    }

    /// The part that fits into `width` columns, moved so that the cursor stays in view, and the cursor's column in it.
    func window(_ width: Int) -> (text: String, cursor: Int) {
        guard width > 0 else { return ("", 0) }
        let start = max(0, cursor - width + 1)
        return (String(characters[start..<min(characters.count, start + width)]), cursor - start)
    }
}
