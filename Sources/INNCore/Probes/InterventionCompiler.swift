import func Foundation.log

/// Works an ``InterventionSet`` out for a network: later interventions of one kind override earlier ones, a lesion
/// stays a lesion, and what replaces a neuron's contribution goes before its gate.
struct InterventionCompiler {
    private let shape: NetworkShape
    private let averages: NeuronAverages?
    private var rounds: [Round]
    private var memories: [[MemoryControl?]]
    private var isLesioned: [Bool]
    /// Whose share of the readout is replaced.
    private var readout: [Intervention.NeuronChange?]

    /// What was asked of one round's routing.
    private struct Round {
        var neurons: [Intervention.NeuronChange?]
        var gates: [Intervention.GateChange?]
        /// By listener · neurons + speaker.
        var edges: [Int: Intervention.EdgeChange] = [:]
        var routing: Intervention.RoutingChange?
        var silentHeads: Set<Int> = []
        /// How many neurons keep their gate.
        var budget: Int?

        var isUntouched: Bool {
            neurons.allSatisfy { $0 == nil } && gates.allSatisfy { $0 == nil } && edges.isEmpty && silentHeads.isEmpty
                && budget == nil
                && (routing ?? .learned) == .learned
        }
    }

    /// - Throws: ``INNError`` of kind `usage` naming the intervention that does not fit the network.
    static func compile(
        _ set: InterventionSet, shape: NetworkShape, averages: NeuronAverages?
    ) throws -> CompiledInterventions? {
        guard !set.isEmpty else { return nil }
        var compiler = InterventionCompiler(shape, averages)
        for intervention in set.list {
            try compiler.check(intervention)
            compiler.apply(intervention)
        }
        return CompiledInterventions(
            set: set, routing: (0..<shape.rounds).map { compiler.routingControls($0) },
            memory: compiler.memories.map { controls in controls.contains { $0 != nil } ? controls : nil },
            readout: compiler.readoutControls())
    }

    private init(_ shape: NetworkShape, _ averages: NeuronAverages?) {
        self.shape = shape
        self.averages = averages
        let none = Round(
            neurons: .init(repeating: nil, count: shape.neurons), gates: .init(repeating: nil, count: shape.neurons))
        rounds = [Round](repeating: none, count: shape.rounds)
        memories = .init(repeating: .init(repeating: nil, count: shape.neurons), count: shape.rounds)
        isLesioned = .init(repeating: false, count: shape.neurons)
        readout = .init(repeating: nil, count: shape.neurons)
    }

    // MARK: Collecting

    private mutating func apply(_ intervention: Intervention) {
        let rounds = intervention.round.map { $0..<($0 + 1) } ?? 0..<shape.rounds
        switch intervention {
        case .neuron(let neuron, .lesion, _): isLesioned[neuron] = true
        case .neuron(let neuron, let change, let round):
            for round in rounds { self.rounds[round].neurons[neuron] = change }
            if round == nil { readout[neuron] = change == .mute ? nil : change }
        case .edge(let listener, let speaker, let change, _):
            for round in rounds { self.rounds[round].edges[listener * shape.neurons + speaker] = change }
        case .routing(let change, _):
            for round in rounds { self.rounds[round].routing = change }
        case .gate(.loudest(let count), _, _):
            for round in rounds { self.rounds[round].budget = count }
        case .gate(let change, let neuron, _):
            for round in rounds {
                if neuron == nil { self.rounds[round].budget = nil }
                for neuron in neuron.map({ $0..<($0 + 1) }) ?? 0..<shape.neurons {
                    self.rounds[round].gates[neuron] = change
                }
            }
        case .memory(let change, let neuron, _):
            for round in rounds {
                for neuron in neuron.map({ $0..<($0 + 1) }) ?? 0..<shape.neurons {
                    apply(change, to: &memories[round][neuron])
                }
            }
        case .head(let head, _):
            for round in rounds { self.rounds[round].silentHeads.insert(head) }
        }
    }

    private func apply(_ change: Intervention.MemoryChange, to control: inout MemoryControl?) {
        var value = control ?? MemoryControl()
        switch change {
        case .reset(let position): value.resets.insert(position ?? 0)
        case .resetEvery(let characters): value.every = characters
        case .freeze: value.isFrozen = true
        case .skipWhenSilent: value.skipsWhenSilent = true
        }
        control = value
    }

    // MARK: Working out

    private func routingControls(_ index: Int) -> RoutingControls? {
        let round = rounds[index]
        guard !round.isUntouched || isLesioned.contains(true) else { return nil }
        var controls = RoutingControls(edges: edges(round))
        controls.weights = weights(round.routing, index)
        controls.gates = gates(round, index)
        controls.budget = round.budget
        controls.replaced = (0..<shape.neurons).compactMap { neuron in
            round.neurons[neuron].flatMap { message(of: neuron, round: index, $0) }
        }
        return controls
    }

    private func edges(_ round: Round) -> EdgeControls {
        let n = shape.neurons
        var edges = EdgeControls(neurons: n, selfEdges: shape.selfEdges)
        for neuron in 0..<n where isLesioned[neuron] {
            for other in 0..<n {
                edges.scoreBias[other * n + neuron] = -.infinity
                edges.scoreBias[neuron * n + other] = -.infinity
            }
        }
        for edge in round.edges.filter({ $0.value == .cut }).keys { edges.scoreBias[edge] = -.infinity }
        let dropped = round.edges.filter { $0.value == .drop }.keys
        if !dropped.isEmpty {
            var scale = [Float](repeating: 1, count: n * n)
            for edge in dropped { scale[edge] = 0 }
            edges.weightScale = scale
        }
        if !round.silentHeads.isEmpty {
            edges.headScale = (0..<shape.heads).map { round.silentHeads.contains($0) ? 0 : 1 }
        }
        return edges
    }

    private func weights(_ change: Intervention.RoutingChange?, _ round: Int) -> RoutingControls.Weights? {
        let count = shape.heads * shape.neurons * shape.neurons
        switch change {
        case nil, .learned: return nil
        case .off: return .zero
        case .uniform: return .scores([Float](repeating: 0, count: count))
        case .static: return .scores(averages!.routingMean[(round * count)..<((round + 1) * count)].map { log($0) })
        }
    }

    private func gates(_ round: Round, _ index: Int) -> [RoutingControls.Gate]? {
        let gates = (0..<shape.neurons).map { neuron -> RoutingControls.Gate in
            if round.neurons[neuron] == .mute { return .fixed(0) }
            switch round.gates[neuron] {
            case nil, .loudest: return .own
            case .open: return .fixed(1)
            case .closed: return .fixed(0)
            case .frozen: return .fixed(averages!.gateMean[index * shape.neurons + neuron])
            case .hard(let threshold): return .hard(threshold: threshold)
            case .off: return .bypassed
            }
        }
        // A replaced message brings a gate of 1 with it, so there must be gates to hold it.
        let replaces = round.neurons.contains { $0 == .mean || $0 == .resample }
        return gates.allSatisfy { $0 == .own } && !replaces ? nil : gates
    }

    private func message(of neuron: Int, round: Int, _ change: Intervention.NeuronChange) -> ReplacedContribution? {
        contribution(
            change, neuron, mean: averages?.messageMean, samples: averages?.messageSamples,
            place: round * shape.neurons + neuron)
    }

    /// - Parameter place: which row of means, and which bank of samples, is the neuron's.
    private func contribution(
        _ change: Intervention.NeuronChange, _ neuron: Int, mean: [Float]?, samples: [Float]?, place: Int
    ) -> ReplacedContribution? {
        guard let averages, let mean, let samples, change == .mean || change == .resample else { return nil }
        guard change == .resample else {
            return ReplacedContribution(
                neuron: neuron, bank: Array(mean[(place * shape.dModel)..<((place + 1) * shape.dModel)]), samples: 1)
        }
        let size = averages.samples * shape.dModel
        return ReplacedContribution(
            neuron: neuron, bank: Array(samples[(place * size)..<((place + 1) * size)]), samples: averages.samples,
            key: RandomSource.key(0x5A3B, UInt64(neuron)))
    }

    private func readoutControls() -> ReadoutControls? {
        let changes = (0..<shape.neurons).map { isLesioned[$0] ? nil : readout[$0] }
        guard isLesioned.contains(true) || changes.contains(where: { $0 != nil }) else { return nil }
        let isRead = (0..<shape.neurons).map { !isLesioned[$0] && shape.roles.isOutput($0) }
        var controls = ReadoutControls(isIncluded: isRead)
        controls.replaced = changes.enumerated().compactMap { neuron, change in
            guard isRead[neuron] else { return nil }
            return change.flatMap {
                contribution($0, neuron, mean: averages?.stateMean, samples: averages?.stateSamples, place: neuron)
            }
        }
        return controls
    }
}

extension InterventionCompiler {
    /// - Throws: ``INNError`` of kind `usage` when the intervention names something that the network does not have.
    private func check(_ intervention: Intervention) throws {
        func fail(_ problem: String) -> INNError {
            INNError(.usage, "The intervention “\(intervention.name)” does not fit this network: \(problem).")
        }
        func neuron(_ neuron: Int?) throws {
            if let neuron, !(0..<shape.neurons).contains(neuron) {
                throw fail("its neurons are 0 to \(shape.neurons - 1)")
            }
        }
        if let round = intervention.round, !(0..<shape.rounds).contains(round) {
            throw fail("its rounds are 1 to \(shape.rounds)")
        }
        switch intervention {
        case .neuron(let index, _, _): try neuron(index)
        case .edge(let listener, let speaker, _, _):
            try neuron(listener)
            try neuron(speaker)
            if listener == speaker, !shape.selfEdges { throw fail("its neurons do not hear themselves") }
            if !shape.hasEdge(listener: listener, speaker: speaker) {
                throw fail(
                    """
                    neuron \(listener) hears neuron \(speaker) only in the mean of another group; mute or lesion \
                    neuron \(speaker)
                    """
                )
            }
        case .routing: break
        case .gate(let change, let index, _):
            try neuron(index)
            if case .hard(let threshold) = change, !threshold.isFinite {
                throw fail("the threshold has to be a number")
            }
            if case .loudest(let count) = change { try checkBudget(count, neuron: index, fail) }
        case .memory(let change, let index, _):
            if !shape.hasMemory { throw fail("its neurons have no memory") }
            try neuron(index)
            if change == .skipWhenSilent, !shape.hasGates {
                throw fail("its neurons have no gates that tell when they are silent")
            }
            if case .resetEvery(let characters) = change, characters < 1 {
                throw fail("the memory can be reset every 1 or more characters")
            }
        case .head(let head, _):
            if !(0..<shape.heads).contains(head) { throw fail("its heads are 1 to \(shape.heads)") }
        }
        guard intervention.needsAverages else { return }
        guard let averages else { throw fail("it needs averages over held-out text, and there are none") }
        guard
            (averages.rounds, averages.neurons, averages.dModel, averages.heads) == (
                shape.rounds, shape.neurons, shape.dModel, shape.heads
            )
        else {
            throw fail("the averages it needs were taken of another network")
        }
    }

    private func checkBudget(_ count: Int, neuron: Int?, _ fail: (String) -> INNError) throws {
        if !shape.hasGates { throw fail("its neurons have no gates to compare") }
        if neuron != nil { throw fail("it holds for all neurons together") }
        if !(1...shape.neurons).contains(count) { throw fail("of its neurons 1 to \(shape.neurons) can be kept") }
    }
}
