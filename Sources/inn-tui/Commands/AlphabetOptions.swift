import ArgumentParser
import INNKit

/// Which characters a text is read as.
struct AlphabetOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            """
            text8 (a–z, space), bytes, unicode (the text's 255 most frequent characters) or auto (the first of text8, \
            unicode and bytes that loses little).
            """,
            valueName: "alphabet"))
    var alphabet: AlphabetName?
    @Flag(name: .long, help: "With --alphabet unicode: read capital letters as small ones.")
    var lowercase = false
    @Flag(name: .long, help: "Read a text although half of it or more is not in the alphabet.")
    var force = false

    /// - Parameter own: the alphabet of the network that is to read the text.
    func choice(for own: Alphabet? = nil) throws -> AlphabetChoice? {
        try AlphabetChoice(alphabet, lowercase: lowercase, own: own)
    }
}

extension AlphabetName: ExpressibleByArgument {}
