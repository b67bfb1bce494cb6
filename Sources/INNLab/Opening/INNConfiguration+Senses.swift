import INNKit

extension INNConfiguration {
    /// Lets each of the first neurons receive only the symbols of a word.
    ///
    /// - Parameter alphabet: nil for the one with so many symbols as the network has.
    /// - Throws: ``INNError`` of kind `usage` for a symbol that the alphabet does not have.
    package mutating func divideSymbols(_ words: [String], in alphabet: Alphabet?) throws {
        guard let alphabet = alphabet ?? Alphabet(vocabularySize: vocabularySize) else {
            throw INNError(.usage, "--senses needs a text's alphabet; there is none of \(vocabularySize) symbols.")
        }
        senses = try words.map { word in
            let ids = alphabet.encode(word)
            guard alphabet.decode(ids) == word else {
                throw INNError(
                    .usage, "--senses names \(word), but not all of its symbols are in the alphabet of this text.")
            }
            return ids
        }
        inputs = inputs ?? words.count
    }
}
