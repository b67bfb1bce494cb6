import INNCore

/// What happens to the bytes of a file before they are a corpus.
enum CorpusConversion: String, Sendable {
    /// Decompressed at most.
    case verbatim
    /// Brought into text8 form.
    case text8
}
