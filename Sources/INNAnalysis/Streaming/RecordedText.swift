import INNCore

/// The characters of an ``ActivityRecord``, in the order in which they were read.
package struct RecordedText: Sendable {
    package let classes: SymbolClasses
    /// The different runs of four characters.
    package private(set) var contexts: ContextTable
    /// By character: its context, what follows, whether rules are scored there and whether it belongs to a word for a
    /// digit.
    package private(set) var slots: [Int32] = [], next: [Int32] = []
    package private(set) var isScored: [Bool] = [], isDigitWord: [Bool] = []
    private var last: [(Int32, Int32, Int32)]
    /// The word that each stream is in, with the places of those of its letters that are kept.
    private var words: [(letters: [UInt8], places: [Int])]

    init(_ classes: SymbolClasses, streams: Int) {
        self.classes = classes
        contexts = ContextTable(units: 1, symbols: classes.names.count, nulls: 0)
        last = [(Int32, Int32, Int32)](repeating: (-1, -1, -1), count: streams)
        words = [([UInt8], [Int])](repeating: ([], []), count: streams)
    }

    package var count: Int { slots.count }

    mutating func add(_ window: ActivityWindow, from position: Int, scoredFrom half: Int, isKept: Bool) {
        for stream in 0..<window.streams {
            for step in 0..<window.steps {
                let row = stream * window.steps + step
                let id = window.ids[row]
                let (a, b, c) = last[stream]
                last[stream] = (b, c, id)
                if isKept {
                    slots.append(contexts.slot((a, b, c, id)))
                    next.append(window.next[row])
                    isScored.append(position + step >= half)
                    isDigitWord.append(false)
                }
                readWord(stream, id, place: isKept ? slots.count - 1 : nil)
            }
        }
    }

    private mutating func readWord(_ stream: Int, _ id: Int32, place: Int?) {
        guard classes.isLetter[Int(id)] else { return endWord(stream) }
        guard words[stream].letters.count <= DigitWords.longest else { return }
        words[stream].letters.append(classes.lowercase[Int(id)])
        if let place { words[stream].places.append(place) }
    }

    private mutating func endWord(_ stream: Int) {
        if DigitWords.words.contains(words[stream].letters) {
            for place in words[stream].places { isDigitWord[place] = true }
        }
        words[stream] = ([], [])
    }

    /// Ends the last word of every stream.
    mutating func finish() {
        for stream in words.indices { endWord(stream) }
    }

    /// The contexts that end with each symbol.
    func contextsByPresent() -> [[Int]] {
        var found = [[Int]](repeating: [], count: classes.names.count)
        for slot in 0..<contexts.count {
            found[Int(contexts.elements[(slot + 1) * ContextTable.depth - 1])].append(slot)
        }
        return found
    }

    /// The character at a place, and the one before it; −1 at the beginning of a stream.
    package func symbols(_ place: Int) -> (previous: Int, present: Int) {
        let start = Int(slots[place]) * ContextTable.depth
        return (Int(contexts.elements[start + 2]), Int(contexts.elements[start + 3]))
    }
}
