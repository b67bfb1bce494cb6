import Foundation
import INNCore
import INNData

/// Measures how surprising every character of a fixed held-out text is to a network under interventions: always the
/// same characters in the same order, so that any two measurements can be compared character by character.
public final class SurprisalMeter {
    /// The characters predicted, `[streams, charactersPerStream]`, contiguous in time.
    public let targets: [Int32]
    public let streams: Int
    public let charactersPerStream: Int
    private let reader: HeldOutReader
    private let windows: ValidationWindows

    /// - Parameter windows: the text; the memory is carried from each of its windows to the next.
    public init(_ network: any LanguageModel, _ windows: ValidationWindows, team: ThreadTeam = ThreadTeam()) {
        windows.requireIDs(below: network.vocabularySize)
        self.windows = windows
        reader = HeldOutReader(network, team: team)
        streams = windows.batchSize
        charactersPerStream = windows.windowCount * windows.sequenceLength
        var targets = [Int32](repeating: 0, count: windows.characters)
        var tokens = [Int32](repeating: 0, count: windows.batchSize * windows.sequenceLength)
        var windowTargets = tokens
        for window in 0..<windows.windowCount {
            windows.fill(window: window, tokens: &tokens, targets: &windowTargets)
            for row in windowTargets.indices { targets[Self.place(window, row, windows)] = windowTargets[row] }
        }
        self.targets = targets
    }

    public var characters: Int { targets.count }
    /// What surprisals are of.
    public var unit: TextUnit { windows.corpus.alphabet.unit }

    /// Where a row of a window lies in the order of the text.
    private static func place(_ window: Int, _ row: Int, _ windows: ValidationWindows) -> Int {
        let length = windows.sequenceLength
        return (row / length * windows.windowCount + window) * length + row % length
    }

    /// −log₂ p of every character, in the order of ``targets``.
    ///
    /// - Parameters:
    ///   - interventions: what is changed, or nil for the network as it is.
    ///   - probe: looks at every window.
    ///   - willRead: told the characters of each window before it is read.
    ///   - shouldStop: asked between windows; what was not read is then 0.
    public func surprisals(
        _ interventions: CompiledInterventions?, probe: (any Probe)? = nil, willRead: (([Int32]) -> Void)? = nil,
        shouldStop: () -> Bool = { false }
    ) -> [Float] {
        var result = [Float](repeating: 0, count: characters)
        reader.read(
            windows, probe: probe, interventions: interventions, willRead: { tokens, _ in willRead?(Array(tokens)) },
            shouldStop: shouldStop
        ) { window in
            window.forEachCharacter { row, logits, target in
                let nats = LogSoftmax(logits, count: window.width).surprisal(logits[target])
                result[Self.place(window.index, row, windows)] = Float(nats / natsPerBit)
            }
        }
        return result
    }

    /// Averages of the network as it is over the text, for the interventions that need them.
    ///
    /// - Parameter shouldStop: asked between windows; the averages are then over what was read.
    public func averages(shouldStop: () -> Bool = { false }) -> NeuronAverages {
        reader.averages(windows, shouldStop: shouldStop)
    }

    /// What cutting every edge in all rounds would cost in bits per character, estimated from gradients of the loss
    /// over the text: `[neurons, neurons]`, listener first. Exact only to first order: to be verified by measuring.
    public func estimatedCutCosts() -> [Double] {
        let size = reader.model.shape.neurons * reader.model.shape.neurons
        let scale = 1 / (Double(windows.windowCount) * natsPerBit)
        var costs = [Double](repeating: 0, count: size)
        reader.attributeEdges(windows, targets: { Array($0.targets) }) { steps in
            for step in steps {
                for edge in 0..<size { costs[edge] += step[edge] * scale }
            }
        }
        return costs
    }
}
