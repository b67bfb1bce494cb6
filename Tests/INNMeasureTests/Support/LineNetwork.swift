import Foundation

@testable import INNCore
@testable import INNData

/// A network of width 2 whose states all lie on the line (a, −a), so that everything it does follows from one number
/// per neuron: what it should report is worked out in double precision by ``LineTwin``, from the equations of
/// docs/MODEL.md and nothing else.
///
/// * The embedding of character c is (e_c, −e_c), the norm of (a, −a) is r(a)·(1, −1) with r(a) = a / √(a² + 1e-5).
///   With states of about 0.003 the norm is far from its limits ±1.
/// * A memory adds σ_rj · SiLU(κ_rj·r(a′) + 10) / SiLU(10), a′ being the state before it, or that of the character
///   before with `looksBack`. With κ = 0 that is the constant σ_rj. Its scan is switched off.
/// * The value of a speaker is ν_r·r(a_j)·(1, −1), its gate the constant sigmoid(β_rj), W_O the identity.
/// * The logit of character y is 2·w·e_y·r(mean of a) + b_y.
struct LineNetwork {
    var rounds = 2, neurons = 2
    /// Heads that all listen alike: what they hear together is what one head hears.
    var heads = 1
    var memory = MemoryKind.none
    var gate = GateMode.soft
    var routing = RoutingMode.static
    var selfEdges = true
    /// e_c, b_y.
    var levels: [Double]
    var biases: [Double]
    /// σ_rj, κ_rj and β_rj, `[rounds][neurons]`.
    var shifts: [[Double]], recalls: [[Double]], gateBiases: [[Double]]
    /// ν_r.
    var values: [Double]
    /// Scores of routing that is static, `[rounds][neurons (listener)][neurons (speaker)]`.
    var scores: [[[Double]]]
    /// w.
    var readout = 250.0
    var looksBack = false

    /// Numbers without any symmetry that a mistake could hide behind.
    init(rounds: Int = 2, neurons: Int = 2) {
        (self.rounds, self.neurons) = (rounds, neurons)
        levels = (0..<27).map { 0.004 * sin(1.7 * Double($0) + 0.3) }
        biases = (0..<27).map { 0.6 * cos(2.3 * Double($0)) }
        func table(_ value: (Double) -> Double) -> [[Double]] {
            (0..<rounds).map { round in (0..<neurons).map { value(Double(round) * 1.9 + Double($0) * 1.3 + 0.4) } }
        }
        shifts = table { 0.003 * sin(2.1 * $0) }
        recalls = table { _ in 0 }
        gateBiases = table { 1.5 * cos(1.1 * $0) }
        values = (0..<rounds).map { 0.004 - 0.0015 * Double($0) }
        scores = (0..<rounds).map { round in
            (0..<neurons).map { listener in
                (0..<neurons).map { speaker in
                    let angle = Double(2 + 2 * round) + 1.2 * Double(listener) + 3 * Double(speaker)
                    return sin(angle)
                }
            }
        }
    }

    var configuration: INNConfiguration {
        INNConfiguration(
            neurons: neurons, dModel: 2, rounds: rounds, heads: heads, stateSize: 1, convKernel: 2, memory: memory,
            gate: gate, routing: routing, selfEdges: selfEdges)
    }

    func network() throws -> IntelligentNeuralNetwork {
        let network = try IntelligentNeuralNetwork(configuration, seed: 1)
        let store = network.parameters
        func load(_ name: String, _ values: [Double]) throws { try store.load(name, values.map { Float($0) }) }
        try load("embedding.weight", levels.flatMap { [$0, -$0] })
        try load("readout.norm.weight", [readout, readout])
        try load("readout.norm.bias", [0, 0])
        try load("readout.bias", biases)
        for round in 0..<rounds {
            try loadMemory(round, store)
            guard routing != .off else { continue }
            let name = "rounds.\(round).routing"
            let v = values[round] / 2
            let value = [v, -v, -v, v]
            try load("\(name)Norm.weight", [1, 1])
            try load("\(name)Norm.bias", [0, 0])
            if gate != .off {
                try load("\(name).gateWeight", [Double](repeating: 0, count: 2 * neurons))
                try load("\(name).gateBias", gateBiases[round])
            }
            let isLearned = routing == .learned
            try load("\(name).inProjection", isLearned ? [Double](repeating: 0, count: 8) + value : value)
            try load("\(name).inBias", [Double](repeating: 0, count: isLearned ? 6 : 2))
            try load("\(name).outProjection", [1, 0, 0, 1])
            try load("\(name).outBias", [0, 0])
            if routing == .static {
                try load("\(name).staticScores", (0..<heads).flatMap { _ in scores[round].flatMap { $0 } })
            }
        }
        return network
    }

    /// Only the first inner channel is used.
    private func loadMemory(_ round: Int, _ store: ParameterStore) throws {
        let name = memory == .none ? "rounds.\(round).character" : "rounds.\(round).memory"
        let hidden = memory == .none ? configuration.hiddenWidth : configuration.dInner
        for parameter in store.parameters where parameter.name.hasPrefix("\(name).") { parameter.fill(0) }
        try store.load("rounds.\(round).memoryNorm.weight", [1, 1])
        // The components of the norm then add up to 2 whatever the state, which makes constants out of weights.
        try store.load("rounds.\(round).memoryNorm.bias", [1, 1])
        for neuron in 0..<neurons {
            let half = Float(recalls[round][neuron] / 2)
            func set(_ parameter: String, _ row: Int, _ rows: Int, _ values: [Float]) {
                let target = store["\(name).\(parameter)"]!.values + (neuron * rows + row) * values.count
                for (index, value) in values.enumerated() { target[index] = value }
            }
            if memory == .none {
                set("valueProjection", 0, hidden, [half, -half])
                set("gateProjection", 0, hidden, [5, 5])
                set("convWeight", 0, hidden, [1])
            } else {
                set("inProjection", 0, 2 * hidden, [half, -half])
                set("inProjection", hidden, 2 * hidden, [5, 5])
                set("convWeight", 0, hidden, looksBack ? [1, 0] : [0, 1])
                set("skip", 0, hidden, [1])
            }
            set("convBias", 0, hidden, [10])
            // Value and gate of the memory are both SiLU(10).
            let out = Float(shifts[round][neuron] / (LineTwin.silu(10) * LineTwin.silu(10)))
            for (row, value) in [out, -out].enumerated() {
                set("outProjection", row, 2, [value] + [Float](repeating: 0, count: hidden - 1))
            }
        }
        store.markChanged()
    }
}
