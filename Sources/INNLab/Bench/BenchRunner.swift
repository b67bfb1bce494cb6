import Foundation
import INNKit

/// Runs the measurements of `bench`.
package struct BenchRunner {
    package let corpus: Corpus
    package let batchSize: Int, sequenceLength: Int, threads: Int
    package let seconds: Double

    package init(corpus: Corpus, batchSize: Int, sequenceLength: Int, threads: Int, seconds: Double) {
        self.corpus = corpus
        self.batchSize = batchSize
        self.sequenceLength = sequenceLength
        self.threads = threads
        self.seconds = seconds
    }

    package func measure(_ configuration: ModelConfiguration, preset: String) throws -> BenchReport {
        let roofline = Roofline.measure(threads: threads)
        let work = ModelWork.training(configuration)
        let benchmark = try TrainingBenchmark(
            configuration, corpus: corpus, batchSize: batchSize, sequenceLength: sequenceLength, threads: threads)
        let result = benchmark.run(seconds: seconds)
        let generation = GenerationSpeed(
            plain: generate(benchmark.network, traced: false), traced: generate(benchmark.network, traced: true))
        return BenchReport(
            version: programVersion, preset: preset, configuration: configuration,
            parameters: benchmark.network.parameterCount,
            batchSize: batchSize, sequenceLength: sequenceLength, threads: threads,
            instructionSet: InstructionSet.current,
            blas: LinearAlgebra.description, roofline: roofline, work: work, training: result,
            limit: work.limit(roofline, threads: threads),
            achievedFlops: result.charactersPerSecond * (work.matrixFlops + work.vectorFlops), generation: generation,
            peakBytes: Self.peakBytes())
    }

    /// Characters generated per second by one thread; traced means that every gate and routing weight is taken, as the
    /// explorer and `generate --trace` do.
    private func generate(_ network: any LanguageModel, traced: Bool) -> Double {
        let generator = TextGenerator(network)
        if traced { generator.probe = TraceRecorder(network.shape) }
        let options = SamplingOptions()
        var random = RandomSource(seed: 1)
        var count = 0
        let start = ContinuousClock.now
        while start.duration(to: .now) < .seconds(seconds / 2) || count < 20 {
            generator.read([generator.choose(options, &random)])
            count += 1
        }
        let elapsed = start.duration(to: .now).components
        return Double(count) / (Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18)
    }

    private struct PeerConfig: Encodable {
        struct Optimizer: Encodable {
            let learningRate, beta1, beta2, epsilon, weightDecay, clip: Double
            let decaysEverything: Bool
        }
        let model: ModelConfiguration
        let batchSize, sequenceLength: Int
        let optimizer: Optimizer
    }

    private struct PeerResult: Encodable {
        let losses: [Double]
        let charactersPerSecond, millisecondsPerStep, medianMilliseconds: Double
        let peakBytes: Int
    }

    /// Writes initial weights, batches, settings and our own result, so that another program can train on exactly the
    /// same.
    ///
    /// Without dropout, whose masks another program draws differently, and with the memory starting from zero in every
    /// window.
    package func exportForPeer(_ asked: ModelConfiguration, to folder: URL, on device: DeviceChoice? = nil) throws {
        // Before anything is written.
        _ = try device?.open()
        var configuration = asked
        configuration.options.dropout = 0
        configuration.options.carryState = false
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw INNError(
                .cannotCreate, "The folder \(folder.path) cannot be created; choose another one for --peer-export.")
        }
        let benchmark = try TrainingBenchmark(
            configuration, corpus: corpus, batchSize: batchSize, sequenceLength: sequenceLength, threads: threads)
        let entries = benchmark.network.parameters.parameters.map {
            SafetensorsEntry(
                name: $0.name, shape: $0.shape.array, floats: UnsafeBufferPointer(start: $0.values, count: $0.count))
        }
        try SafetensorsWriter.export(entries, metadata: [:], to: folder.appending(path: "weights.safetensors"))
        var batches = Data()
        for step in 0..<40 {
            let (tokens, targets) = benchmark.batch(step)
            for ids in [tokens, targets] { ids.withUnsafeBytes { batches.append(contentsOf: $0) } }
        }
        let s = benchmark.settings
        let config = PeerConfig(
            model: configuration, batchSize: batchSize, sequenceLength: sequenceLength,
            optimizer: .init(
                learningRate: s.learningRate, beta1: s.beta1, beta2: s.beta2, epsilon: s.epsilon,
                weightDecay: s.weightDecay,
                clip: TrainingBenchmark.clipNorm, decaysEverything: s.decaysEverything))
        try OutputFile.write(batches, to: folder.appending(path: "tokens.i32"))
        try OutputFile.write(Self.encoder.encode(config), to: folder.appending(path: "config.json"))
        let summary = try peerResult(benchmark, configuration, on: device)
        try OutputFile.write(Self.encoder.encode(summary), to: folder.appending(path: "result.json"))
        try Self.printJSON(summary)
    }

    private func peerResult(
        _ benchmark: TrainingBenchmark, _ configuration: ModelConfiguration, on device: DeviceChoice?
    ) throws -> PeerResult {
        if let device {
            let result = try measure(configuration, preset: "custom", on: device)
            return PeerResult(
                losses: result.losses, charactersPerSecond: result.charactersPerSecond,
                millisecondsPerStep: result.millisecondsPerStep, medianMilliseconds: result.medianMilliseconds,
                peakBytes: result.deviceBytes)
        }
        let result = benchmark.run(warmup: 5, minimumSteps: 20, seconds: seconds)
        return PeerResult(
            losses: result.losses, charactersPerSecond: result.charactersPerSecond,
            millisecondsPerStep: result.millisecondsPerStep, medianMilliseconds: result.medianMilliseconds,
            peakBytes: Self.peakBytes())
    }

    private static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return encoder
    }

    package static func printJSON(_ value: some Encodable) throws {
        try StandardOutput.print(String(decoding: encoder.encode(value), as: UTF8.self))
    }

    /// Largest resident set of this process, bytes.
    package static func peakBytes() -> Int {
        var usage = rusage()
        #if os(macOS)
        getrusage(RUSAGE_SELF, &usage)
        return usage.ru_maxrss
        #else
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss * 1024
        #endif
    }
}
