import INNCore
import INNData

/// Measures how surprising every character of a fixed held-out text is to a network under interventions: always the
/// same characters in the same order, so that any two measurements can be compared character by character.
public final class SurprisalMeter {
    /// The characters predicted, `[streams, charactersPerStream]`, contiguous in time.
    public let targets: [Int32]
    public let streams: Int
    public let charactersPerStream: Int
    private let network: any LanguageModel
    private let windows: ValidationWindows
    private let tape: Tape
    private var tokens: [Int32], windowTargets: [Int32]

    /// - Parameter windows: the text; the memory is carried from each of its windows to the next.
    public init(_ network: any LanguageModel, _ windows: ValidationWindows, team: ThreadTeam = ThreadTeam()) {
        windows.requireIDs(below: network.vocabularySize)
        self.network = network
        self.windows = windows
        tape = Tape(team: team)
        streams = windows.batchSize
        charactersPerStream = windows.windowCount * windows.sequenceLength
        tokens = [Int32](repeating: 0, count: windows.batchSize * windows.sequenceLength)
        windowTargets = tokens
        var targets = [Int32](repeating: 0, count: windows.characters)
        for window in 0..<windows.windowCount {
            windows.fill(window: window, tokens: &tokens, targets: &windowTargets)
            for index in windowTargets.indices {
                targets[Self.place(window, index, windows)] = windowTargets[index]
            }
        }
        self.targets = targets
    }

    public var characters: Int { targets.count }

    /// Where a row of a window lies in the order of the text.
    private static func place(_ window: Int, _ index: Int, _ windows: ValidationWindows) -> Int {
        let length = windows.sequenceLength
        return (index / length * windows.windowCount + window) * length + index % length
    }

    /// −log₂ p of every character, in the order of ``targets``.
    ///
    /// - Parameters:
    ///   - interventions: what is changed, or nil for the network as it is.
    ///   - probe: looks at every window.
    public func surprisals(_ interventions: CompiledInterventions?, probe: (any Probe)? = nil) -> [Float] {
        var result = [Float](repeating: 0, count: characters)
        let state = network.makeState(batchSize: streams)
        let width = network.vocabularySize
        tape.isRecording = false
        for window in 0..<windows.windowCount {
            windows.fill(window: window, tokens: &tokens, targets: &windowTargets)
            tape.reset()
            let logits = forward(ForwardContext(state: state, probe: probe, interventions: interventions))
            for index in windowTargets.indices {
                let row = logits.data + index * width
                let nats = LogSoftmax(row, count: width).surprisal(row[Int(windowTargets[index])])
                result[Self.place(window, index, windows)] = Float(nats / natsPerBit)
            }
        }
        tape.reset()
        return result
    }

    /// Averages of the network as it is over the text, for the interventions that need them.
    public func baseline() -> InterventionBaseline {
        let collector = InterventionBaselineCollector(network.shape, characters: characters)
        let state = network.makeState(batchSize: streams)
        tape.isRecording = false
        for window in 0..<windows.windowCount {
            windows.fill(window: window, tokens: &tokens, targets: &windowTargets)
            tape.reset()
            _ = forward(ForwardContext(state: state, probe: collector))
        }
        tape.reset()
        return collector.baseline()
    }

    /// What cutting every edge in all rounds would cost in bits per character, estimated from gradients of the loss
    /// over the text: `[neurons, neurons]`, listener first. Exact only to first order: to be verified by measuring.
    public func estimatedCutCosts() -> [Double] {
        let attribution = EdgeAttribution()
        let state = network.makeState(batchSize: streams)
        let size = network.shape.neurons * network.shape.neurons
        tape.isRecording = true
        tape.edgeAttribution = attribution
        network.parameters.clearGradients()
        for window in 0..<windows.windowCount {
            windows.fill(window: window, tokens: &tokens, targets: &windowTargets)
            tape.reset()
            let logits = forward(ForwardContext(state: state))
            windowTargets.withUnsafeBufferPointer { tape.backward(from: tape.crossEntropy(logits, targets: $0)) }
        }
        tape.reset()
        tape.edgeAttribution = nil
        network.parameters.clearGradients()
        let scale = 1 / (Double(max(1, windows.windowCount)) * natsPerBit)
        return attribution.steps.reduce(into: [Double](repeating: 0, count: size)) { sum, step in
            for edge in 0..<size { sum[edge] += step[edge] * scale }
        }
    }

    private func forward(_ context: ForwardContext) -> Tensor {
        tokens.withUnsafeBufferPointer { tokens in
            network.forward(
                tokens: tokens, batchSize: windows.batchSize, steps: windows.sequenceLength, on: tape, context: context
            ).logits
        }
    }
}
