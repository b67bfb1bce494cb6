import Foundation
import INNKit
import Testing

@testable import INNCore
@testable import INNData
@testable import INNLab
@testable import INNTraining

/// What `bench` makes of a measurement.
@Suite struct BenchOracles {
    @Test func figuresOfABenchFitTogether() throws {
        let corpus = try SampleCorpus.make()
        let c = INNConfiguration(neurons: 2, dModel: 8, rounds: 1, heads: 2, stateSize: 2)
        let report = try BenchRunner(corpus: corpus, batchSize: 3, sequenceLength: 16, threads: 1, seconds: 0.05)
            .measure(
                .inn(c), preset: "small one")
        let training = report.training
        let work = ModelWork.training(c)
        // Characters per second are the characters of a step over its time.
        expectClose(training.charactersPerSecond * training.millisecondsPerStep / 1000, 48, within: 1e-9)
        #expect(training.fastestMilliseconds <= training.medianMilliseconds && training.steps >= 5)
        #expect(training.fastestMilliseconds <= training.millisecondsPerStep)
        let parts = training.forward.values.reduce(0, +) + training.backward.values.reduce(0, +) + training.optimizer
        #expect(parts > 0.3 * training.millisecondsPerStep && parts < 1.05 * training.millisecondsPerStep)
        expectClose(report.limit / work.limit(report.roofline, threads: 1), 1, within: 1e-12)
        expectClose(report.shareOfLimit, training.charactersPerSecond / report.limit, within: 1e-12)
        expectClose(
            report.achievedFlops / (training.charactersPerSecond * (work.matrixFlops + work.vectorFlops)), 1,
            within: 1e-12)
        #expect(report.parameters == c.parameterCount && report.generation.plain > report.generation.traced)
        #expect(training.losses.count == training.steps + 3 && training.losses[0] > training.losses.last!)
        #expect(report.roofline.matrixFlops > 1e8 && report.roofline.exponentials > 1e7)
        #expect(report.peakBytes > 1 << 20 && report.peakBytes < 1 << 36)
    }
}
