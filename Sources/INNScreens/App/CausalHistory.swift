import INNKit

/// What losing a neuron cost when each character came next, at the steps at which an analysis measured it.
public struct CausalHistory: Equatable, Sendable {
    struct Moment: Equatable, Sendable {
        let step: Int
        /// Bits, by symbol; NaN where the text did not hold it.
        let costs: [Float]
    }

    private var moments: [Int: [Moment]] = [:]

    /// Of one neuron; older moments are thinned.
    static let most = 64

    /// The moments of a neuron, ascending by step.
    func moments(of neuron: Int) -> [Moment] { moments[neuron] ?? [] }

    mutating func append(_ insight: Insight) {
        for neuron in 0..<insight.network.neurons {
            guard let tuning = insight.tuning(of: neuron), let own = tuning.neuron(neuron) else { continue }
            let isCommon = insight.network.causal?.tuning?.neuron(neuron) != nil
            guard let step = isCommon ? insight.step : insight.lesions[neuron]?.step else { continue }
            let costs = own.costs.prefix(tuning.symbols).map { $0.map { Float($0.mean) } ?? .nan }
            append(Moment(step: step, costs: costs), neuron)
        }
    }

    private mutating func append(_ moment: Moment, _ neuron: Int) {
        var own = moments[neuron] ?? []
        // Another network, or a resume that went back.
        own.removeAll { $0.step >= moment.step || $0.costs.count != moment.costs.count }
        own.append(moment)
        if own.count > Self.most { own = own.indices.filter { $0 % 2 == 0 || $0 == own.count - 1 }.map { own[$0] } }
        moments[neuron] = own
    }
}
