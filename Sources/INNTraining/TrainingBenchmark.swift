import CKernels
import Foundation
import INNCore
import INNData

/// Trains on generated text for a fixed number of steps or seconds and measures.
public final class TrainingBenchmark {
    public struct Result: Codable, Sendable {
        public var steps: Int
        /// Over the measured steps, warm-up excluded.
        public var charactersPerSecond: Double
        public var millisecondsPerStep: Double
        /// Fastest and median step.
        public var fastestMilliseconds: Double
        public var medianMilliseconds: Double
        /// Milliseconds per step by kind of operation, forward and backward.
        public var forward: [String: Double]
        public var backward: [String: Double]
        /// Milliseconds per step for gradient norm and AdamW.
        public var optimizer: Double
        /// Losses in nats before each update, from the first warm-up step on.
        public var losses: [Double]
        /// Bytes of buffers that training holds.
        public var workspaceBytes: Int
    }

    public let network: any LanguageModel
    public let batchSize: Int, sequenceLength: Int
    public let settings: AdamW.Settings
    public static let clipNorm = 1.0
    private let tape: Tape
    private let recorder: TaskRecorder?
    private let optimizer: AdamW
    private let sampler: BatchSampler
    private var tokens: [Int32], targets: [Int32]

    /// - Parameter recorder: times the tasks of the steps, which one thread then does whatever `threads` says.
    public init(
        _ configuration: ModelConfiguration, corpus: Corpus, batchSize: Int, sequenceLength: Int, threads: Int,
        recorder: TaskRecorder? = nil
    ) throws {
        try configuration.validate(sequenceLength: sequenceLength)
        try ModelMemory(configuration, batchSize: batchSize, steps: sequenceLength, isTraining: true).require(
            .usage, "Training this model")
        network = try configuration.makeModel(seed: 1)
        self.batchSize = batchSize
        self.sequenceLength = sequenceLength
        settings = AdamW.Settings(learningRate: 1e-3)
        let team = recorder.map { ThreadTeam(recording: $0) } ?? ThreadTeam(threadCount: threads)
        self.recorder = recorder
        tape = Tape(team: team)
        optimizer = AdamW(network.parameters, team: team)
        sampler = try BatchSampler(
            corpus: corpus, range: corpus.splits.train, batchSize: batchSize, sequenceLength: sequenceLength,
            order: .contiguous, seed: 1)
        tokens = [Int32](repeating: 0, count: batchSize * sequenceLength)
        targets = tokens
    }

    /// The inputs and targets of a step, `[batchSize, sequenceLength]` each.
    public func batch(_ step: Int) -> (tokens: [Int32], targets: [Int32]) {
        var tokens = tokens
        var targets = targets
        sampler.fill(position: step, tokens: &tokens, targets: &targets)
        return (tokens, targets)
    }

    /// Runs `warmup` steps, then at least `minimumSteps` and at least `seconds`.
    public func run(warmup: Int = 3, minimumSteps: Int = 5, seconds: Double) -> Result {
        var losses: [Double] = []
        var times: [Double] = []
        var optimizerTime = 0.0
        var step = 0
        for _ in 0..<warmup {
            losses.append(trainStep(step).loss)
            step += 1
        }
        tape.timings.clear()
        while times.count < minimumSteps || times.reduce(0, +) < seconds {
            let start = DispatchTime.now().uptimeNanoseconds
            let (loss, own) = trainStep(step)
            times.append(Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9)
            losses.append(loss)
            optimizerTime += own
            step += 1
        }
        let total = times.reduce(0, +)
        let count = Double(times.count)
        let sorted = times.sorted()
        func perStep(_ nanoseconds: [UInt64]) -> [String: Double] {
            Dictionary(
                uniqueKeysWithValues: OperationKind.allCases.compactMap { kind in
                    nanoseconds[kind.rawValue] > 0
                        ? (kind.name, Double(nanoseconds[kind.rawValue]) * 1e-6 / count) : nil
                })
        }
        return Result(
            steps: times.count, charactersPerSecond: count * Double(batchSize * sequenceLength) / total,
            millisecondsPerStep: total / count * 1e3,
            fastestMilliseconds: sorted[0] * 1e3, medianMilliseconds: sorted[sorted.count / 2] * 1e3,
            forward: perStep(tape.timings.forward),
            backward: perStep(tape.timings.backward), optimizer: optimizerTime / count * 1e3, losses: losses,
            workspaceBytes: tape.workspace.byteCount)
    }

    /// The tasks of a step of median length, out of so many after `warmup` others; nil without a recorder.
    public func schedule(warmup: Int = 3, steps: Int = 9) -> TaskSchedule? {
        guard let recorder else { return nil }
        var schedules: [TaskSchedule] = []
        for step in 0..<(warmup + steps) {
            let start = DispatchTime.now().uptimeNanoseconds
            _ = trainStep(step)
            let schedule = recorder.take(ofSeconds: Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9)
            if step >= warmup { schedules.append(schedule) }
        }
        return schedules.sorted { $0.total < $1.total }[steps / 2]
    }

    private func trainStep(_ step: Int) -> (loss: Double, optimizerSeconds: Double) {
        sampler.fill(position: step, tokens: &tokens, targets: &targets)
        tape.reset()
        network.parameters.clearGradients()
        let value = tokens.withUnsafeBufferPointer { tokens in
            targets.withUnsafeBufferPointer { targets in
                let result = network.forward(
                    tokens: tokens, batchSize: batchSize, steps: sequenceLength, on: tape,
                    context: ForwardContext(isTraining: true, dropoutKey: UInt64(step)))
                let loss = tape.crossEntropy(result.logits, targets: targets)
                tape.backward(from: loss)
                return Double(loss.data[0])
            }
        }
        let start = DispatchTime.now().uptimeNanoseconds
        let norm = optimizer.gradientNorm()
        optimizer.update(settings, gradientScale: AdamW.clippingScale(norm: norm, limit: Self.clipNorm))
        return (value, Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9)
    }
}
