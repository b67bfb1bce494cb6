import INNCore

/// The alphabets, and the choice among them, as commands name them.
public enum AlphabetName: String, Sendable, CaseIterable {
    case text8, bytes, unicode, auto

    /// Most ids that it can have.
    public var vocabularySize: Int { self == .text8 ? 27 : 256 }
}

/// How a text is to be read: through an alphabet that exists, or through one that is made for it.
public enum AlphabetChoice: Sendable, Equatable {
    /// An alphabet that the user names.
    case named(Alphabet)
    /// The alphabet of a network, which the text has to bear.
    case network(Alphabet)
    /// The text's own most frequent characters.
    case unicode(lowercase: Bool)
    /// text8 where it keeps nearly all, else the text's own characters where they do, else bytes. A corpus that is
    /// found by its name keeps its own.
    case auto(lowercase: Bool)

    /// As the options of a command say it.
    ///
    /// - Parameters:
    ///   - name: of an alphabet, or `auto`; nil for the usual one of a text.
    ///   - own: the alphabet of the network that is to read the text. It is taken wherever the name allows that.
    /// - Throws: ``INNError`` of kind `usage` for small letters in an alphabet that has a fixed set of them.
    public init?(_ name: AlphabetName?, lowercase: Bool, own: Alphabet? = nil) throws {
        guard !lowercase || name == .unicode || name == .auto else {
            throw INNError(.usage, "--lowercase says how an alphabet is made; it is for --alphabet unicode and auto.")
        }
        if let own, name == nil || name == .auto || name?.rawValue == own.name {
            self = .network(own)
            return
        }
        switch name {
        case .text8: self = .text8
        case .bytes: self = .bytes
        case .unicode: self = .unicode(lowercase: lowercase)
        case .auto: self = .auto(lowercase: lowercase)
        case nil: return nil
        }
    }

    public static let text8 = AlphabetChoice.named(.text8), bytes = AlphabetChoice.named(.bytes)
}
