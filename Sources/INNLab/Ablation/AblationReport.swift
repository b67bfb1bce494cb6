import Foundation
import INNKit

/// An ablation for people, as CSV and as JSON.
package typealias AblationReport = MeasurementReport<Ablation>

extension MeasurementReport where Measurement == Ablation {
    package func output(_ form: MeasurementForm) throws -> String { try form.output(self, csv: csv, text: text) }

    private var rows: [Ablation.Row] { measurement.rows }

    private var shownClasses: [String] {
        CharacterClass.allCases.map(\.rawValue).filter { name in rows.contains { $0.classes[name] != nil } }
    }

    // MARK: CSV

    func csv() -> String {
        let classes = shownClasses
        let head =
            ["group", "intervention", "deltaBPC", "low", "high", "characters", "estimate"]
            + classes.flatMap { ["\($0)Delta", "\($0)Low", "\($0)High"] }
        let lines = rows.map { row in
            let cells =
                [row.group.rawValue, row.name] + Self.cells(row.measured) + [
                    row.measured.map { String($0.characters) } ?? "", row.estimate.map { "\($0)" } ?? "",
                ]
            return (cells + classes.flatMap { Self.cells(row.classes[$0]) }).joined(separator: ",")
        }
        return ([head.joined(separator: ",")] + lines).joined(separator: "\n") + "\n"
    }

    private static func cells(_ difference: PairedDifference?) -> [String] {
        guard let difference else { return ["", "", ""] }
        return [difference.mean, difference.low, difference.high].map { $0.map { "\($0)" } ?? "" }
    }

    // MARK: For people

    /// How many edges that were only estimated are listed.
    private static var shownEstimates: Int { 8 }

    /// Holds every name that an ablation gives.
    private static var nameWidth: Int { 24 }

    func text() -> String {
        let classes = shownClasses
        let width = Self.nameWidth
        let unit = subject.unit
        var lines = [
            """
            \(subject.phrase), \(measurement.characters.grouped) characters, memory carried: \
            \(String(format: "%.4f", measurement.baselineBPC)) \(unit.worded("BPC")).
            """,
            """
            What each change of the trained network costs in \(unit.bits), with the 95 % interval over \
            \(CausalText.blocks(measurement.blocks, of: measurement.blockLength)),
            """,
            "and by class of the character predicted.", "",
            "".padded(width) + unit.worded("ΔBPC").aligned(9) + "95 % interval".aligned(20)
                + classes.map { $0.aligned(11) }.joined(),
        ]
        for group in Ablation.Row.Group.allCases {
            let own = rows.filter { $0.group == group }
            let measured = own.filter { $0.measured != nil }
            let estimated = own.filter { $0.measured == nil }
            lines += measured.map { Self.line($0, width: width, classes) }
            lines += estimated.prefix(Self.shownEstimates).map {
                $0.name.padded(width) + signed($0.estimate ?? 0).aligned(9) + "  estimated"
            }
            if estimated.count > Self.shownEstimates {
                lines.append(
                    """
                    … \(estimated.count - Self.shownEstimates) more edges, estimated as less; --csv or --json has \
                    them all.
                    """
                )
            }
            if !own.isEmpty { lines.append("") }
        }
        return lines.joined(separator: "\n")
    }

    private static func line(_ row: Ablation.Row, width: Int, _ classes: [String]) -> String {
        guard let measured = row.measured else { return row.name }
        let interval = measured.interval
        let parts = classes.map { (row.classes[$0].map { signed($0.mean) } ?? "").aligned(11) }.joined()
        return row.name.padded(width) + signed(measured.mean).aligned(9) + interval.aligned(20) + parts
    }
}
