import Foundation
import GRDB
import INNCore

/// Typed access to a row by column position that throws on a wrong type, where GRDB's own access stops the program.
///
/// A run database may come from anywhere, and SQLite does not enforce column types.
struct RowReader {
    let row: Row
    let url: URL

    /// A count, small enough that arithmetic with it and its conversion to Double are exact.
    func int(_ column: Int) throws -> Int {
        guard case .int64(let value) = value(column), (0...1 << 53).contains(value) else { throw damaged(column) }
        return Int(value)
    }

    func double(_ column: Int) throws -> Double {
        guard let value = try optionalDouble(column) else { throw damaged(column) }
        return value
    }

    func optionalDouble(_ column: Int) throws -> Double? {
        switch value(column) {
        case .null: nil
        case .double(let value): value
        case .int64(let value): Double(value)
        case .string("NaN"): .nan
        default: throw damaged(column)
        }
    }

    func string(_ column: Int) throws -> String {
        guard case .string(let value) = value(column) else { throw damaged(column) }
        return value
    }

    func data(_ column: Int) throws -> Data {
        guard case .blob(let value) = value(column) else { throw damaged(column) }
        return value
    }

    func damaged(_ column: Int) -> INNError {
        let name = Array(row.columnNames)[column]
        return INNError(
            .data,
            """
            The run database '\(url.path)' is damaged (column '\(name.shortened)' holds something else); restore \
            it from a backup.
            """
        )
    }

    private func value(_ column: Int) -> DatabaseValue.Storage {
        (row[column] as DatabaseValue).storage
    }
}

extension Double {
    /// How a number is stored: SQLite turns NaN into NULL, which already means "not measured".
    package var stored: DatabaseValue { isNaN ? "NaN".databaseValue : databaseValue }
}
