import INNKit
import INNScreens

/// Columns and rows, as an option states them.
package enum ScreenSize {
    /// - Throws: ``INNError`` of kind `usage`.
    package static func parse(_ text: String) throws -> (width: Int, height: Int) {
        let parts = text.split(whereSeparator: { $0 == "x" || $0 == "×" }).compactMap { Int($0) }
        guard parts.count == 2, parts.allSatisfy({ (1...1000).contains($0) }) else {
            throw INNError(
                .usage, "--size is “\(text)”, but must be columns × rows from 1x1 to 1000x1000, such as 120x40.")
        }
        return (parts[0], parts[1])
    }
}
