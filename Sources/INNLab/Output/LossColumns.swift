import INNKit

/// How a table names the losses of several runs, of which some may be counted per byte.
package struct LossColumns {
    private let isMixed: Bool
    private let unit: TextUnit

    /// - Parameter units: of the runs; nil for those that cannot be read.
    package init(_ units: [TextUnit?]) {
        let units = Set(units.compactMap { $0 })
        isMixed = units.count > 1
        unit = units.first ?? .character
    }

    /// The heading of a column, such as `valid BPC`.
    package func heading(_ name: String) -> String { isMixed ? name + " bits" : unit.worded(name + " BPC") }

    /// The heading of a column that says what each run's losses are counted per, where that differs.
    package var unitHeading: [String] { isMixed ? ["per"] : [] }

    package func unitCell(_ unit: TextUnit?) -> [String] { isMixed ? [unit?.name ?? "–"] : [] }
}
