import INNLab

/// Rows of text in aligned columns on standard output.
struct TextTable {
    let header: [String]
    /// Columns that are words; the others are numbers and end at their right edge.
    let leftColumns: Int

    /// - Parameter rows: what stands in the cells may come from the files of strangers.
    func print(_ rows: [[String]]) throws {
        let rows = rows.map { $0.map(\.printable) }
        let widths = header.indices.map { column in ([header] + rows).map { $0[column].count }.max() ?? 0 }
        for row in [header] + rows {
            let cells = row.indices.map { column -> String in
                let padding = String(repeating: " ", count: widths[column] - row[column].count)
                return column < leftColumns ? row[column] + padding : padding + row[column]
            }
            try StandardOutput.print(cells.joined(separator: "  "))
        }
    }
}
