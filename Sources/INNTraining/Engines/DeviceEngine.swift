import Foundation
import INNCore
import INNData
import INNDevice
import INNEvaluation
import INNStore

/// Trains on a CUDA device.
final class DeviceEngine: UpdateEngine {
    private let network: IntelligentNeuralNetwork
    private let optimizer: AdamW
    private let memory: CarriedMemory?
    private let batches: TrainingBatches
    private let device: DeviceNetwork
    private let measuresGates: Bool
    /// What the device does, measured before training, and the arithmetic of a character; nil where the device's memory
    /// has no room for the measurement.
    private let ceiling: DeviceCeiling?
    private let work: ModelWork
    /// The window that is evaluated, and what follows it.
    private let window: (tokens: UnsafeMutableBufferPointer<Int32>, targets: UnsafeMutableBufferPointer<Int32>)
    /// What the host has seen of the present weights.
    private var published = (weights: true, everything: true)

    /// - Parameter settings: have passed ``require(_:)``.
    /// - Throws: ``INNError`` of kind `unavailable` when the device has too little memory.
    init(
        _ network: any LanguageModel, _ optimizer: AdamW, memory: CarriedMemory?, batches: TrainingBatches,
        _ settings: TrainingSettings, on device: Device
    ) throws {
        guard let network = network as? IntelligentNeuralNetwork else { fatalError("only an INN passes require") }
        (self.network, self.optimizer, self.memory, self.batches) = (network, optimizer, memory, batches)
        measuresGates = network.configuration.gateTarget != nil
        ceiling = try? device.ceiling()
        work = ModelWork.training(settings.model)
        self.device = try DeviceNetwork(
            network, on: device, batchSize: settings.batchSize, steps: settings.sequenceLength)
        let count = settings.batchSize * settings.sequenceLength
        window = (.allocate(capacity: count), .allocate(capacity: count))
        window.tokens.initialize(repeating: 0)
        window.targets.initialize(repeating: 0)
    }

    /// - Throws: ``INNError`` of kind `usage` when a device cannot train with these settings.
    static func require(_ settings: TrainingSettings) throws {
        guard case .inn(let configuration) = settings.model else {
            throw INNError(
                .usage,
                """
                A CUDA device cannot train the family \(settings.model.family.rawValue), only an INN; train without \
                --device.
                """)
        }
        try DeviceNetwork.require(configuration)
        guard settings.frozenNeurons?.isEmpty ?? true else {
            throw INNError(.usage, "A CUDA device cannot train with --freeze-neuron; train without --device.")
        }
        guard settings.shardCount == 1 else {
            throw INNError(.usage, "A CUDA device cannot train with --shards; train without --device.")
        }
        guard settings.interventions == nil else {
            throw INNError(.usage, "A CUDA device cannot train with --skip-silent; train without --device.")
        }
    }

    deinit {
        window.tokens.deallocate()
        window.targets.deallocate()
    }

    var summary: String { "\(device.device.name), \(device.device.precision.summary)" }

    func deviceReport(charsPerSecond: Double) -> DeviceReport? {
        let device = device.device
        return DeviceReport(
            name: device.name, precision: device.precision.rawValue,
            productShare: ceiling.map { charsPerSecond * work.matrixFlops / $0.productFlops },
            bytes: device.allocatedBytes, totalBytes: (try? device.memory().total) ?? 0)
    }

    let canIntervene = false
    let keepsHostCurrent = false

    func adopt() throws {
        try device.upload()
        try device.uploadMoments(first: optimizer.firstMoments, second: optimizer.secondMoments)
        if let memory { try device.uploadState(memory.shards[0]) }
        published = (true, true)
    }

    func publish(everything: Bool) throws {
        if !published.weights { try device.download() }
        published.weights = true
        guard everything, !published.everything else { return }
        try device.downloadMoments(first: optimizer.firstMoments, second: optimizer.secondMoments)
        if let memory { try device.downloadState(memory.shards[0]) }
        published.everything = true
    }

    /// Training never begins with any, and later ones are refused.
    func hold(_ interventions: ActiveInterventions) {}

    func compute(step: Int) throws -> UpdateLoss {
        published.everything = false
        try device.clearGradients()
        var total = ShardLoss()
        for part in 0..<batches.parts {
            let batch = batches.batch(step: step, part: part, shard: 0)
            if batch.startsStreams { try forget() }
            total.nats +=
                try device.accumulate(
                    tokens: batch.tokens, targets: batch.targets, dropoutKey: batch.dropoutKey) / Double(batches.parts)
            memory?.position += batch.sequenceLength
            guard measuresGates else { continue }
            let gates = try device.gateRates()
            total.penalty += device.penalty(gates) / Double(batches.parts)
            total.gates = part == 0 ? gates : ShardLoss.sum(total.gates, gates)
        }
        return UpdateLoss([total], norm: try device.gradientNorm(), batches)
    }

    func update(_ settings: AdamW.Settings, gradientScale: Double) throws {
        published = (false, false)
        optimizer.stepCount += 1
        let step = Double(optimizer.stepCount)
        try device.update(
            DeviceNetwork.Update(
                learningRate: settings.learningRate, beta1: settings.beta1, beta2: settings.beta2,
                epsilon: settings.epsilon, correction1: 1 - pow(settings.beta1, step),
                correction2: 1 - pow(settings.beta2, step), gradientScale: gradientScale)
        ) { $0.decays || settings.decaysEverything ? settings.weightDecay : 0 }
    }

    func moveGates<Result>(_ change: () -> Result) throws -> Result {
        try device.downloadGateBiases()
        let result = change()
        try device.uploadGateBiases()
        return result
    }

    func forget() throws {
        memory?.reset()
        try device.forget()
    }

    func evaluate(_ windows: ValidationWindows, carriesState: Bool) throws -> Evaluation? {
        guard windows.batchSize * windows.sequenceLength == window.tokens.count,
            device.fits(batchSize: windows.batchSize, steps: windows.sequenceLength)
        else { return nil }
        windows.requireIDs(below: network.vocabularySize)
        try device.holdState(carries: carriesState)
        defer { device.releaseState() }
        var nats = 0.0
        for index in 0..<windows.windowCount {
            windows.fill(window: index, tokens: window.tokens, targets: window.targets)
            nats += try device.evaluate(
                tokens: UnsafeBufferPointer(window.tokens), targets: UnsafeBufferPointer(window.targets))
        }
        return Evaluation(
            bitsPerCharacter: nats / Double(max(1, windows.windowCount)) / natsPerBit,
            characters: windows.windowCount * window.tokens.count)
    }
}
