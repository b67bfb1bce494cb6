import Foundation
import INNKit

/// A neuron of one network in the place of a neuron of another, and what that did to the other's loss.
public struct Graft: Encodable {
    public let output, from, into: String
    public let neuron, values: Int
    /// What losses are counted per; nil when nothing was measured.
    public let unit: TextUnit?
    /// Bits per ``unit``; nil when nothing was measured.
    public let before, after: Double?
    public let change: PairedDifference?

    /// Puts the neuron into the network and writes the network's weights.
    ///
    /// - Parameters:
    ///   - target: the neuron that it replaces.
    ///   - checkpoint: of the network.
    ///   - meter: measures the network; nil for no measurement.
    ///   - block: characters drawn together in the bootstrap of the difference.
    /// - Throws: ``INNError`` when the neuron does not fit or the file cannot be written.
    public init(
        _ source: NeuronWeights, into network: IntelligentNeuralNetwork, neuron target: Int,
        of checkpoint: Checkpoint, output: URL, meter: @autoclosure () throws -> SurprisalMeter?, block: Int
    ) throws {
        let name = checkpoint.url.lastPathComponent
        // Minutes of measuring should not end at a neuron that is not there.
        try source.requireFit(into: network, neuron: target, name: name)
        let meter = try meter()
        let before = meter?.surprisals(nil)
        try source.graft(into: network, neuron: target, name: name)
        let after = meter?.surprisals(nil)
        try checkpoint.writeWeights(
            of: network, to: output, facts: ["grafted": "\(source.origin) into neuron \(target)"])
        func mean(_ values: [Float]?) -> Double? {
            values.map { $0.reduce(0.0) { $0 + Double($1) } / Double($0.count) }
        }
        change = before.flatMap { before in
            after.flatMap { PairedDifference($0, minus: before, blockLength: block) }
        }
        (self.output, from, into) = (output.path, source.origin, name)
        (neuron, values) = (target, source.count)
        (self.before, self.after) = (mean(before), mean(after))
        unit = meter?.unit
    }

    /// For people.
    package var text: String {
        let done = "\(output): \(from) is neuron \(neuron) of \(into), \(values) weights\n"
        guard let before, let after, let change, let unit else { return done }
        return done
            + "  \(four(before)) \(unit.worded("BPC")) before, \(four(after)) after: \(unit.worded("ΔBPC")) "
            + "\(signed(change.mean)) (95 % \(change.interval), \(change.characters) \(unit.name)s)\n"
    }

    /// Measures the receiving network on held-out text.
    ///
    /// - Parameters:
    ///   - characters: at most so many.
    ///   - block: characters read in one go.
    public static func meter(
        _ network: IntelligentNeuralNetwork, _ text: Corpus, characters: Int, block: Int
    ) throws -> SurprisalMeter {
        SurprisalMeter(
            network,
            try ValidationWindows(
                measuring: text, range: text.splits.validation, sequenceLength: block, maximumCharacters: characters
            ).fitting(network))
    }
}
