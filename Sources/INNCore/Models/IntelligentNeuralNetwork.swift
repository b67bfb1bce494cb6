/// The Intelligent Neural Network of arXiv 2511.22813: a complete graph of recurrent neurons (docs/MODEL.md).
public final class IntelligentNeuralNetwork: LanguageModel {
    public let configuration: INNConfiguration
    public let parameters = ParameterStore()
    /// `[vocabularySize, dModel]`, tied with the readout.
    public let embedding: Parameter
    public let readoutNormWeight: Parameter, readoutNormBias: Parameter
    /// `[vocabularySize]`.
    public let readoutBias: Parameter
    /// One per round; empty with memory `none`.
    public let memories: [MemoryLayer]
    /// What stands in for the memories with memory `none`, one per round; empty otherwise.
    public let characterLayers: [CharacterLayer]
    public let routings: [RoutingLayer]

    /// Whom the readout averages over; nil for all.
    private let read: ReadoutControls?
    /// Which symbols reach which neurons; nil for all.
    private let senses: SymbolSenses?

    /// Intermediate values are kept for the backward pass up to this many bytes, and recomputed above.
    public var activationBudget = MemoryLayer.activationBudget
    /// With fewer neurons than this every routing weight is stored; with more, weights are made again block by block.
    package var storesWeightsBelow = RoutingGeometry.storedNeurons

    /// Makes a model with freshly initialised weights.
    ///
    /// - Throws: ``INNError`` when the configuration is impossible.
    public init(_ configuration: INNConfiguration, seed: UInt64) throws {
        try configuration.validate()
        self.configuration = configuration
        let c = configuration
        let store = parameters
        embedding = store.add("embedding.weight", [c.vocabularySize, c.dModel])
        var memories: [MemoryLayer] = []
        var characterLayers: [CharacterLayer] = []
        var routings: [RoutingLayer] = []
        let sets = c.sharing == .own ? c.neurons : 1
        let convSets = c.sharing == .all ? 1 : c.neurons
        for round in 0..<c.rounds {
            switch c.memory {
            case .mamba:
                memories.append(
                    MemoryLayer(
                        store, name: "rounds.\(round).memory", normName: "rounds.\(round).memoryNorm",
                        MemoryLayer.Options(
                            sets: sets, convSets: convSets, dModel: c.dModel, dInner: c.dInner, stateSize: c.stateSize,
                            convKernel: c.convKernel, dtRank: c.deltaRank)))
            case .none:
                characterLayers.append(
                    CharacterLayer(
                        store, name: "rounds.\(round).character", normName: "rounds.\(round).memoryNorm", sets: sets,
                        convSets: convSets,
                        dModel: c.dModel, hidden: c.hiddenWidth))
            }
            // Without any message a round's routing has nothing to train.
            if c.routing != .off {
                routings.append(
                    RoutingLayer(
                        store, name: "rounds.\(round).routing", normName: "rounds.\(round).routingNorm",
                        Self.routingOptions(c)))
            }
        }
        self.memories = memories
        self.characterLayers = characterLayers
        self.routings = routings
        senses = c.senses.map { SymbolSenses($0, vocabulary: c.vocabularySize) }
        read = c.outputs.map { _ in ReadoutControls(isIncluded: (0..<c.neurons).map(c.roles.isOutput)) }
        readoutNormWeight = store.add("readout.norm.weight", [c.dModel], decays: false)
        readoutNormBias = store.add("readout.norm.bias", [c.dModel], decays: false)
        readoutBias = store.add("readout.bias", [c.vocabularySize], decays: false)
        initialise(seed: seed)
    }

    private static func routingOptions(_ c: INNConfiguration) -> RoutingLayer.Options {
        RoutingLayer.Options(
            neurons: c.neurons, dModel: c.dModel, heads: c.heads, mode: c.routing, gate: c.gate,
            gateSets: c.sharing == .own ? c.neurons : 1, scoreScale: c.scoreScale ?? 1,
            scores: c.scores ?? ScoreOptions(), selfEdges: c.selfEdges,
            topK: c.topK, search: c.topKSearch ?? .exact, groups: c.groups,
            pressure: firingPressure(c))
    }

    /// What presses on the gates of a round; nil where nothing does.
    package static func firingPressure(_ c: INNConfiguration) -> FiringPressure? {
        guard let target = c.gateTarget, let weight = c.gatePressure else { return nil }
        return FiringPressure(target: target, weight: weight / Float(c.rounds))
    }

    public var vocabularySize: Int { configuration.vocabularySize }
    public var modelConfiguration: ModelConfiguration { .inn(configuration) }

    private func initialise(seed: UInt64) {
        var random = RandomSource(seed: RandomSource.key(seed, 0x1417))
        embedding.fillNormal(deviation: 1 / Double(configuration.dModel).squareRoot(), &random)
        for memory in memories { memory.initialise(&random) }
        for layer in characterLayers { layer.initialise(&random) }
        for routing in routings { routing.initialise(&random) }
        readoutNormWeight.fill(1)
        parameters.markChanged()
    }

    public func forward(
        tokens: UnsafeBufferPointer<Int32>, batchSize: Int, steps: Int, on tape: Tape, context: ForwardContext
    ) -> ForwardResult {
        let c = configuration
        let probe = context.probe
        precondition(tokens.count == batchSize * steps, "\(tokens.count) tokens for \(batchSize) × \(steps)")
        let saves = savesActivations(batchSize: batchSize, steps: steps)
        let interventions = context.interventions
        let position = StreamPosition(first: context.state?.position ?? 0, steps: steps)
        let statePerRound = c.neurons * batchSize * statePerStream
        var states = tape.embedding(tokens, table: embedding, neurons: c.neurons, inputs: c.inputs, senses: senses)
        var penalty: Float = 0
        var gates: [[Float]] = []
        let measuresGates = context.isTraining && c.gateTarget != nil
        probe?.observe(.embedding, .tensor(states))
        for round in 0..<c.rounds {
            let controls = interventions?.routing(round: round, at: position)
            let resting = interventions?.mayRest(round: round).map {
                routings[round].resting(states, on: tape, controls: controls, mayRest: $0)
            }
            let given = round == 0 ? context.firstRound : nil
            if let given {
                precondition(interventions?.leavesFirstMemory ?? true, "interventions on a memory that is not run")
                states = given.states
            } else if c.memory == .none {
                states = characterLayers[round](states, on: tape, dropout: context.dropout(c.dropout, site: 2 * round))
            } else {
                var memoryControls = interventions?.memory(round: round, at: position)
                memoryControls?.resting = resting
                states = memories[round](
                    states, batchSize: batchSize, steps: steps, on: tape,
                    state: context.state.map { $0.data + round * statePerRound },
                    MemoryOptions(savesActivations: saves, dropout: context.dropout(c.dropout, site: 2 * round)),
                    controls: memoryControls)
            }
            probe?.observe(.memory(round: round), .tensor(states))
            if c.routing != .off {
                let step = routings[round](
                    states, on: tape, dropout: context.dropout(c.dropout, site: 2 * round + 1), controls: controls,
                    resting: resting, spoken: given?.spoken, showsWeights: probe?.looksAtWeights ?? false,
                    storesBelow: c.keepsEqualEdges ? .max : storesWeightsBelow)
                probe?.observe(
                    .routing(round: round),
                    .routing(step.activations, outProjection: routings[round].parameters.outProjection))
                states = step.output
                penalty += step.penalty
                if measuresGates, controls?.suspendsPressure != true {
                    gates.append(step.activations.meanGates(isHard: c.gate == .hard))
                }
            }
            probe?.observe(.state(round: round), .tensor(states))
        }
        let mean = tape.neuronMean(states, controls: interventions?.readout(at: position) ?? read)
        let readout = tape.layerNorm(mean, weight: readoutNormWeight, bias: readoutNormBias)
        probe?.observe(.readout, .tensor(readout))
        let logits = tape.linear(readout, weight: embedding, bias: readoutBias)
        probe?.observe(.logits, .tensor(logits))
        context.state?.position += steps
        return ForwardResult(logits: logits, penalty: penalty, meanGates: gates.count == c.rounds ? gates : [])
    }

    /// Works interventions out for this network; nil when there are none.
    ///
    /// - Parameter averages: averages of this network over held-out text; needed by some interventions, see
    ///   ``InterventionSet/needsAverages``.
    /// - Throws: ``INNError`` of kind `usage` when an intervention names something that the network does not have, or
    ///   lacks the averages.
    public func compile(_ set: InterventionSet, averages: NeuronAverages? = nil) throws -> CompiledInterventions? {
        try InterventionCompiler.compile(set, shape: shape, averages: averages)
    }

    /// The sizes that interventions have to fit.
    public var shape: NetworkShape {
        let c = configuration
        return NetworkShape(
            rounds: c.rounds, neurons: c.neurons, dModel: c.dModel, heads: c.heads, selfEdges: c.selfEdges,
            groups: c.groups, roles: c.roles,
            hasMemory: c.memory != .none, hasGates: c.hasGates)
    }

    public func makeState(batchSize: Int) -> RecurrentState {
        RecurrentState(
            count: configuration.rounds * configuration.neurons * batchSize * statePerStream, batchSize: batchSize,
            blocks: configuration.rounds * configuration.neurons)
    }

    private var statePerStream: Int {
        configuration.memory == .none
            ? 0 : (configuration.stateSize + configuration.convKernel - 1) * configuration.dInner
    }

    private func savesActivations(batchSize: Int, steps: Int) -> Bool {
        guard let first = memories.first else { return true }
        let geometry = first.geometry(
            neurons: configuration.neurons, dModel: configuration.dModel, batchSize: batchSize, steps: steps)
        return MemoryLayer.activationBytes(geometry) * configuration.rounds <= activationBudget
    }
}
