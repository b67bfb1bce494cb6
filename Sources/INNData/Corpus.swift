import INNCore
import Synchronization

/// A text to train on: immutable bytes, one per character, with an alphabet and splits.
///
/// The bytes are those of the file when it was opened, whatever becomes of it; ids are looked up when they are read, so
/// a character costs one byte. Made by ``CorpusResolver``, or from text in memory.
public final class Corpus: Sendable {
    /// A corpus has at least this many characters, so that every split holds a few.
    public static let minimumCount = 100

    /// Short name, for example `text8`, `sample` or the file name.
    public let name: String
    /// One phrase for people, for example `text8 (prefix, 6,500,000 characters)`.
    public let summary: String
    public let alphabet: Alphabet
    /// Whether it is the first part of a longer standard corpus.
    public let isPrefix: Bool
    /// What the user should be told before training on it, such as a fall-back; nil when there is nothing to say.
    public let notice: String?
    /// The file that the user named or that was found; nil for generated text.
    public let sourcePath: String?
    /// What the alphabet does not hold of the text; nil where it was not measured.
    public let loss: AlphabetLoss?
    public let splits: CorpusSplits
    private let storage: ByteStorage
    private let idTable: [Int32]
    /// ``fingerprint``, once it was asked for.
    package let known = Mutex<String?>(nil)

    /// Number of characters.
    public var count: Int { storage.count }

    /// A corpus over bytes that are in the form of its alphabet.
    ///
    /// - Throws: ``INNError`` of kind `data` when it has fewer than ``minimumCount`` characters.
    package init(
        name: String, storage: ByteStorage, alphabet: Alphabet,
        isPrefix: Bool = false, notice: String? = nil, sourcePath: String? = nil, loss: AlphabetLoss? = nil
    ) throws {
        let unit = alphabet.unit.name
        guard storage.count >= Self.minimumCount else {
            let amount = "\(storage.count) \(unit)\(storage.count == 1 ? "" : "s")"
            let hint =
                alphabet == .text8 ? " letters and spaces; for a script other than a–z use --alphabet unicode" : ""
            throw INNError(
                .data,
                """
                \(sourcePath ?? name) holds only \(amount) to learn from: a corpus needs at least \
                \(Self.minimumCount)\(hint).
                """
            )
        }
        self.name = name
        self.storage = storage
        self.alphabet = alphabet
        self.isPrefix = isPrefix
        self.notice = notice
        self.sourcePath = sourcePath
        self.loss = loss
        splits = CorpusSplits(count: storage.count)
        idTable = alphabet.idTable
        let lost = loss.flatMap { $0.dropped > 0 || alphabet.isOwn ? ", \($0.percentage) dropped" : nil } ?? ""
        summary = "\(name) (\(isPrefix ? "prefix, " : "")\(grouped(storage.count)) \(unit)s\(lost))"
    }

    /// A corpus from a text in memory, normalised to the alphabet.
    ///
    /// - Throws: ``INNError`` of kind `data` when fewer than ``minimumCount`` characters remain.
    public convenience init(name: String, text: String, alphabet: Alphabet = .text8) throws {
        let bytes =
            switch alphabet {
            case .text8: Text8Normaliser.normalise(text)
            case .bytes: Array(text.utf8)
            case .unicode(let table): table.ids(of: text).map(UInt8.init)
            }
        try self.init(name: name, storage: ByteStorage(copying: bytes), alphabet: alphabet)
    }

    /// The id of the character at a position in `0..<count`.
    public subscript(position: Int) -> Int32 {
        precondition(position >= 0 && position < count, "position \(position) is outside the corpus")
        return idTable[Int(storage.bytes[position])]
    }

    /// Writes the ids of `destination.count` characters from `start` on.
    public func copyIDs(from start: Int, into destination: UnsafeMutableBufferPointer<Int32>) {
        precondition(
            start >= 0 && start + destination.count <= count,
            "\(destination.count) characters from \(start) leave the corpus")
        let source = UnsafeRawBufferPointer(rebasing: storage.bytes[start..<(start + destination.count)])
        idTable.withUnsafeBufferPointer { table in
            for index in 0..<destination.count {
                destination[index] = table[Int(source[index])]
            }
        }
    }

    /// The ids of a range of characters.
    public func ids(in range: Range<Int>) -> [Int32] {
        [Int32](unsafeUninitializedCapacity: range.count) { buffer, initialised in
            copyIDs(from: range.lowerBound, into: UnsafeMutableBufferPointer(rebasing: buffer[0..<range.count]))
            initialised = range.count
        }
    }

    /// The text of a range of characters; bytes that are no valid UTF-8 become U+FFFD.
    public func text(in range: Range<Int>) -> String {
        alphabet.isOwn ? alphabet.decode(ids(in: range)) : String(decoding: storage.bytes[range], as: UTF8.self)
    }

    /// Calls `body` with the stored bytes, valid only during the call.
    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try body(storage.bytes)
    }
}

/// A count with commas between thousands, the same in every locale.
package func grouped(_ number: Int) -> String {
    let digits = Array(String(number))
    return digits.enumerated().reduce(into: "") { text, digit in
        if digit.offset > 0, (digits.count - digit.offset).isMultiple(of: 3) { text.append(",") }
        text.append(digit.element)
    }
}
