import INNKit

extension SymbolClasses {
    /// The classes of an alphabet's symbols.
    package init(_ alphabet: Alphabet) {
        self.init(
            names: alphabet.symbols, characters: (0..<Int32(alphabet.vocabularySize)).map(alphabet.character(ofID:)))
    }
}
