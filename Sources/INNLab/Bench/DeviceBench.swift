import Foundation
import INNKit

/// What `bench --device` measures: training on a device, and how much of what the device can do it uses.
package struct DeviceBenchReport: Encodable {
    package let version, preset: String
    package let configuration: ModelConfiguration
    package let parameters, batchSize, sequenceLength: Int
    /// As the driver names it.
    package let device: String
    package let precision: Device.Precision
    package let multiprocessors: Int
    package let steps: Int
    package let charactersPerSecond, millisecondsPerStep, medianMilliseconds, fastestMilliseconds: Double
    /// Losses in nats before each update, from the first warm-up step on.
    package let losses: [Double]
    /// What the device does in large matrix products and copies, measured right before.
    package let ceiling: DeviceCeiling
    let work: ModelWork
    /// Share of the time in which the products alone would be done.
    package let productShare: Double
    /// Bytes of the device's memory that training holds, and all that it has.
    package let deviceBytes, deviceTotalBytes: Int

    package func printTable() throws {
        func line(_ name: String, _ value: String) throws {
            try StandardOutput.print("\(name.padding(toLength: 26, withPad: " ", startingAt: 0)) \(value)")
        }
        try line(
            "model",
            "inn \(preset), \(parameters.formatted()) parameters, batch \(batchSize) × \(sequenceLength)")
        try line("device", "\(device), \(multiprocessors) multiprocessors, \(precision.summary)")
        try line(
            "the device does",
            String(
                format: "%.1f TFLOP/s in products, %.0f GB/s in copies", ceiling.productFlops * 1e-12,
                ceiling.bandwidth * 1e-9))
        try line(
            "training",
            String(
                format: "%.0f characters/s (median step %.2f ms, fastest %.2f ms, %d steps)", charactersPerSecond,
                medianMilliseconds, fastestMilliseconds, steps))
        try line("products", String(format: "%.0f %% of the rate of large ones", 100 * productShare))
        try line(
            "device memory",
            String(format: "%.0f of %.0f MB", Double(deviceBytes) / 1e6, Double(deviceTotalBytes) / 1e6))
    }
}

extension BenchRunner {
    private static let clipNorm = 1.0
    /// Of the first updates the losses count and the times do not.
    private static let warmup = 5

    /// Trains on a device for a while.
    ///
    /// - Parameter leastSteps: updates that are measured at least, after a few that are not.
    package func measure(
        _ configuration: ModelConfiguration, preset: String, on choice: DeviceChoice, leastSteps: Int = 20
    ) throws -> DeviceBenchReport {
        guard let network = try configuration.makeModel(seed: 1) as? IntelligentNeuralNetwork else {
            throw INNError(.usage, "A device is measured with an INN; leave out --model.")
        }
        let device = try choice.open()
        let ceiling = try device.ceiling()
        let training = try DeviceNetwork(network, on: device, batchSize: batchSize, steps: sequenceLength)
        let sampler = try BatchSampler(
            corpus: corpus, range: corpus.splits.train, batchSize: batchSize, sequenceLength: sequenceLength,
            order: .contiguous, seed: 1)
        var losses: [Double] = []
        var times: [Double] = []
        let start = ContinuousClock.now
        while losses.count < Self.warmup + leastSteps || start.duration(to: .now) < .seconds(seconds) {
            let (loss, time) = try Self.train(training, sampler, step: losses.count, size: batchSize * sequenceLength)
            losses.append(loss)
            if losses.count > Self.warmup { times.append(time) }
        }
        let sorted = times.sorted()
        let rate = Double(times.count * batchSize * sequenceLength) / times.reduce(0, +)
        let work = ModelWork.training(configuration)
        return DeviceBenchReport(
            version: programVersion, preset: preset, configuration: configuration, parameters: network.parameterCount,
            batchSize: batchSize, sequenceLength: sequenceLength, device: device.name, precision: device.precision,
            multiprocessors: device.multiprocessors, steps: times.count,
            charactersPerSecond: rate,
            millisecondsPerStep: 1e3 * times.reduce(0, +) / Double(times.count),
            medianMilliseconds: 1e3 * sorted[sorted.count / 2], fastestMilliseconds: 1e3 * sorted[0], losses: losses,
            ceiling: ceiling, work: work, productShare: rate * work.matrixFlops / ceiling.productFlops,
            deviceBytes: device.allocatedBytes, deviceTotalBytes: try device.memory().total)
    }

    /// One update, whose end is waited for.
    private static func train(
        _ network: DeviceNetwork, _ sampler: BatchSampler, step: Int, size: Int
    ) throws -> (nats: Double, seconds: Double) {
        var tokens = [Int32](repeating: 0, count: size)
        var targets = tokens
        sampler.fill(position: step, tokens: &tokens, targets: &targets)
        let start = DispatchTime.now().uptimeNanoseconds
        try network.clearGradients()
        let nats = try tokens.withUnsafeBufferPointer { tokens in
            try targets.withUnsafeBufferPointer {
                try network.accumulate(tokens: tokens, targets: $0, dropoutKey: UInt64(step))
            }
        }
        let norm = try network.gradientNorm()
        let settings = AdamW.Settings(learningRate: 1e-3)
        try network.update(
            .init(
                learningRate: settings.learningRate, beta1: settings.beta1, beta2: settings.beta2,
                epsilon: settings.epsilon, correction1: 1 - pow(settings.beta1, Double(step + 1)),
                correction2: 1 - pow(settings.beta2, Double(step + 1)),
                gradientScale: AdamW.clippingScale(norm: norm, limit: clipNorm))
        ) { $0.decays ? settings.weightDecay : 0 }
        try network.device.synchronize()
        return (nats, Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9)
    }
}
