import Foundation
import INNKit

/// A run's validation loss where all runs have one.
package struct ComparedRun: Encodable {
    package struct Point: Encodable {
        package let step, charactersSeen: Int
        package let validBPC: Double
    }

    package let run, state: String
    /// What losses are counted per.
    package let unit: TextUnit?
    package let parameters: Int?
    package let step, charactersSeen: Int?
    package let minutes, trainBPC, validBPC, bestValidBPC: Double?
    /// Validation loss after as many characters as the run that was validated up to the fewest: measured there, or on
    /// the straight line between the measurements before and after. Nil where the run has none before.
    package let validBPCAtCommonCharacters: Double?
    /// Whether it lies between two measurements.
    package let isInterpolated: Bool
    package let commonCharacters: Int?
    package let validation: [Point]

    /// Compares runs.
    ///
    /// - Parameter names: of runs or their folders.
    /// - Throws: ``INNError`` when one of them does not exist or cannot be read.
    package static func all(_ names: [String], in runs: URL) throws -> [ComparedRun] {
        let loaded = try names.map { name in
            let folder = try RunFolder.open(name, in: runs)
            return (RunSummary(folder), try RunHistory(folder).reports())
        }
        let ends = loaded.map { $0.1.last { $0.validBPC != nil }?.charactersSeen }
        let common = ends.contains(nil) ? nil : ends.compactMap { $0 }.min()
        return loaded.map { summary, reports in
            let measured = reports.compactMap { report in
                report.validBPC.map {
                    Point(step: report.step, charactersSeen: report.charactersSeen, validBPC: $0)
                }
            }
            let last = summary.lastReport
            let loss = common.flatMap { Self.loss(measured, at: $0) }
            return ComparedRun(
                run: summary.name, state: summary.state.rawValue, unit: summary.unit,
                parameters: summary.description?.parameters,
                step: last?.step,
                charactersSeen: last?.charactersSeen, minutes: last.map { $0.elapsedSeconds / 60 },
                trainBPC: last?.trainBPC,
                validBPC: summary.validBPC, bestValidBPC: summary.bestValidBPC,
                validBPCAtCommonCharacters: loss?.value, isInterpolated: loss?.isInterpolated ?? false,
                commonCharacters: common, validation: measured)
        }
    }

    /// The loss after so many characters; the loss that was measured last before them may be that of a much less
    /// trained network.
    package static func loss(_ measured: [Point], at characters: Int) -> (value: Double, isInterpolated: Bool)? {
        guard let index = measured.lastIndex(where: { $0.charactersSeen <= characters }) else { return nil }
        let before = measured[index]
        guard before.charactersSeen < characters, index + 1 < measured.count else { return (before.validBPC, false) }
        let after = measured[index + 1]
        let share = Double(characters - before.charactersSeen) / Double(after.charactersSeen - before.charactersSeen)
        return (before.validBPC + share * (after.validBPC - before.validBPC), true)
    }
}
