import Benchmark
import CKernels
import Foundation
import INNKit

/// Aligned floats with seeded contents, kept for the life of the process.
func floats(_ count: Int, scale: Float = 1) -> UnsafeMutablePointer<Float> {
    let pointer = UnsafeMutableRawPointer.allocate(byteCount: max(count, 16) * 4, alignment: 64).bindMemory(to: Float.self, capacity: count)
    var random = RandomSource(seed: UInt64(count))
    for index in 0..<count { pointer[index] = scale * Float(random.uniform(-0.5...0.5)) }
    return pointer
}

/// Every kernel at the shape that the preset `small` gives it: one neuron and stream of 128 characters, or 32 tokens of all neurons.
let benchmarks: @Sendable () -> Void = {
    Benchmark.defaultConfiguration.metrics = [.wallClock, .throughput]
    Benchmark.defaultConfiguration.scalingFactor = .kilo
    Benchmark.defaultConfiguration.maxDuration = .seconds(2)
    let set = InstructionSet.current
    let steps = 128, inner = 128, states = 16, width = 64

    Benchmark("scan forward (\(set))") { benchmark in
        let work = ScanWork(steps: steps, channels: inner, states: states)
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations { work.forward() }
    }
    Benchmark("scan backward (\(set))") { benchmark in
        let work = ScanWork(steps: steps, channels: inner, states: states)
        work.forward()
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations { work.backward() }
    }
    Benchmark("attention forward (\(set))") { benchmark in
        let work = AttentionWork(neurons: 16, heads: 4, width: width, tokens: 32)
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations { work.forward() }
    }
    Benchmark("attention backward (\(set))") { benchmark in
        let work = AttentionWork(neurons: 16, heads: 4, width: width, tokens: 32)
        work.forward()
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations { work.backward() }
    }
    Benchmark("convolution forward (\(set))") { benchmark in
        let x = floats(steps * inner), weight = floats(inner * 4), bias = floats(inner), y = floats(steps * inner)
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations {
            inn_conv_silu_forward(Int32(steps), Int32(inner), 4, x, Int32(inner), nil, weight, bias, nil, y)
        }
    }
    Benchmark("layer norm forward (\(set))") { benchmark in
        let x = floats(steps * width), weight = floats(width), bias = floats(width), y = floats(steps * width)
        let mean = floats(steps), deviation = floats(steps)
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations {
            inn_layer_norm_forward(Int32(steps), Int32(width), x, weight, bias, 1e-5, y, mean, deviation)
        }
    }
    Benchmark("exp of 16,384 values (\(set))") { benchmark in
        let x = floats(16_384), y = floats(16_384)
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations { inn_exp(16_384, x, y) }
    }
}
