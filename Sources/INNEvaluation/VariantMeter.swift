import Foundation
import INNCore
import INNData

/// Measures what many changes of a network do, all over the same text and in one pass over it.
public final class VariantMeter {
    /// What one change does in one window, one value per character, `[streams, steps]`.
    public struct WindowEffect {
        /// Which of the changes, and the number of the window.
        public let variant: Int, window: Int
        /// The characters read, and what followed each.
        public let tokens: UnsafeBufferPointer<Int32>, targets: UnsafeBufferPointer<Int32>
        /// KL(p ‖ p′) of the next character in bits, p being the network as it is.
        public let divergence: UnsafeBufferPointer<Float>
        /// Change of −log₂ p of the true next character, in bits.
        public let surprisal: UnsafeBufferPointer<Float>
    }

    private let reader: VariantReader
    private let windows: ValidationWindows
    /// Mean loss of the network as it is, bits per character, once the text is read.
    public private(set) var bitsPerCharacter = 0.0
    /// Mean change of each next character's log-probability in nats, `[variants][vocabularySize]`, once the text is
    /// read.
    public private(set) var logProbabilities: [[Float]] = []

    /// - Parameter windows: the text; the memory is carried from each of its windows to the next.
    /// - Throws: ``INNError`` when the network does not have what a change names.
    public init(
        _ network: IntelligentNeuralNetwork, _ windows: ValidationWindows, changes: [InterventionSet],
        averages: NeuronAverages? = nil, workspace: Workspace = Workspace(), team: ThreadTeam
    ) throws {
        let variants = try changes.map { try network.compile($0, averages: averages) }
        logProbabilities = [[Float]](repeating: [], count: variants.count)
        reader = VariantReader(network, variants: variants, workspace: workspace, team: team)
        self.windows = windows
    }

    /// Reads the text.
    ///
    /// - Parameters:
    ///   - progress: told the share that is done before each window; may throw to end the measurement.
    ///   - body: told what each change does in each window; the pointers are valid during the call.
    public func measure(progress: (Double) throws -> Void, body: (WindowEffect) -> Void) rethrows {
        let width = reader.network.vocabularySize
        let size = windows.batchSize * windows.sequenceLength
        var reference = [Float](repeating: 0, count: size * width)
        var probabilities = reference
        var divergence = [Float](repeating: 0, count: size)
        var surprisal = divergence
        var sums = [[Double]](repeating: [Double](repeating: 0, count: width), count: logProbabilities.count)
        var nats = 0.0
        try reader.read(
            windows, willRead: { try progress(Double($0) / Double(windows.windowCount)) }
        ) { reading in
            guard let variant = reading.variant else {
                nats += Self.keep(reading, width, in: &reference, &probabilities)
                return
            }
            for row in 0..<size {
                let logits = reading.logits + row * width
                let logSoftmax = LogSoftmax(logits, count: width)
                let start = row * width
                var total = 0.0
                for id in 0..<width {
                    let difference = reference[start + id] - Float(logSoftmax(logits[id]))
                    total += Double(probabilities[start + id]) * Double(difference)
                    sums[variant][id] -= Double(difference)
                }
                let target = Int(reading.targets[row])
                divergence[row] = Float(total / natsPerBit)
                surprisal[row] =
                    (reference[start + target] - Float(logSoftmax(logits[target]))) / Float(natsPerBit)
            }
            divergence.withUnsafeBufferPointer { divergence in
                surprisal.withUnsafeBufferPointer { surprisal in
                    body(
                        WindowEffect(
                            variant: variant, window: reading.window, tokens: reading.tokens,
                            targets: reading.targets, divergence: divergence, surprisal: surprisal))
                }
            }
        }
        let characters = Double(windows.characters)
        bitsPerCharacter = nats / characters / natsPerBit
        logProbabilities = sums.map { $0.map { Float($0 / characters) } }
    }

    /// Keeps log p and p of the network as it is, `[streams·steps, vocabularySize]`.
    ///
    /// - Returns: the summed loss of the window in nats.
    private static func keep(
        _ reading: VariantReader.Reading, _ width: Int, in reference: inout [Float], _ probabilities: inout [Float]
    ) -> Double {
        var nats = 0.0
        for row in reading.targets.indices {
            let logits = reading.logits + row * width
            let logSoftmax = LogSoftmax(logits, count: width)
            for id in 0..<width {
                let value = logSoftmax(logits[id])
                reference[row * width + id] = Float(value)
                probabilities[row * width + id] = Float(exp(value))
            }
            nats += logSoftmax.surprisal(logits[Int(reading.targets[row])])
        }
        return nats
    }
}
