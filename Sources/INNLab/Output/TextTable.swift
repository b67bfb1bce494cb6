import INNKit

/// Rows of text in aligned columns on standard output; the first cell of a row names what it is about.
package struct TextTable {
    private let header: [String]
    /// Columns that are words; the others are numbers and end at their right edge.
    private let leftColumns: Int

    package init(header: [String], leftColumns: Int) {
        (self.header, self.leftColumns) = (header, leftColumns)
    }

    /// - Parameter rows: what stands in the cells may come from the files of strangers.
    package func print(_ rows: [[String]]) throws {
        let names = DistinctNames.onTerminal.forms(of: rows.map(\.[0]))
        let rows = zip(names, rows).map { name, row in [name] + row.dropFirst().map(\.printable) }
        let widths = header.indices.map { column in ([header] + rows).map { $0[column].columns }.max() ?? 0 }
        for row in [header] + rows {
            let cells = zip(row, widths).enumerated().map { column, cell in
                column < leftColumns ? cell.0.padded(cell.1) : cell.0.aligned(cell.1)
            }
            try StandardOutput.print(cells.joined(separator: "  "))
        }
    }
}
