import Foundation
import Testing

@testable import INNAnalysis
@testable import INNCore
@testable import INNTraining

/// Reference vectors 13: schedules in double precision; and what is skipped by name.
@Suite struct GoldenSchedules {
    @Test(arguments: GoldenVectors.files("schedule_onecycle"))
    func oneCycle(_ golden: GoldenFile) throws {
        let schedule = LearningRateSchedule.oneCycle(
            peakShare: try golden.double("pct_start"), divisor: try golden.double("div_factor"),
            finalDivisor: try golden.double("final_div_factor"),
            momenta: try golden.double("base_momentum")...golden.double("max_momentum"))
        let total = try golden.double("total_steps")
        let peak = try golden.double("max_lr")
        let values = try golden.ints("step").map { schedule.value(at: Double($0), of: total, peak: peak) }
        expectClose(
            values.map { Float($0.learningRate) }, try golden.floats("lr"), absolute: 1e-11, relative: 1e-5, "lr")
        expectClose(
            values.map { Float($0.beta1 ?? .nan) }, try golden.floats("beta1"), absolute: 1e-11, relative: 1e-5, "beta1"
        )
    }

    @Test(arguments: GoldenVectors.files("schedule_warmup_cosine"))
    func warmupCosine(_ golden: GoldenFile) throws {
        let warmup = try golden.double("warmup")
        let total = try golden.double("total_steps")
        let peak = try golden.double("lr")
        let steps = try golden.ints("step").map(Double.init)
        for (name, form) in [
            ("lr_linear", LearningRateSchedule.Warmup.linear(start: 0.1, steps: warmup)),
            ("lr_ramp", .ramp(steps: warmup)),
        ] {
            let schedule = LearningRateSchedule.warmupCosine(warmup: form)
            let actual = steps.map { Float(schedule.value(at: $0, of: total, peak: peak).learningRate) }
            expectClose(actual, try golden.floats(name), absolute: 1e-11, relative: 1e-5, name)
        }
    }

    /// Every file is tested above.
    @Test(arguments: GoldenVectors.files)
    func everyFileIsTested(_ golden: GoldenFile) {
        let tested: Set = [
            "layernorm", "linear", "softmax_cross_entropy", "causal_conv1d_silu", "selective_scan", "mamba_block",
            "neuron_attention",
            "gated_neuron_attention", "official_inn", "schedule_onecycle", "schedule_warmup_cosine", "generation",
            "lstm_lm", "transformer_lm",
            "mamba_stack_lm",
        ]
        #expect(tested.contains(golden.testCase), "no test reads the case \(golden.testCase)")
    }
}
