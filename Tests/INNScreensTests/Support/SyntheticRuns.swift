import Foundation
import INNKit

@testable import INNScreens

/// Runs as a runs folder might hold them, in every state.
enum SyntheticRuns {
    static let listings: [RunSummary] = [
        listing("text8-small-1", .running, step: 3200, best: 2.171, start: 500),
        listing("text8-small-2", .finished, step: 9000, best: 1.942, start: 400),
        listing("book-tiny-1", .interrupted, step: 700, best: 2.610, start: 300, corpus: "book.txt"),
        listing("text8-base-1", .interrupted, step: 0, best: nil, start: 200),
        RunSummary(
            name: "broken", state: .damaged, bytesOnDisk: 812,
            problem:
                """
                The file 'runs/broken/config.json' is no valid configuration (it is no JSON); restore it or train \
                under another name.
                """
        ),
    ]

    private static func listing(
        _ name: String, _ state: RunSummary.State, step: Int, best: Double?, start: Double, corpus: String = "text8"
    ) -> RunSummary {
        RunSummary(
            name: name, state: state,
            description: RunDescription(model: "inn", preset: "small", corpus: corpus, parameters: 412_907),
            lastReport: step == 0 ? nil : report(step, bpc: (best ?? 3) - 0.02), validBPC: best.map { $0 + 0.01 },
            bestValidBPC: best,
            lastStartedAt: start, bytesOnDisk: 14_200_000 + step * 100)
    }

    static func report(_ step: Int, bpc: Double, valid: Double? = nil) -> TrainingReport {
        TrainingReport(
            step: step, charactersSeen: step * 1024, epoch: Double(step) / 6000, trainBPC: bpc, validBPC: valid,
            learningRate: 1e-3, gradientNorm: 0.5,
            charsPerSecond: 1800, elapsedSeconds: Double(step) * 0.56, progress: 0.5)
    }

    static func curve(_ steps: Int, floor: Double, isBroken: Bool = false) -> [TrainingReport] {
        stride(from: 10, through: max(10, steps), by: 10).map { step in
            let loss =
                isBroken && step % 300 > 200
                ? .nan : floor + 2.6 * exp(-Double(step) / 300) + 0.3 * exp(-Double(step) / 2500)
            return report(step, bpc: loss, valid: step % 100 == 0 ? loss + 0.05 : nil)
        }
    }

    /// The list, two marked runs and their curves.
    static func fill(_ state: inout AppState, isBroken: Bool = false) {
        _ = reduce(&state, .runs(listings))
        state.runs.marked = ["text8-small-2", "text8-small-1"].map(ExactName.init)
        _ = reduce(&state, .runCurve(name: "text8-small-2", reports: curve(9000, floor: 1.8)))
        _ = reduce(&state, .runCurve(name: "text8-small-1", reports: curve(3200, floor: 1.95, isBroken: isBroken)))
    }
}
