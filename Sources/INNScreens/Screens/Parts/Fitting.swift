/// The first of several ways to say the same that fits, longest first; the last when none does.
func fitting(_ width: Int, _ ways: String...) -> String {
    ways.first { columnCount($0) <= width } ?? ways.last ?? ""
}

/// As many of the parts as fit on one line, in order, after what they are.
func fittingList(_ name: String, _ parts: [String], separator: String = "  ", width: Int) -> String {
    var text = name
    for (index, part) in parts.enumerated() {
        let longer = text + (index == 0 ? "" : separator) + part
        guard columnCount(longer) <= width || (index == 0 && name.isEmpty) else { break }
        text = longer
    }
    return text
}
