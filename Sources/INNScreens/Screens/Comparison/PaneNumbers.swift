import INNKit

/// What a pane shows as a table of numbers, which another one's can be subtracted from where rows and columns bear the
/// same names.
struct PaneNumbers: Sendable {
    /// What the numbers are, with their unit: `mean gate`, `weight a`.
    let quantity: String
    let rows: [String]
    let columns: [String]
    /// `[rows, columns]`; NaN where there is none.
    let values: [Float]
    /// What stands between the names of row and column to name one number.
    let joint: String

    /// - Parameter value: by index of row and column.
    init(
        _ quantity: String, rows: [String], columns: [String], joint: String = " ",
        value: (_ row: Int, _ column: Int) -> Float
    ) {
        (self.quantity, self.rows, self.columns, self.joint) = (quantity, rows, columns, joint)
        values = rows.indices.flatMap { row in columns.indices.map { value(row, $0) } }
    }

    /// What this table has more than another one; nil where both show different things or share no row or column.
    func difference(from other: PaneNumbers) -> PaneDifference? {
        guard quantity == other.quantity else { return nil }
        func shared(_ names: [String], _ others: [String]) -> [(own: Int, other: Int)] {
            names.indices.compactMap { index in others.firstIndex(of: names[index]).map { (index, $0) } }
        }
        let rows = shared(self.rows, other.rows)
        let columns = shared(self.columns, other.columns)
        guard !rows.isEmpty, !columns.isEmpty else { return nil }
        return PaneDifference(
            quantity: quantity, joint: joint, rows: rows.map { self.rows[$0.own] },
            columns: columns.map { self.columns[$0.own] },
            here: rows.flatMap { row in columns.map { values[row.own * self.columns.count + $0.own] } },
            pinned: rows.flatMap { row in columns.map { other.values[row.other * other.columns.count + $0.other] } })
    }
}

/// Two tables of the same rows and columns, and what they differ in.
struct PaneDifference: Sendable {
    let quantity: String, joint: String
    let rows: [String], columns: [String]
    /// `[rows, columns]`; NaN where there is no number.
    let here: [Float], pinned: [Float]

    /// Here less pinned, `[rows, columns]`.
    var values: [Float] { zip(here, pinned).map { $0 - $1 } }

    /// Places where both have a number, those that differ most first.
    var largest: [Int] {
        let values = values
        return values.indices.filter { values[$0].isFinite }.sorted {
            (abs(values[$0]), $1) > (abs(values[$1]), $0)
        }
    }

    var meanSize: Double {
        let known = values.filter(\.isFinite)
        return known.isEmpty ? .nan : known.reduce(0.0) { $0 + Double(abs($1)) } / Double(known.count)
    }

    /// The name of one number.
    func name(_ index: Int) -> String {
        let row = rows[index / columns.count]
        return columns.count > 1 ? row + joint + columns[index % columns.count] : row
    }
}
