/// What a forward pass needs besides its input.
public struct ForwardContext {
    /// Dropout is active only in training.
    public var isTraining: Bool
    /// Keys the dropout masks of this pass, see ``RandomSource/key(_:)``.
    public var dropoutKey: UInt64
    /// Which part of a batch the pass is over; its masks are those that the whole batch would have.
    public var shard: Shard
    /// Recurrent state that is read and replaced; nil starts from zero.
    public var state: RecurrentState?
    /// Looks at the sites of the pass.
    public var probe: (any Probe)?
    /// What is changed in the network; nil for nothing.
    public var interventions: CompiledInterventions?
    /// The beginning of the pass, where another has worked it out from the same characters. Only for a pass whose
    /// interventions leave the first round's memory alone, see ``CompiledInterventions/leavesFirstMemory``.
    package var firstRound: FirstRound?

    /// What a network makes of its characters before anyone has listened: the same for all its variants that leave the
    /// first round's memory alone. That memory is then neither run nor written to the state.
    package struct FirstRound {
        /// After the memory, `[neurons, rows, dModel]`.
        package var states: Tensor
        /// Gates and projections; nil without routing.
        package var spoken: RoutingActivations?

        package init(states: Tensor, spoken: RoutingActivations? = nil) {
            (self.states, self.spoken) = (states, spoken)
        }
    }

    public init(
        isTraining: Bool = false, dropoutKey: UInt64 = 0, state: RecurrentState? = nil, probe: (any Probe)? = nil,
        interventions: CompiledInterventions? = nil, shard: Shard = .whole
    ) {
        self.isTraining = isTraining
        self.dropoutKey = dropoutKey
        self.shard = shard
        self.state = state
        self.probe = probe
        self.interventions = interventions
    }

    /// The masks of one place of the model in this pass; none outside training.
    package func dropout(_ probability: Float, site: Int) -> Dropout {
        guard isTraining, probability > 0 else { return .none }
        return Dropout(probability: probability, key: RandomSource.key(dropoutKey, UInt64(site)), shard: shard)
    }
}

/// What a forward pass returns.
public struct ForwardResult {
    /// `[batchSize·steps, vocabularySize]`.
    public let logits: Tensor
    /// Firing-rate pressure in nats; its gradient joins the backward pass by itself.
    public let penalty: Float
    /// By round and neuron, the mean gate, of hard gates how often it was open; empty unless a network with a target
    /// for it trains, and where interventions hold gates.
    public var meanGates: [[Float]] = []
}

/// A next-character model: every family trains, evaluates and generates through this.
public protocol LanguageModel: AnyObject {
    var vocabularySize: Int { get }
    /// What the model was made of.
    var modelConfiguration: ModelConfiguration { get }
    /// Rounds, neurons and heads; zeros for a family without neurons.
    var shape: NetworkShape { get }
    var parameters: ParameterStore { get }

    /// Predicts the next character at every position.
    ///
    /// - Parameters:
    ///   - tokens: `[batchSize, steps]` ids, streams contiguous in time; must stay valid until the tape is reset.
    ///   - tape: records the operations when it is recording.
    func forward(
        tokens: UnsafeBufferPointer<Int32>, batchSize: Int, steps: Int, on tape: Tape, context: ForwardContext
    ) -> ForwardResult

    /// A zero state for `batchSize` parallel streams.
    func makeState(batchSize: Int) -> RecurrentState

    /// Works interventions out for this model; nil when there are none.
    ///
    /// - Throws: ``INNError`` of kind `usage` when the model does not have what an intervention names.
    func compile(_ set: InterventionSet, averages: NeuronAverages?) throws -> CompiledInterventions?
}

extension LanguageModel {
    /// A family without neurons has nothing to intervene on.
    public func compile(_ set: InterventionSet, averages: NeuronAverages?) throws -> CompiledInterventions? {
        guard let first = set.list.first else { return nil }
        throw INNError(
            .usage, "The intervention “\(first.name)” does not fit this model: only an INN has neurons to change.")
    }

    public var shape: NetworkShape {
        NetworkShape(rounds: 0, neurons: 0, dModel: 0, heads: 0, selfEdges: false, hasMemory: false)
    }

    public var parameterCount: Int { parameters.count }
}

/// The memory of a model between calls.
public final class RecurrentState {
    /// All values in the model's own order; of models that carry memory between batches it is
    /// `[blocks, batchSize, …]`.
    public let data: UnsafeMutablePointer<Float>
    public let count: Int
    public let batchSize: Int
    /// Characters that every stream has read since ``reset()``.
    public var position = 0

    private let blocks: Int

    /// - Parameter blocks: what comes before the streams in the model's order, such as rounds and neurons.
    public init(count: Int, batchSize: Int, blocks: Int = 1) {
        self.count = count
        self.batchSize = batchSize
        self.blocks = blocks
        data = Workspace.allocate(count)
        reset()
    }

    deinit { data.deallocate() }

    /// Forgets everything.
    public func reset() {
        data.update(repeating: 0, count: count)
        position = 0
    }

    /// Takes over the values of a state of the same model and batch size.
    public func copy(from other: RecurrentState) {
        precondition(count == other.count, "states of different models")
        data.update(from: other.data, count: count)
        position = other.position
    }

    /// Takes over values from the streams from `first` on of `whole`, the values of more streams in the same order.
    package func read(_ whole: UnsafePointer<Float>, streams: Int, first: Int) {
        forEachBlock(of: streams, from: first) { own, theirs, size in own.update(from: whole + theirs, count: size) }
    }

    /// Writes its values as those of the streams from `first` on into `whole`.
    package func write(_ whole: UnsafeMutablePointer<Float>, streams: Int, first: Int) {
        forEachBlock(of: streams, from: first) { own, theirs, size in (whole + theirs).update(from: own, count: size) }
    }

    private func forEachBlock(
        of streams: Int, from first: Int,
        _ body: (_ own: UnsafeMutablePointer<Float>, _ theirs: Int, _ size: Int) -> Void
    ) {
        let size = count / blocks
        let perStream = size / batchSize
        for block in 0..<blocks {
            body(data + block * size, (block * streams + first) * perStream, size)
        }
    }
}
