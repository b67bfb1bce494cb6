/// Averages and samples of what neurons do over held-out text: what interventions such as `mean`, `resample`, `frozen`
/// and `static` put in the place of the live values. Taken by an ``NeuronAveragesCollector``.
///
/// Arrays are row-major, last axis fastest.
public struct NeuronAverages: Codable, Sendable, Equatable {
    public var rounds: Int, neurons: Int, dModel: Int, heads: Int
    /// Characters over which the averages were taken.
    public var characters: Int
    /// Mean gate as it multiplies the message, `[rounds, neurons]`.
    public var gateMean: [Float]
    /// Mean routing weight, `[rounds, heads, neurons (listener), neurons (speaker)]`.
    public var routingMean: [Float]
    /// Mean gated value g_j·W_V v_j of every speaker, `[rounds, neurons, dModel]`.
    public var messageMean: [Float]
    /// Mean state after the last round, `[neurons, dModel]`.
    public var stateMean: [Float]
    /// Number of sampled positions.
    public var samples: Int
    /// Gated values at the sampled positions, `[rounds, neurons, samples, dModel]`.
    public var messageSamples: [Float]
    /// States after the last round at the same positions, `[neurons, samples, dModel]`.
    public var stateSamples: [Float]

    /// Everything as one flat list of ``floatCount(rounds:neurons:dModel:heads:samples:)`` values, for storing in a
    /// checkpoint.
    public var floats: [Float] {
        gateMean + routingMean + messageMean + stateMean + messageSamples + stateSamples
    }

    private static func sizes(rounds: Int, neurons: Int, dModel: Int, heads: Int, samples: Int) -> [Int] {
        let states = neurons * dModel
        return [
            rounds * neurons, rounds * heads * neurons * neurons, rounds * states, states, rounds * samples * states,
            samples * states,
        ]
    }

    public static func floatCount(rounds: Int, neurons: Int, dModel: Int, heads: Int, samples: Int) -> Int {
        sizes(rounds: rounds, neurons: neurons, dModel: dModel, heads: heads, samples: samples).reduce(0, +)
    }

    package init(rounds: Int, neurons: Int, dModel: Int, heads: Int, samples: Int, characters: Int) {
        let sizes = Self.sizes(rounds: rounds, neurons: neurons, dModel: dModel, heads: heads, samples: samples)
        func zeros(_ index: Int) -> [Float] { [Float](repeating: 0, count: sizes[index]) }
        (self.rounds, self.neurons, self.dModel, self.heads) = (rounds, neurons, dModel, heads)
        (self.samples, self.characters) = (samples, characters)
        (gateMean, routingMean, messageMean, stateMean) = (zeros(0), zeros(1), zeros(2), zeros(3))
        (messageSamples, stateSamples) = (zeros(4), zeros(5))
    }

    /// Reads what ``floats`` listed.
    ///
    /// - Throws: ``INNError`` of kind `data` when the number of values does not fit the shape.
    public init(
        floats: [Float], rounds: Int, neurons: Int, dModel: Int, heads: Int, samples: Int, characters: Int
    ) throws {
        let expected = Self.floatCount(rounds: rounds, neurons: neurons, dModel: dModel, heads: heads, samples: samples)
        guard floats.count == expected else {
            throw INNError(
                .data,
                """
                The averages that the interventions need have \(floats.count) values where the model needs \
                \(expected); resume from another checkpoint.
                """
            )
        }
        self.init(
            rounds: rounds, neurons: neurons, dModel: dModel, heads: heads, samples: samples, characters: characters)
        var start = 0
        func take(_ array: inout [Float]) {
            array = Array(floats[start..<(start + array.count)])
            start += array.count
        }
        take(&gateMean)
        take(&routingMean)
        take(&messageMean)
        take(&stateMean)
        take(&messageSamples)
        take(&stateSamples)
    }
}
