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
    /// Validation loss after as many characters as the shortest run has seen: the last measured up to there.
    package let validBPCAtCommonCharacters: Double?
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
            let measured = reports.filter { $0.validBPC != nil }
            let last = summary.lastReport
            return ComparedRun(
                run: summary.name, state: summary.state.rawValue, unit: summary.unit,
                parameters: summary.description?.parameters,
                step: last?.step,
                charactersSeen: last?.charactersSeen, minutes: last.map { $0.elapsedSeconds / 60 },
                trainBPC: last?.trainBPC,
                validBPC: summary.validBPC, bestValidBPC: summary.bestValidBPC,
                validBPCAtCommonCharacters: common.flatMap { limit in
                    measured.last { $0.charactersSeen <= limit }?.validBPC
                },
                commonCharacters: common,
                validation: measured.map {
                    .init(step: $0.step, charactersSeen: $0.charactersSeen, validBPC: $0.validBPC ?? .nan)
                })
        }
    }
}
