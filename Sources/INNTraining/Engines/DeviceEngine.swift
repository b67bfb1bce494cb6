import Foundation
import INNCore
import INNData
import INNDevice
import INNEvaluation

/// Trains on a CUDA device.
final class DeviceEngine: UpdateEngine {
    private let network: IntelligentNeuralNetwork
    private let optimizer: AdamW
    private let state: RecurrentState?
    private let device: DeviceNetwork
    private let measuresGates: Bool
    /// The window that is evaluated, and what follows it.
    private let window: (tokens: UnsafeMutableBufferPointer<Int32>, targets: UnsafeMutableBufferPointer<Int32>)
    /// What the host has seen of the present weights.
    private var published = (weights: true, everything: true)

    /// - Parameter settings: have passed ``require(_:)``.
    /// - Throws: ``INNError`` of kind `unavailable` when the device has too little memory.
    init(
        _ network: any LanguageModel, _ optimizer: AdamW, state: RecurrentState?, _ settings: TrainingSettings,
        on device: Device
    ) throws {
        guard let network = network as? IntelligentNeuralNetwork else { fatalError("only an INN passes require") }
        (self.network, self.optimizer, self.state) = (network, optimizer, state)
        measuresGates = network.configuration.gateTarget != nil
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
        guard settings.interventions == nil else {
            throw INNError(.usage, "A CUDA device cannot train with --skip-silent; train without --device.")
        }
    }

    deinit {
        window.tokens.deallocate()
        window.targets.deallocate()
    }

    var summary: String { "\(device.device.name), \(device.device.precision.rawValue) products" }

    let canIntervene = false

    func adopt() throws {
        try device.upload()
        try device.uploadMoments(first: optimizer.firstMoments, second: optimizer.secondMoments)
        if let state { try device.uploadState(state) }
        published = (true, true)
    }

    func publish(everything: Bool) throws {
        if !published.weights { try device.download() }
        published.weights = true
        guard everything, !published.everything else { return }
        try device.downloadMoments(first: optimizer.firstMoments, second: optimizer.secondMoments)
        if let state { try device.downloadState(state) }
        published.everything = true
    }

    func clearGradients() throws { try device.clearGradients() }

    func accumulate(_ batch: TrainingBatch) throws -> BatchLoss {
        published.everything = false
        let nats = try device.accumulate(
            tokens: batch.tokens, targets: batch.targets, dropoutKey: batch.dropoutKey)
        state?.position += batch.sequenceLength
        return BatchLoss(nats: nats, penalty: 0, gates: measuresGates ? try device.gateRates() : [])
    }

    func gradientNorm() throws -> Double { try device.gradientNorm() }

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
        state?.reset()
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
