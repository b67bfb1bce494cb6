/// What stands in for the trained parts of one round's routing while an intervention holds.
public struct RoutingControls: Sendable {
    /// What multiplies a speaker's message.
    public enum Gate: Sendable, Equatable {
        /// As trained.
        case own
        case fixed(Float)
        /// 1 where the trained gate exceeds the threshold, with its gradient (straight-through).
        case hard(threshold: Float)
        /// 1, and not subject to any firing-rate pressure.
        case bypassed
    }

    /// What the routing weights are made of instead of the trained scores.
    public enum Weights: Sendable, Equatable {
        /// Nothing: every weight is 0.
        case zero
        /// A softmax over these, `[heads, neurons, neurons]`, and the edges that are open.
        case scores([Float])
    }

    public var edges: EdgeControls
    public var weights: Weights?
    /// One per neuron; nil when all are as trained.
    public var gates: [Gate]?
    /// How many neurons, the loudest, keep their gate per row; nil for all.
    public var budget: Int?
    /// Who rests at which rows, and so says nothing there.
    public var resting: RestingRows?
    /// What some neurons say whatever they compute.
    public var replaced: [ReplacedContribution] = []
    /// Where the pass stands in its streams.
    public var position = StreamPosition()

    public init(edges: EdgeControls) { self.edges = edges }

    /// Whether no gate is left for the firing-rate pressure to act on.
    var suspendsPressure: Bool { gates?.allSatisfy { $0 == .bypassed } ?? false }
}

/// Which characters of their streams the rows of a pass are: row r of `[batchSize·steps]` is character
/// `first + r mod steps`.
public struct StreamPosition: Sendable, Equatable {
    /// Characters that every stream has read before this pass.
    public var first = 0
    public var steps = 1

    public init(first: Int = 0, steps: Int = 1) {
        self.first = first
        self.steps = steps
    }

    package subscript(row: Int) -> Int { first + row % steps }
}

/// A neuron's contribution that is taken from a bank of fixed rows instead of being computed.
public struct ReplacedContribution: Sendable {
    public var neuron: Int
    /// `[samples, width]`.
    public var bank: [Float]
    public var samples: Int
    /// Keys the choice among several samples, which is a function of the position in the stream alone.
    public var key: UInt64

    public init(neuron: Int, bank: [Float], samples: Int, key: UInt64 = 0) {
        self.neuron = neuron
        self.bank = bank
        self.samples = samples
        self.key = key
    }

    package func sample(at position: Int) -> Int {
        samples == 1 ? 0 : Int(RandomSource.key(key, UInt64(position)) % UInt64(samples))
    }

    /// Writes one row for every given row of the pass, `stride` floats apart.
    package func write(
        _ rows: Range<Int>, position: StreamPosition, into target: UnsafeMutablePointer<Float>, stride: Int
    ) {
        let width = bank.count / samples
        bank.withUnsafeBufferPointer { bank in
            for (index, row) in rows.enumerated() {
                (target + index * stride).update(
                    from: bank.baseAddress! + sample(at: position[row]) * width, count: width)
            }
        }
    }
}
