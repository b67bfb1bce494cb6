import INNCore

/// A published corpus that is found by its name: where it comes from and how to know that it is the right one.
package struct StandardCorpus: Sendable {
    package let name: String
    package let alphabet: Alphabet
    /// The published zip.
    package let url: String
    /// Length of the whole text.
    package let byteCount: Int
    /// MD5 of the whole text, as published.
    let md5: String
    /// Whether the first part of it will do; such files are called `<name>-prefix…`.
    let allowsPrefix: Bool
    /// Whether the built-in sample stands in for it when it cannot be had.
    let hasSubstitute: Bool

    /// Cleaned English Wikipedia, http://mattmahoney.net/dc/textdata.html.
    package static let text8 = StandardCorpus(
        name: "text8", alphabet: .text8, url: "http://mattmahoney.net/dc/text8.zip",
        byteCount: 100_000_000, md5: "3bea1919949baf155f99411df5fada7e", allowsPrefix: true, hasSubstitute: true
    )

    /// The same articles with their markup, http://mattmahoney.net/dc/textdata.html.
    static let enwik8 = StandardCorpus(
        name: "enwik8", alphabet: .bytes, url: "http://mattmahoney.net/dc/enwik8.zip",
        byteCount: 100_000_000, md5: "a1fa5ffddb56f4953e226637dabbb36a", allowsPrefix: false, hasSubstitute: false
    )

    /// File names that are looked for in a folder, the whole text first.
    var fileNames: [String] {
        let whole = ["", ".zip", ".gz", ".xz"].map { name + $0 }
        return allowsPrefix ? whole + ["-prefix", "-prefix.gz", "-prefix.zip", "-prefix.xz"].map { name + $0 } : whole
    }
}
