import INNCore

/// Which names runs may have.
public enum RunName {
    /// Letters and digits of any script and `. _ - + = , @`; at most 80 bytes; not starting with a dot or a dash.
    public static func isValid(_ name: String) -> Bool {
        guard let first = name.first, first != ".", first != "-", name.utf8.count <= 80 else { return false }
        return name.allSatisfy { $0.isLetter || $0.isNumber || "._-+=,@".contains($0) }
    }

    /// For the name of a new run. One that looks like a file of weights would be taken for one, where both may be
    /// named.
    ///
    /// - Throws: ``INNError`` of kind `usage`.
    public static func validate(_ name: String) throws {
        guard isValid(name) else {
            throw INNError(
                .usage,
                """
                '\(name.shortened)' cannot name a run; use up to 80 letters, digits, dots and dashes, beginning \
                with a letter or digit.
                """
            )
        }
        guard !name.lowercased().hasSuffix(".safetensors") else {
            throw INNError(.usage, "'\(name.shortened)' would name a run like a file of weights; leave out the ending.")
        }
    }

    /// `CORPUS-PRESET-NUMBER`, for example `text8-small-1`; for a file only its name without extension counts.
    static func automatic(_ description: RunDescription, number: Int) -> String {
        let file = description.corpus.split(separator: "/").last.map(String.init) ?? ""
        let stem = file.lastIndex(of: ".").map { String(file[..<$0]) } ?? file
        let family = description.model == "inn" ? [] : [description.model]
        let parts = [stem.isEmpty ? "run" : stem] + family + [description.preset]
        let readable = parts.map { part in
            String(part.prefix(20).map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
        }
        return (readable + [String(number)]).joined(separator: "-")
    }
}
