/// A text in UTF-8, read as ids of a table of characters.
enum UnicodeText {
    /// One byte per character, its id.
    ///
    /// - Parameters:
    ///   - utf8: valid UTF-8.
    ///   - count: characters in it, byte-order marks aside.
    ///   - name: for messages.
    /// - Throws: ``INNError`` of kind `inputOutput` when there is not enough memory.
    static func ids(
        _ utf8: UnsafeRawBufferPointer, count: Int, _ table: CharacterTable, name: String
    ) throws -> ByteStorage {
        try ByteStorage(count: count, for: name) { ids in
            var decoder = UTF8()
            var source = utf8.makeIterator()
            var position = 0
            while case .scalarValue(let scalar) = decoder.decode(&source), position < count {
                guard let id = table.id(of: scalar) else { continue }
                ids[position] = id
                position += 1
            }
        }
    }
}
