import Foundation
import INNKit

/// What a network costs and what it loses when fewer and fewer of its neurons work per character.
public struct ComputeLadder: Encodable {
    /// How the work of a silent neuron is treated.
    enum Mode: String, Codable {
        /// Its memory runs; only what nobody hears is left out. The result is that of closed gates.
        case exact
        /// Its memory is skipped as well.
        case skip
    }

    /// One setting, measured.
    public struct Row: Codable {
        /// Nil for the two references.
        let mode: Mode?
        let rule: String
        public let interventions: InterventionSet
        /// Share of neurons whose memory ran, and who spoke, per round and character.
        let ranShare, spokeShare: Double
        let charactersPerSecond: Double
        /// Against all gates open, in turns with it.
        let speedUp: Double
        public let bitsPerCharacter: Double
        /// Against the network as trained, over the same characters.
        public let change: PairedDifference
    }

    public let rows: [Row]
    /// Median over the rows.
    let openCharactersPerSecond: Double
    public let characters: Int, blockLength: Int

    /// - Parameters:
    ///   - rates: shares of neurons to measure, each in (0, 1).
    ///   - trained: the interventions that the network was trained with.
    ///   - calibration: text on which thresholds are chosen.
    ///   - seconds: for the speed of each row.
    ///   - progress: called before each row with how many are done and of how many.
    public init(
        _ network: IntelligentNeuralNetwork, _ windows: ValidationWindows, calibration: ValidationWindows,
        trained: InterventionSet,
        rates: [Double], seconds: Double, progress: (_ done: Int, _ of: Int) -> Void
    ) throws {
        let meter = SurprisalMeter(network, windows)
        let ids = Array(meter.targets.prefix(meter.charactersPerStream))
        let open = InterventionSet([.gate(.open)])
        blockLength = windows.sequenceLength
        characters = meter.characters
        let reference = meter.surprisals(try network.compile(trained))
        var rows: [Row] = []
        var openSpeeds: [Double] = []
        func measure(_ mode: Mode?, _ rule: String, _ set: InterventionSet) throws {
            progress(rows.count, 2 + 4 * rates.count)
            let counter = WorkCounter()
            let surprisals = meter.surprisals(try network.compile(set), probe: counter)
            let speed = try SpeedComparison(network, reference: open, changed: set, ids: ids, seconds: seconds)
            openSpeeds.append(speed.referenceCharactersPerSecond)
            rows.append(
                Row(
                    mode: mode, rule: rule, interventions: set, ranShare: counter.ranShare,
                    spokeShare: counter.spokeShare,
                    charactersPerSecond: speed.charactersPerSecond, speedUp: speed.speedUp,
                    bitsPerCharacter: surprisals.reduce(0.0) { $0 + Double($1) } / Double(surprisals.count),
                    change: PairedDifference(surprisals, minus: reference, blockLength: windows.sequenceLength)!))
        }
        try measure(nil, "as trained", trained)
        try measure(nil, "all gates open", open)
        let thresholds = Thresholds(network, calibration)
        for mode in [Mode.exact, .skip] {
            for rate in rates {
                let threshold = try thresholds.threshold(for: rate, mode)
                let format = FloatingPointFormatStyle<Float>.number.precision(.fractionLength(3))
                let shown = threshold.formatted(format.locale(.init(identifier: "en_US")))
                try measure(mode, "g > \(shown)", mode.set(.hard(threshold: threshold)))
                let budget = max(1, Int(bounded: (rate * Double(network.configuration.neurons)).rounded()))
                try measure(mode, "loudest \(budget)", mode.set(.loudest(budget)))
            }
        }
        self.rows = rows
        openCharactersPerSecond = SpeedComparison.median(openSpeeds)
    }
}

extension ComputeLadder.Mode {
    /// The interventions that close gates by a rule in this mode.
    func set(_ gate: Intervention.GateChange) -> InterventionSet {
        InterventionSet(self == .exact ? [.gate(gate)] : [.gate(gate), .memory(.skipWhenSilent)])
    }
}

/// Finds thresholds at which a given share of neurons works.
private final class Thresholds {
    private let network: IntelligentNeuralNetwork
    private let windows: ValidationWindows
    private let evaluator: Evaluator

    init(_ network: IntelligentNeuralNetwork, _ windows: ValidationWindows) {
        self.network = network
        self.windows = windows
        evaluator = Evaluator(network, team: ThreadTeam())
    }

    /// The lowest threshold found at which no more than a share works. By bisection, since fewer gates exceed a larger
    /// one.
    func threshold(for rate: Double, _ mode: ComputeLadder.Mode) throws -> Float {
        var low: Float = 0
        var high: Float = 1
        for _ in 0..<9 {
            let middle = (low + high) / 2
            if try share(middle, mode) > rate { low = middle } else { high = middle }
        }
        return high
    }

    private func share(_ threshold: Float, _ mode: ComputeLadder.Mode) throws -> Double {
        let counter = WorkCounter()
        _ = evaluator.evaluate(
            windows, carriesState: true, probe: counter,
            interventions: try network.compile(mode.set(.hard(threshold: threshold))))
        return mode == .exact ? counter.spokeShare : counter.ranShare
    }
}
