import Foundation
import INNCore
import INNData

/// Measures how far a change of a network moves its predictions: always over the same characters, against the network
/// as it is.
public final class EffectMeter {
    /// What one change does, one value per character in the order in which the windows read them.
    public struct Effect: Sendable {
        /// KL(p ‖ p′) of the next character in bits, p being the network as it is.
        public var divergence: [Float]
        /// Change of −log₂ p of the true next character.
        public var surprisal: [Float]
        /// Mean change of each log-probability in nats, `[vocabularySize]`.
        public var logProbabilities: [Float]
    }

    private let network: IntelligentNeuralNetwork
    private let windows: ValidationWindows
    private let workspace: Workspace
    private let team: ThreadTeam

    /// - Parameter windows: the text; the memory is carried from each of its windows to the next.
    public init(
        _ network: IntelligentNeuralNetwork, _ windows: ValidationWindows, workspace: Workspace = Workspace(),
        team: ThreadTeam = ThreadTeam()
    ) {
        windows.requireIDs(below: network.vocabularySize)
        (self.network, self.windows, self.workspace, self.team) = (network, windows, workspace, team)
    }

    public var characters: Int { windows.characters }

    /// What a set of interventions does.
    ///
    /// - Throws: ``INNError`` when the network does not have what an intervention names.
    public func effect(of set: InterventionSet) throws -> Effect {
        var effect = Effect(divergence: [], surprisal: [], logProbabilities: [])
        effect.divergence.reserveCapacity(characters)
        effect.surprisal.reserveCapacity(characters)
        let meter = try VariantMeter(network, windows, changes: [set], workspace: workspace, team: team)
        meter.measure(progress: { _ in }) { window in
            effect.divergence += window.divergence
            effect.surprisal += window.surprisal
        }
        effect.logProbabilities = meter.logProbabilities[0]
        return effect
    }
}

extension EffectMeter {
    /// Estimates what cutting each edge does, in bits per character: in all rounds,
    /// `[neurons (listener), neurons (speaker)]`, and in each round alone, `[rounds, neurons, neurons]`.
    ///
    /// To second order KL(p ‖ p′) is ½ E[(d log p(y))²] with y drawn from the network itself, d being the derivative
    /// along the cut. Successive characters are drawn independently, so that the mixed terms of the squared sum over a
    /// window vanish on average.
    ///
    /// - Parameter progress: called before each window with the share that is done.
    public func estimatedCutDivergences(
        seed: UInt64, progress: (Double) -> Void = { _ in }
    ) -> (all: [Double], rounds: [Double]) {
        let rounds = network.shape.rounds
        let size = network.shape.neurons * network.shape.neurons
        var all = [Double](repeating: 0, count: size)
        var own = [Double](repeating: 0, count: rounds * size)
        var random = RandomSource(seed: seed)
        // The loss is a mean over characters; the derivative of the sum is wanted.
        let meanToSum = Double(windows.batchSize * windows.sequenceLength)
        func draw(_ window: HeldOutReader.Window) -> [Int32] {
            var drawn: [Int32] = []
            window.forEachCharacter { _, logits, _ in
                drawn.append(Self.draw(logits, window.width, at: random.uniform()))
            }
            return drawn
        }
        HeldOutReader(network, workspace: workspace, team: team).attributeEdges(
            windows, progress: progress, targets: draw
        ) { steps in
            for edge in 0..<size {
                var sum = 0.0
                // The last round comes first.
                for (round, step) in steps.reversed().enumerated() {
                    let derivative = step[edge] * meanToSum
                    own[round * size + edge] += derivative * derivative
                    sum += derivative
                }
                all[edge] += sum * sum
            }
        }
        let scale = 0.5 / (Double(characters) * natsPerBit)
        return (all.map { $0 * scale }, own.map { $0 * scale })
    }

    /// The character of the distribution that scores stand for at which their sum exceeds a share of 0…1.
    static func draw(_ logits: UnsafePointer<Float>, _ width: Int, at share: Double) -> Int32 {
        let logSoftmax = LogSoftmax(logits, count: width)
        var rest = share
        for id in 0..<width {
            rest -= exp(logSoftmax(logits[id]))
            if rest < 0 { return Int32(id) }
        }
        return Int32(width - 1)
    }
}
