import Foundation
import INNCore

/// Keeps gates open as often as ``INNConfiguration/gateTarget`` says, and brings back those that never change.
///
/// After every update the biases of a round's gates are shifted together: their mean is what it was before the update,
/// less a share of how far the mean gate is off in logits. Which neurons fire more often than others is left to
/// training; how often all do is not. An integral control like this has no offset, whatever training pulls at, and
/// has no state but the biases themselves.
struct GateControl {
    /// Share of the logit that is corrected per update, and the largest logit that counts as far off.
    private static let gain = 0.05, furthest = 3.0
    /// After how many updates gates that never change are looked for, and how far their biases are moved.
    static let revivalInterval = 50
    private static let revivalStep: Float = 1

    private let target: Double
    private let isHeld: Bool, revives: Bool
    /// One per round, `[neurons]` or `[1]`.
    private let biases: [Parameter]
    /// Indices of biases that may change.
    private let free: [Int]
    private var before: [Double] = []

    /// nil where there is nothing to control.
    ///
    /// - Parameters:
    ///   - frozen: neurons whose weights do not learn.
    ///   - revives: whether gates that are never or always open are moved as well.
    init?(_ network: any LanguageModel, frozen: [Int], revives: Bool) {
        guard let network = network as? IntelligentNeuralNetwork, let target = network.configuration.gateTarget else {
            return nil
        }
        self.target = Double(target)
        self.revives = revives
        isHeld = network.configuration.gatePressure == nil
        biases = network.routings.compactMap(\.parameters.gateBias)
        let count = biases.first?.count ?? 0
        free = (0..<count).filter { count == 1 || !frozen.contains($0) }
        guard !free.isEmpty, isHeld || revives else { return nil }
    }

    private func mean(_ bias: Parameter) -> Double {
        free.reduce(0) { $0 + Double(bias.values[$1]) } / Double(free.count)
    }

    /// To be called before an update.
    mutating func remember() { before = biases.map(mean) }

    /// To be called after it.
    ///
    /// - Parameters:
    ///   - gates: by round and neuron, the mean gate over the update's characters.
    ///   - step: how many updates there were before.
    /// - Returns: the gates that were revived.
    func apply(_ gates: [[Float]], step: Int) -> [(round: Int, neuron: Int)] {
        guard gates.count == biases.count else { return [] }
        var revived: [(round: Int, neuron: Int)] = []
        for (round, (bias, own)) in zip(biases, gates).enumerated() {
            if isHeld {
                let rate = own.reduce(0) { $0 + Double($1) } / Double(own.count)
                shift(bias, by: Float(before[round] - mean(bias) - Self.gain * Self.excess(rate, target)))
            }
            guard revives, bias.count > 1, step % Self.revivalInterval == Self.revivalInterval - 1 else { continue }
            for neuron in free where Self.isStill(own[neuron]) {
                bias.values[neuron] += own[neuron] < 0.5 ? Self.revivalStep : -Self.revivalStep
                revived.append((round, neuron))
            }
        }
        return revived
    }

    private func shift(_ bias: Parameter, by amount: Float) {
        for index in free { bias.values[index] += amount }
    }

    /// Whether a gate that is open so often might as well be a constant.
    static func isStill(_ gate: Float) -> Bool { gate < 1e-3 || gate > 1 - 1e-3 }

    /// How many logits a rate is above its target, within bounds.
    static func excess(_ rate: Double, _ target: Double) -> Double {
        func logit(_ value: Double) -> Double { log(value / (1 - value)) }
        let bounded = min(1 - 1e-9, max(1e-9, rate))
        return max(-furthest, min(furthest, logit(bounded) - logit(target)))
    }
}
