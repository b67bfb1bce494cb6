import Foundation
import INNKit

/// A compute ladder for people and as JSON.
package typealias ComputeReport = MeasurementReport<ComputeLadder>

extension MeasurementReport where Measurement == ComputeLadder {
    package func text() -> String {
        let unit = subject.unit
        var lines = [
            """
            \(subject.phrase), \(measurement.characters) characters; one thread, one character at a time.
            """,
            """
            exact: silent neurons' messages are left out, their memories run. skip: silent neurons' memories are \
            left out too, and stay as they are.
            """,
            """
            Speed-up is against all gates open (\(Int(bounded: measurement.openCharactersPerSecond)) characters/s), \
            measured in turns with it; \(unit.worded("ΔBPC")) against the network as trained,
            """,
            "with the 95 % interval over blocks of \(measurement.blockLength) characters.", "",
            "mode   " + "gates".padded(16)
                + unit.worded("   ran  spoke   chars/s  speed-up      BPC     ΔBPC  95 % interval"),
        ]
        for row in measurement.rows {
            lines.append(
                (row.mode?.rawValue ?? "").padded(7)
                    + row.rule.padded(16)
                    + String(
                        format: "%6.2f%7.2f%10.0f%9.2f×%9.4f%+9.4f  ", row.ranShare, row.spokeShare,
                        row.charactersPerSecond,
                        row.speedUp, row.bitsPerCharacter, row.change.mean) + row.change.interval)
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
