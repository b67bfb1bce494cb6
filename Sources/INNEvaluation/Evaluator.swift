import CKernels
import INNCore
import INNData

/// A loss over held-out text.
public struct Evaluation: Codable, Sendable, Equatable {
    /// Mean cross-entropy in bits per character.
    public var bitsPerCharacter: Double
    /// Characters predicted.
    public var characters: Int
}

/// Measures a frozen model on fixed windows of text.
public final class Evaluator {
    private let model: any LanguageModel
    private let tape: Tape
    private var tokens: [Int32] = [], targets: [Int32] = []
    private var probabilities: [Float] = []

    public init(_ model: any LanguageModel, workspace: Workspace = Workspace(), team: ThreadTeam) {
        self.model = model
        tape = Tape(workspace: workspace, team: team)
        tape.isRecording = false
    }

    /// Bits per character over all windows.
    ///
    /// - Parameters:
    ///   - carriesState: keep the memory from one window to the next of the same stream, instead of starting each from
    ///     zero (the paper's protocol).
    ///   - probe: looks at every window.
    ///   - interventions: what is changed in the model.
    ///   - willRead: and `willPredict`: told the characters of each window, and what follows each, before it is read.
    ///   - shouldStop: asked between windows; the result then covers what was done.
    public func evaluate(
        _ windows: ValidationWindows, carriesState: Bool, probe: (any Probe)? = nil,
        interventions: CompiledInterventions? = nil,
        willRead: (([Int32]) -> Void)? = nil, willPredict: (([Int32]) -> Void)? = nil,
        shouldStop: () -> Bool = { false }
    ) -> Evaluation {
        windows.requireIDs(below: model.vocabularySize)
        let size = windows.batchSize * windows.sequenceLength
        let state = carriesState ? model.makeState(batchSize: windows.batchSize) : nil
        if tokens.count != size {
            tokens = [Int32](repeating: 0, count: size)
            targets = tokens
        }
        if probabilities.count != size * model.vocabularySize {
            probabilities = [Float](repeating: 0, count: size * model.vocabularySize)
        }
        var nats = 0.0
        var characters = 0
        for window in 0..<windows.windowCount where !shouldStop() {
            windows.fill(window: window, tokens: &tokens, targets: &targets)
            willRead?(tokens)
            willPredict?(targets)
            nats += lossNats(windows, ForwardContext(state: state, probe: probe, interventions: interventions))
            characters += size
        }
        tape.reset()
        return Evaluation(
            bitsPerCharacter: nats / Double(max(1, characters)) / natsPerBit, characters: characters)
    }

    private func lossNats(_ windows: ValidationWindows, _ context: ForwardContext) -> Double {
        tape.reset()
        return tokens.withUnsafeBufferPointer { tokens in
            let result = model.forward(
                tokens: tokens, batchSize: windows.batchSize, steps: windows.sequenceLength, on: tape, context: context)
            return inn_softmax_cross_entropy(
                Int32(targets.count), Int32(model.vocabularySize), result.logits.data, targets, 0, &probabilities)
        }
    }
}
