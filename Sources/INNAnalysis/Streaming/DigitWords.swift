import INNCore

/// Counts firing inside the words zero to nine, which is how text8 writes digits.
///
/// Whether a letter belongs to such a word is known only at the word's end, so the firing of at most five letters
/// waits.
package struct DigitWords {
    package private(set) var members = 0
    /// Members at which each unit fired.
    private(set) var fired: [Int]
    private let units: Int
    private let classes: SymbolClasses
    private var waiting: [Word]

    private struct Word {
        var letters: [UInt8] = []
        var flags: [UInt8] = []
        var isTooLong = false
    }

    static let words: Set<[UInt8]> = Set(
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"].map { Array($0.utf8) })
    static let longest = 5

    init(units: Int, streams: Int, classes: SymbolClasses) {
        self.units = units
        self.classes = classes
        fired = [Int](repeating: 0, count: units)
        waiting = [Word](repeating: Word(), count: streams)
    }

    package mutating func add(stream: Int, symbol: Int32, flags: UnsafePointer<UInt8>) {
        guard classes.isLetter[Int(symbol)] else { return endWord(stream) }
        guard waiting[stream].letters.count < Self.longest else {
            waiting[stream].isTooLong = true
            return
        }
        waiting[stream].letters.append(classes.lowercase[Int(symbol)])
        waiting[stream].flags += UnsafeBufferPointer(start: flags, count: units)
    }

    /// Ends the word that a stream is in.
    mutating func endWord(_ stream: Int) {
        let word = waiting[stream]
        if !word.isTooLong, Self.words.contains(word.letters) {
            word.flags.withUnsafeBufferPointer { flags in
                for letter in word.letters.indices { count(flags.baseAddress! + letter * units) }
            }
        }
        waiting[stream].letters.removeAll(keepingCapacity: true)
        waiting[stream].flags.removeAll(keepingCapacity: true)
        waiting[stream].isTooLong = false
    }

    private mutating func count(_ flags: UnsafePointer<UInt8>) {
        members += 1
        for unit in 0..<units { fired[unit] += Int(flags[unit]) }
    }
}
