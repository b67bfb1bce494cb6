/// The first of several ways to say the same that fits, longest first; the last when none does.
func fitting(_ width: Int, _ ways: String...) -> String {
    ways.first { columnCount($0) <= width } ?? ways.last ?? ""
}

/// Parts in lines of a width, none of them torn apart unless it is wider than that itself.
func packed(_ parts: [String], separator: String, width: Int) -> [String] {
    var lines: [String] = []
    for part in parts {
        if let last = lines.last, columnCount(last) + columnCount(separator) + columnCount(part) <= width {
            lines[lines.count - 1] = last + separator + part
        } else {
            lines.append(part)
        }
    }
    return lines
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
