import INNCore

extension NetworkAnalysis {
    /// Evaluates what was counted.
    ///
    /// - Parameters:
    ///   - firing: a finished count.
    ///   - snapshot: the means of the same pass, which decide the light.
    public init(
        _ firing: FiringAccumulator, heads: Int, bitsPerCharacter: Double?, snapshot: ProbeSnapshot,
        routing: [RoutingAnalysis], seed: UInt64 = 1
    ) {
        (rounds, neurons, self.heads) = (firing.rounds, firing.neurons, heads)
        (characters, streams) = (firing.tuning.characters, firing.plan.streams)
        self.bitsPerCharacter = bitsPerCharacter
        symbols = firing.classes.names
        symbolCounts = firing.tuning.symbolCounts
        light = DegeneracyLight(snapshot)
        self.snapshot = snapshot
        self.routing = routing
        compute = firing.compute()
        let categories = CategoryCounts(firing)
        let learner = RuleLearner(table: firing.contexts, classes: firing.classes)
        let isWithheld = light == .red
        var units = (0..<(firing.rounds * firing.neurons)).map { unit -> NeuronAnalysis in
            let statistics = firing.tuning.firing(unit)
            let scores = categories.scores(unit)
            let null = categories.null(unit)
            return NeuronAnalysis(
                round: unit / firing.neurons, neuron: unit % firing.neurons, firing: statistics,
                tuning: firing.tuning.tuning(unit),
                information: firing.information(unit), categories: scores,
                label: isWithheld ? nil : CategoryCounts.label(scores, null: null),
                categoryNull: null, cluster: nil,
                rules: isWithheld ? .none : learner.learn(unit, rate: statistics.rate),
                contexts: firing.samples.contexts(unit, names: firing.classes.names))
        }
        let tuned = isWithheld ? [] : units.indices.filter { units[$0].information.tellsPresent }
        clusters = NeuronClusters.analyse(
            firing.tuning, blocks: firing.plan.blocks, units: units.count, tuned: tuned, seed: RandomSource.key(seed, 4)
        ) { members in
            CategoryCounts.label(members.map { (units[$0].categories, units[$0].categoryNull) })
        }
        for (index, cluster) in clusters.clusters.enumerated() {
            for member in cluster.members { units[member].cluster = index }
        }
        self.units = units
    }
}

extension FiringAccumulator {
    package func information(_ unit: Int) -> FiringInformation {
        let counts = tuning.symbolCounts.map(Double.init)
        let together = pairTotals.map(Double.init)
        let units = units
        func column(_ table: [UInt32]) -> [Double] {
            stride(from: unit, to: table.count, by: units).map { Double(table[$0]) }
        }
        func bySymbol(_ pairs: [Double]) -> [Double] {
            (0..<symbols).map { pairs[($0 * symbols)..<(($0 + 1) * symbols)].reduce(0, +) }
        }
        let fired = column(pairs[0])
        return FiringInformation(
            present: SampleEntropy.information(fired: bySymbol(fired), total: counts),
            presentNull: NullDistribution(
                shiftedSymbols.map { SampleEntropy.information(fired: column($0), total: counts) }),
            next: SampleEntropy.conditionalInformation(fired: fired, total: together, inner: symbols),
            nextNull: NullDistribution(
                pairs.dropFirst().map {
                    SampleEntropy.conditionalInformation(fired: column($0), total: together, inner: symbols)
                }),
            isLongEnough: tuning.characters >= 50_000)
    }

    package func compute() -> ComputeAnalysis {
        ComputeAnalysis(
            histogram: speaking,
            share: (0..<rounds).map { round in
                let own = speaking[(round * (neurons + 1))..<((round + 1) * (neurons + 1))]
                let all = own.reduce(0, +)
                let sum = own.enumerated().reduce(0) { $0 + $1.offset * $1.element }
                return all > 0 ? Double(sum) / Double(all * neurons) : 0
            })
    }
}
