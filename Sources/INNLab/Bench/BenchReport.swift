import Foundation
import INNKit

/// Everything that `bench` measures for one model.
package struct BenchReport: Encodable {
    package let version: String
    package let preset: String
    package let configuration: ModelConfiguration
    package let parameters, batchSize, sequenceLength, threads: Int
    let instructionSet, blas: String
    let roofline: Roofline
    let work: ModelWork
    package let training: TrainingBenchmark.Result
    /// Characters per second at which the arithmetic alone would keep the cores busy.
    package let limit: Double
    /// Achieved floating-point operations per second of the whole step.
    let achievedFlops: Double
    let generation: GenerationSpeed
    /// Largest resident memory of the process so far, bytes.
    package let peakBytes: Int

    var shareOfLimit: Double { training.charactersPerSecond / limit }

    package func printTable() throws {
        func line(_ name: String, _ value: String) throws {
            try StandardOutput.print("\(name.padding(toLength: 26, withPad: " ", startingAt: 0)) \(value)")
        }
        try line(
            "model",
            """
            \(configuration.family.rawValue) \(preset), \(parameters.formatted()) parameters, batch \(batchSize) × \
            \(sequenceLength), \(threads) threads
            """
        )
        try line("kernels", "\(instructionSet), \(blas)")
        try line(
            "one core",
            String(
                format: "%.1f GFLOP/s in products, %.2f G exp/s, %.1f GB/s", roofline.matrixFlops * 1e-9,
                roofline.exponentials * 1e-9, roofline.bandwidth * 1e-9))
        try line(
            "training",
            String(
                format: "%.0f characters/s (median step %.1f ms, fastest %.1f ms, %d steps)",
                training.charactersPerSecond, training.medianMilliseconds, training.fastestMilliseconds, training.steps)
        )
        try line(
            "limit of the arithmetic",
            String(format: "%.0f characters/s: training reaches %.0f %% of it", limit, 100 * shareOfLimit))
        try line("achieved", String(format: "%.1f GFLOP/s", achievedFlops * 1e-9))
        try line(
            "generation",
            String(
                format: "%.0f characters/s, %.0f with every gate and routing weight traced", generation.plain,
                generation.traced))
        try line(
            "memory",
            String(
                format: "%.0f MB peak, %.0f MB of it buffers", Double(peakBytes) / 1e6,
                Double(training.workspaceBytes) / 1e6))
        try StandardOutput.print("\nmilliseconds per step       forward  backward")
        let kinds = Set(training.forward.keys).union(training.backward.keys).sorted {
            (training.forward[$0] ?? 0) + (training.backward[$0] ?? 0) > (training.forward[$1] ?? 0)
                + (training.backward[$1] ?? 0)
        }
        for kind in kinds {
            try StandardOutput.print(
                "  \(kind.padding(toLength: 24, withPad: " ", startingAt: 0))"
                    + String(format: "%9.2f %9.2f", training.forward[kind] ?? 0, training.backward[kind] ?? 0))
        }
        try StandardOutput.print(
            "  \("optimizer".padding(toLength: 24, withPad: " ", startingAt: 0))"
                + String(format: "%19.2f", training.optimizer))
    }
}

/// Characters generated per second.
struct GenerationSpeed: Encodable {
    let plain, traced: Double
}
