import INNCore
import INNData

/// Reads held-out text with a network and with variants of it side by side, window by window, each with a memory of its
/// own that is carried from window to window: what is kept does not grow with the text.
///
/// Variants that leave the first round's memory alone, which is most of them, share what the network has made of it, up
/// to the messages that nobody has heard yet: with two rounds more than half of the arithmetic.
final class VariantReader {
    let network: IntelligentNeuralNetwork
    /// nil for the network as it is once more.
    private let variants: [CompiledInterventions?]
    private let base: Tape
    private let changed: Tape

    /// What one network expects after each character of a window.
    struct Reading {
        /// Which variant it is; nil for the network as it is, which reads each window first.
        let variant: Int?
        let window: Int
        /// `[streams, steps]`: the characters read, and what followed each.
        let tokens: UnsafeBufferPointer<Int32>
        let targets: UnsafeBufferPointer<Int32>
        /// `[streams·steps, vocabularySize]`
        let logits: UnsafePointer<Float>
    }

    init(
        _ network: IntelligentNeuralNetwork, variants: [CompiledInterventions?], workspace: Workspace = Workspace(),
        team: ThreadTeam
    ) {
        self.network = network
        self.variants = variants
        base = Tape(workspace: workspace, team: team)
        changed = Tape(workspace: workspace, team: team)
        base.isRecording = false
        changed.isRecording = false
    }

    /// - Parameters:
    ///   - willRead: told the number of each window before it is read; may throw to end the reading.
    ///   - body: told what the network expects, and then what each variant expects.
    func read(_ windows: ValidationWindows, willRead: (Int) throws -> Void, body: (Reading) -> Void) rethrows {
        windows.requireIDs(below: network.vocabularySize)
        let size = windows.batchSize * windows.sequenceLength
        let tokens = UnsafeMutableBufferPointer<Int32>.allocate(capacity: size)
        let targets = UnsafeMutableBufferPointer<Int32>.allocate(capacity: size)
        tokens.initialize(repeating: 0)
        targets.initialize(repeating: 0)
        defer {
            base.reset()
            changed.reset()
            tokens.deallocate()
            targets.deallocate()
        }
        let watch = FirstRoundProbe()
        let states = (0...variants.count).map { _ in network.makeState(batchSize: windows.batchSize) }
        for window in 0..<windows.windowCount {
            try willRead(window)
            windows.fill(window: window, tokens: tokens, targets: targets)
            func read(_ variant: Int?, _ tape: Tape, _ context: ForwardContext) {
                tape.reset()
                let logits = network.forward(
                    tokens: UnsafeBufferPointer(tokens), batchSize: windows.batchSize, steps: windows.sequenceLength,
                    on: tape, context: context
                ).logits
                body(
                    Reading(
                        variant: variant, window: window, tokens: UnsafeBufferPointer(tokens),
                        targets: UnsafeBufferPointer(targets), logits: logits.data))
            }
            read(nil, base, ForwardContext(state: states[variants.count], probe: watch))
            for (index, variant) in variants.enumerated() {
                var context = ForwardContext(state: states[index], interventions: variant)
                if variant?.leavesFirstMemory ?? true { context.firstRound = watch.firstRound }
                read(index, changed, context)
            }
        }
    }
}

/// Remembers where the beginning of a pass lies.
final class FirstRoundProbe: Probe {
    private(set) var firstRound: ForwardContext.FirstRound?
    var looksAtWeights: Bool { false }

    func observe(_ site: Site, _ observation: Observation) {
        switch (site, observation) {
        case (.memory(round: 0), .tensor(let states)): firstRound = ForwardContext.FirstRound(states: states)
        case (.routing(round: 0), .routing(let activations, _)): firstRound?.spoken = activations
        default: break
        }
    }
}
