import Foundation
import Testing

@testable import INNAnalysis
@testable import INNCore
@testable import INNTraining

/// AdamW and the schedules at their edges.
@Suite struct Optimizers {
    private func store(_ values: [Float], gradient: [Float], decays: Bool = true) throws -> (ParameterStore, Parameter)
    {
        let store = ParameterStore()
        let parameter = store.add("p", [values.count], decays: decays)
        try store.load("p", values)
        for index in gradient.indices { parameter.gradient[index] = gradient[index] }
        return (store, parameter)
    }

    /// PyTorch's AdamW in double precision.
    private func slowAdamW(_ start: [Double], gradients: [[Double]], _ s: AdamW.Settings, decay: Double) -> [Double] {
        var values = start
        var first = start.map { _ in 0.0 }
        var second = first
        for (step, gradient) in gradients.enumerated() {
            for index in values.indices {
                values[index] *= 1 - s.learningRate * decay
                first[index] = s.beta1 * first[index] + (1 - s.beta1) * gradient[index]
                second[index] = s.beta2 * second[index] + (1 - s.beta2) * gradient[index] * gradient[index]
                let corrected = first[index] / (1 - pow(s.beta1, Double(step + 1)))
                values[index] -=
                    s.learningRate * corrected
                    / ((second[index] / (1 - pow(s.beta2, Double(step + 1)))).squareRoot() + s.epsilon)
            }
        }
        return values
    }

    @Test(arguments: [true, false], [true, false])
    func updatesFollowTheDefinition(decays: Bool, decaysEverything: Bool) throws {
        var random = RandomSource(seed: 4)
        let count = 37
        let start = (0..<count).map { _ in random.normal() }
        let (store, parameter) = try store(start.map(Float.init), gradient: [], decays: decays)
        let optimizer = AdamW(store, team: ThreadTeam(threadCount: 2))
        let settings = AdamW.Settings(learningRate: 1e-2, weightDecay: 0.1, decaysEverything: decaysEverything)
        let gradients = (0..<20).map { _ in (0..<count).map { _ in random.normal() } }
        for gradient in gradients {
            for index in 0..<count { parameter.gradient[index] = Float(2 * gradient[index]) }
            optimizer.update(settings, gradientScale: 0.5)
        }
        let expected = slowAdamW(start, gradients: gradients, settings, decay: decays || decaysEverything ? 0.1 : 0)
        expectClose(parameter.array, expected.map { Float($0) }, absolute: 1e-5, relative: 1e-5, "values")
        #expect(optimizer.stepCount == 20)
    }

    @Test func zeroGradientOnlyDecays() throws {
        let (store, parameter) = try store([1, -2, 3], gradient: [0, 0, 0])
        let version = store.version
        AdamW(store, team: ThreadTeam(threadCount: 1)).update(AdamW.Settings(learningRate: 0.1, weightDecay: 0.5))
        expectClose(parameter.array, [0.95, -1.9, 2.85], absolute: 1e-6, relative: 0, "values")
        #expect(store.version != version, "cached quantities must be refreshed")
    }

    @Test func firstStepMovesByTheLearningRate() throws {
        let (store, parameter) = try store([0, 0, 0], gradient: [1e-3, -5, 2e4])
        AdamW(store, team: ThreadTeam(threadCount: 1)).update(AdamW.Settings(learningRate: 0.1, weightDecay: 0))
        expectClose(parameter.array, [-0.1, 0.1, -0.1], absolute: 1e-5, relative: 0, "values")
    }

    @Test func gradientNormIsGlobalAndShowsWhatIsNotFinite() throws {
        let (store, parameter) = try store([Float](repeating: 0, count: 11), gradient: [Float](repeating: 3, count: 11))
        let second = store.add("q", [1])
        second.gradient[0] = 1
        let optimizer = AdamW(store, team: ThreadTeam(threadCount: 1))
        #expect(abs(optimizer.gradientNorm() - 10) < 1e-12)
        parameter.gradient[10] = .nan
        #expect(optimizer.gradientNorm().isNaN)
        parameter.gradient[10] = .infinity
        #expect(optimizer.gradientNorm() == .infinity)
        // Squares of large gradients leave the range of float, not of double.
        parameter.gradient[10] = 1e30
        #expect(abs(optimizer.gradientNorm() / 1e30 - 1) < 1e-6)
        store.clearGradients()
        #expect(optimizer.gradientNorm() == 0)
    }

    @Test func clippingScalesDownOnly() {
        #expect(AdamW.clippingScale(norm: 0, limit: 1) == 1)
        #expect(AdamW.clippingScale(norm: 0.5, limit: 1) == 1)
        #expect(abs(AdamW.clippingScale(norm: 4, limit: 1) - 0.25) < 1e-6)
    }

    // MARK: Schedules

    private static let schedules: [LearningRateSchedule] = [
        .constant, .paperOneCycle, .oneCycle(peakShare: 0, divisor: 25, finalDivisor: 1e4, momenta: 0.85...0.95),
        .oneCycle(peakShare: 1, divisor: 25, finalDivisor: 1e4, momenta: 0.85...0.95),
        .warmupCosine(warmup: .linear(start: 0.1, steps: 0)),
        .warmupCosine(warmup: .linear(start: 0, steps: 10)), .warmupCosine(warmup: .ramp(steps: 0)),
        .warmupCosine(warmup: .ramp(steps: 10)),
        .warmupCosine(warmup: .ramp(steps: 1000)), .warmupCosine(warmup: .share(0)), .warmupCosine(warmup: .share(0.1)),
        .warmupCosine(warmup: .share(1)),
    ]

    @Test(arguments: schedules, [1.0, 2, 3, 10, 100])
    func valuesStayBetweenZeroAndThePeak(_ schedule: LearningRateSchedule, total: Double) throws {
        for position in stride(from: 0, through: 3 * total, by: 0.5) {
            let value = schedule.value(at: position, of: total, peak: 2)
            #expect(
                value.learningRate >= 0 && value.learningRate <= 2 + 1e-12,
                "\(position) of \(total): \(value.learningRate)")
            if let beta1 = value.beta1 {
                #expect(beta1 >= 0.85 - 1e-12 && beta1 <= 0.95 + 1e-12, "\(position) of \(total): \(beta1)")
            }
        }
    }

    @Test(arguments: schedules, [1.0, 10, 100])
    func beyondTheEndNothingChanges(_ schedule: LearningRateSchedule, total: Double) {
        let end = schedule.value(at: max(total, 1000), of: total, peak: 1)
        #expect(schedule.value(at: 5 * max(total, 1000), of: total, peak: 1) == end)
        if case .warmupCosine(.ramp(steps: 1000)) = schedule { return }
        if schedule != .constant { #expect(end.learningRate < 1e-5) }
    }

    @Test func warmupOfZeroStartsAtThePeak() {
        for warmup: LearningRateSchedule.Warmup in [.linear(start: 0.1, steps: 0), .ramp(steps: 0), .share(0)] {
            #expect(LearningRateSchedule.warmupCosine(warmup: warmup).value(at: 0, of: 100, peak: 3).learningRate == 3)
        }
    }

    @Test func warmupRises() {
        let ramp = LearningRateSchedule.warmupCosine(warmup: .ramp(steps: 4))
        #expect((0..<4).map { ramp.value(at: Double($0), of: 100, peak: 1).learningRate } == [0.25, 0.5, 0.75, 1])
        let linear = LearningRateSchedule.warmupCosine(warmup: .linear(start: 0.5, steps: 2))
        #expect((0..<2).map { linear.value(at: Double($0), of: 100, peak: 1).learningRate } == [0.5, 0.75])
        let share = LearningRateSchedule.warmupCosine(warmup: .share(0.04))
        #expect(share.value(at: 0, of: 100, peak: 1).learningRate == 0.25)
    }

    @Test func oneCycleRunsFromStartToPeakToEnd() throws {
        let schedule = LearningRateSchedule.paperOneCycle
        let start = schedule.value(at: 0, of: 100, peak: 1)
        let top = schedule.value(at: 29, of: 100, peak: 1)
        let end = schedule.value(at: 99, of: 100, peak: 1)
        #expect(
            abs(start.learningRate - 0.04) < 1e-12 && abs(top.learningRate - 1) < 1e-12
                && abs(end.learningRate - 4e-6) < 1e-12)
        #expect(abs(start.beta1! - 0.95) < 1e-12 && abs(top.beta1! - 0.85) < 1e-12 && abs(end.beta1! - 0.95) < 1e-12)
    }
}
