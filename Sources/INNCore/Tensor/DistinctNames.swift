/// Puts names into forms that can be read where they are shown, no two of which look alike.
///
/// A character that cannot be shown is spelled as Swift writes it, `\u{66F8}`; so is everything beyond ASCII of names
/// that would look alike all the same.
public struct DistinctNames: Sendable {
    private let isShown: @Sendable (Unicode.Scalar) -> Bool

    /// - Parameter isShown: whether a character appears as itself.
    public init(isShown: @escaping @Sendable (Unicode.Scalar) -> Bool) { self.isShown = isShown }

    /// For a terminal: every character that it does not obey and that takes room.
    public static var onTerminal: Self {
        Self { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .unassigned, .privateUse: false
            default: true
            }
        }
    }

    /// One form for each name, in their order. Names that are the same letter for letter stay the same.
    public func forms(of names: [String]) -> [String] {
        let readable = names.map { spelled($0, where: { !isShown($0) }) }
        // Equal to Swift are also names that differ only in how their accents are stored.
        return zip(names, Self.isAmbiguous(readable, names)).map { name, isAmbiguous in
            isAmbiguous ? spelled(name) { !$0.isASCII || $0 == "\\" || !isShown($0) } : spelled(name) { !isShown($0) }
        }
    }

    /// The same, each in at most so many columns: cut at its end, in its middle where the ends tell names apart, and
    /// numbered where nothing else does.
    public func forms(of names: [String], columns width: Int) -> [String] {
        let whole = forms(of: names)
        var cut = whole.map { Self.cut($0, width, keepingEnd: 0) }
        var alike = Self.isAmbiguous(cut, names)
        for index in cut.indices where alike[index] {
            cut[index] = Self.cut(whole[index], width, keepingEnd: (width - 1) / 2)
        }
        alike = Self.isAmbiguous(cut, names)
        var count = 0
        for index in cut.indices where alike[index] {
            count += 1
            let number = "~\(count)"
            cut[index] = Self.cut(whole[index], max(0, width - number.count), keepingEnd: 0) + number
        }
        return cut
    }

    /// The form of a name that stands by itself.
    public func form(of name: String) -> String { forms(of: [name])[0] }

    private func spelled(_ name: String, where isSpelled: (Unicode.Scalar) -> Bool) -> String {
        var text = ""
        for scalar in name.unicodeScalars {
            if isSpelled(scalar) {
                text += "\\u{" + String(scalar.value, radix: 16, uppercase: true) + "}"
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
        return text
    }

    /// For each form whether it also stands for another name.
    private static func isAmbiguous(_ forms: [String], _ names: [String]) -> [Bool] {
        var meanings: [String: Set<ExactName>] = [:]
        for (form, name) in zip(forms, names) { meanings[form, default: []].insert(ExactName(name)) }
        return forms.map { (meanings[$0]?.count ?? 0) > 1 }
    }

    private static func cut(_ text: String, _ width: Int, keepingEnd: Int) -> String {
        guard text.columns > width else { return text }
        let scalars = Array(text.unicodeScalars)
        let end = fitting(scalars.reversed(), keepingEnd).reversed()
        let start = fitting(scalars, max(0, width - 1 - keepingEnd))
        return String(String.UnicodeScalarView(start + (width > 0 ? ["…"] : []) + end))
    }

    /// As many scalars of the beginning as fit into so many columns.
    private static func fitting(_ scalars: some Sequence<Unicode.Scalar>, _ width: Int) -> [Unicode.Scalar] {
        var used = 0
        return Array(
            scalars.prefix { scalar in
                used += scalar.columns
                return used <= width
            })
    }
}
