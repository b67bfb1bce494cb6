import CKernels
import INNCore
import INNData

/// A loss over held-out text.
public struct Evaluation: Codable, Sendable, Equatable {
    /// Mean cross-entropy in bits per character.
    public var bitsPerCharacter: Double
    /// Characters predicted.
    public var characters: Int

    package init(bitsPerCharacter: Double, characters: Int) {
        (self.bitsPerCharacter, self.characters) = (bitsPerCharacter, characters)
    }
}

/// Measures a frozen model on fixed windows of text.
public final class Evaluator {
    private let reader: HeldOutReader
    private var probabilities: [Float] = []

    public init(_ model: any LanguageModel, workspace: Workspace = Workspace(), team: ThreadTeam) {
        reader = HeldOutReader(model, workspace: workspace, team: team)
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
        let size = windows.batchSize * windows.sequenceLength
        if probabilities.count != size * reader.model.vocabularySize {
            probabilities = [Float](repeating: 0, count: size * reader.model.vocabularySize)
        }
        var nats = 0.0
        var characters = 0
        reader.read(
            windows, carriesState: carriesState, probe: probe, interventions: interventions,
            willRead: { tokens, targets in
                willRead?(Array(tokens))
                willPredict?(Array(targets))
            },
            shouldStop: shouldStop
        ) { window in
            nats += inn_softmax_cross_entropy(
                Int32(window.targets.count), Int32(window.width), window.logits.data, window.targets.baseAddress, 0,
                &probabilities)
            characters += window.targets.count
        }
        return Evaluation(
            bitsPerCharacter: nats / Double(max(1, characters)) / natsPerBit, characters: characters)
    }

    /// Averages of the model as it is over the text, for the interventions that need them.
    ///
    /// - Parameters: as of ``evaluate(_:carriesState:probe:interventions:willRead:willPredict:shouldStop:)``.
    public func averages(
        _ windows: ValidationWindows, carriesState: Bool, shouldStop: () -> Bool = { false }
    ) -> NeuronAverages {
        reader.averages(windows, carriesState: carriesState, shouldStop: shouldStop)
    }
}
