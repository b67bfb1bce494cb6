import Testing

@testable import INNAnalysis
@testable import INNCore
@testable import INNData
@testable import INNLab

/// What is claimed of causal tuning, beside what untrained networks lose with their neurons.
@Suite struct CausalControlTests {
    private typealias Planted = CausalTuningTests.Planted

    /// The planted neurons, and the same at half and at a quarter of the price.
    private static let tuning = CausalTuningTests.tuning(CausalTuningTests.planted)
    private static let half = cheaper(2), quarter = cheaper(4)

    private static func cheaper(_ divisor: Double) -> CausalTuning {
        CausalTuningTests.tuning(
            CausalTuningTests.planted.map { planted in Planted { planted.cost($0) / divisor } }, noise: 0.5 / divisor)
    }

    private static func held(_ tuning: CausalTuning, against others: [CausalTuning]) -> CausalTuning {
        var tuning = tuning
        tuning.control = CausalControl(others)
        return tuning
    }

    /// Neuron 0 costs .4 bits at spaces and .1 elsewhere, neuron 2 .3 at vowels and .1 elsewhere; nobody costs more.
    @Test func theControlIsTheLargestExcessByCategory() throws {
        let plain = CausalTuningTests.tuning(CausalTuningTests.planted, noise: 0)
        let control = CausalControl([plain, Self.half])
        func excess(_ category: PredictionCategory) -> Double? {
            plain.categories.firstIndex(of: category).flatMap { control.excesses[$0] }
        }
        let space = PredictionCategory(.symbol, "␣"), vowel = PredictionCategory(.characterClass, "vowel")
        let (ofSpace, ofVowel) = (try #require(excess(space)), try #require(excess(vowel)))
        #expect(abs(ofSpace - 0.3) < 1e-6 && abs(ofVowel - 0.2) < 1e-6)
        for (index, count) in plain.counts.enumerated() { #expect((control.excesses[index] == nil) == (count < 50)) }
        #expect(plain.counts.contains { $0 < 50 } && plain.counts.contains { $0 > 50 })
        #expect(control.networks == 2 && control.neurons == 12 && control.characters == 8 * 64 * 128)
        var held = plain
        held.control = control
        let label = try #require(plain.neurons[0].label)
        let untrained = try #require(held.untrainedExcess(label))
        #expect(abs(untrained - 0.3) < 1e-6)
    }

    /// Half of the text is a, half of it is b: one bit per character by frequency.
    @Test func whoeverPredictsNothingHasNothingToLose() throws {
        var tuning = Self.held(Self.tuning, against: [Self.quarter])
        let label = try #require(tuning.neurons[0].label)
        #expect(tuning.claims(label))
        tuning.bitsPerCharacter = tuning.letterEntropy
        #expect(tuning.doubt(label) == "the network predicts nothing" && Findings.causal(tuning).isEmpty)
        tuning.counts = tuning.categories.map { ["a", "b"].contains($0.name) && $0.kind == .symbol ? 500 : 0 }
        tuning.characters = 1000
        #expect(abs(tuning.letterEntropy - 1) < 1e-12)
    }

    @Test func aCategoryThatTheControlLacksIsNotClaimed() throws {
        var tuning = Self.held(Self.tuning, against: [Self.quarter])
        let label = try #require(tuning.neurons[0].label)
        tuning.control?.excesses = tuning.categories.map { _ in nil }
        #expect(tuning.doubt(label) == "too rare to compare")
    }

    /// What a control leaves out changes none of its figures.
    @Test func aControlMeasuresTheSameWithLess() {
        let (whole, lean) = (
            CausalTuningTests.tuning(CausalTuningTests.planted),
            CausalTuningTests.tuning(CausalTuningTests.planted, isControl: true)
        )
        #expect(CausalControl([whole, Self.half]) == CausalControl([lean, Self.half]))
        #expect(lean.neurons.allSatisfy { $0.label == nil })
        #expect(
            lean.clusters
                == CausalClusters(
                    clusters: [], order: [], nullDistance: 0, shuffles: 0, closest: whole.clusters.closest))
    }

    @Test func withoutAControlNothingIsClaimed() throws {
        let label = try #require(Self.tuning.neurons[0].label)
        #expect(
            Self.tuning.doubt(label) == "no untrained control" && !Self.tuning.claims(label)
                && !Self.tuning.isSpecialised)
        let cluster = try #require(Self.tuning.clusters.clusters.first)
        #expect(!Self.tuning.claims(cluster) && Findings.causal(Self.tuning).isEmpty)
    }

    @Test func whatUntrainedNeuronsDoAsWellIsNotClaimed() throws {
        let tuning = Self.held(Self.tuning, against: [Self.half, Self.tuning])
        #expect(tuning.neurons.compactMap(\.label).allSatisfy { tuning.doubt($0) == "untrained come near it" })
        #expect(!tuning.isSpecialised && tuning.clusters.clusters.allSatisfy { !tuning.claims($0) })
        #expect(Findings.causal(tuning).isEmpty)
    }

    /// Four times as heavy as the heaviest untrained neuron is enough, as heavy as it is not.
    @Test func whatExceedsThemIsClaimed() throws {
        let flat = CausalTuningTests.tuning((0..<4).map { _ in Planted { _ in 0.1 } })
        let tuning = Self.held(Self.tuning, against: [flat])
        let cluster = try #require(tuning.clusters.clusters.first)
        #expect(!tuning.claims(cluster), "no untrained neuron has a profile of its own to compare with")
        let kinds = Findings.causal(tuning).map(\.kind)
        #expect(kinds.count { $0 == .causalLabel } == tuning.neurons.count { $0.label != nil })
        #expect(!kinds.contains(.causalCluster))
        let halved = Self.held(Self.tuning, against: [Self.quarter])
        let claimed = halved.neurons.filter { $0.label.map(halved.claims) ?? false }.map(\.neuron)
        #expect(claimed.contains(0) && claimed.contains(1))
        let heavy = halved.neurons.filter { neuron in
            neuron.label.map { $0.excess > 3 * (halved.untrainedExcess($0) ?? 9) } ?? false
        }
        #expect(claimed == heavy.map(\.neuron))
        let sentence = try #require(Findings.causal(halved).first { $0.sentence.contains("neuron 0 predicts spaces") })
        #expect(sentence.kind == .causalLabel && sentence.control.hasSuffix("(best of 6)"))
    }

    /// Each limit from both sides, with controls that are set by hand.
    @Test func theLimitsOfEachClaim() throws {
        var tuning = Self.held(Self.tuning, against: [Self.quarter])
        let label = try #require(tuning.neurons[0].label)
        let index = try #require(tuning.categories.firstIndex(of: label.category))
        tuning.control?.excesses[index] = label.excess / 2.99
        #expect(!tuning.claims(label))
        tuning.control?.excesses[index] = label.excess / 3.01
        #expect(tuning.claims(label))
        let cluster = try #require(tuning.clusters.clusters.first)
        tuning.control?.closest = 1.99 * cluster.distance
        #expect(!tuning.claims(cluster))
        tuning.control?.closest = 2.01 * cluster.distance
        #expect(tuning.claims(cluster))
        tuning.control?.closest = nil
        #expect(!tuning.claims(cluster), "nothing to compare with")
        tuning.specialisation = Interval(mean: 0.8, low: 0.7, high: 0.9)
        tuning.control?.specialisation = 0.1...0.39
        #expect(tuning.isSpecialised)
        tuning.control?.specialisation = 0.1...0.41
        #expect(!tuning.isSpecialised)
    }

    /// Experts of disjoint symbols beside neurons that are all alike, and beside others like themselves.
    @Test func expertsAreSpecialised() {
        let groups = [" ", "e", "h", "o", "t", "is", "ar", "nl", "wyc", "gbdk", "vxqjzmufp"]
        let experts = CausalTuningTests.tuning(groups.map { group in Planted { group.contains($0) ? 1 : 0 } })
        let alike = CausalTuningTests.tuning((0..<4).map { _ in Planted { $0 == " " ? 0.5 : 0.1 } })
        let held = Self.held(experts, against: [alike])
        #expect(held.isSpecialised && Findings.causal(held).contains { $0.kind == .specialisation })
        #expect(!Self.held(experts, against: [alike, experts]).isSpecialised)
        #expect(!Self.held(alike, against: [alike]).isSpecialised)
    }

    private static let windows = try! ValidationWindows(
        corpus: SampleCorpus.make(), batchSize: 8, sequenceLength: 64, maximumCharacters: 8192)

    /// The question itself: networks that have learned nothing, each beside three others that have learned nothing.
    ///
    /// The first guard is that they predict nothing. Without it the margin has to hold by itself: of the 48
    /// neurons at most two may pass.
    @Test(arguments: [GateMode.soft, .hard]) func untrainedNetworksAreForNothing(gate: GateMode) throws {
        var configuration = INNPreset.tiny.configuration
        configuration.gate = gate
        let classes = SymbolClasses(.text8)
        var changes = CausalPass.Changes()
        changes.neurons = Array(0..<configuration.neurons)
        var labels = 0, claimed = 0, others = 0
        for seed: UInt64 in 1...6 {
            let network = try IntelligentNeuralNetwork(configuration, seed: seed)
            var tuning = try CausalPass(network, Self.windows, changes, classes: classes, seed: 1) { _ in }.tuning()
            tuning.control = try CausalPass.control(
                GateMatch(network, Self.windows, team: ThreadTeam()), seeds: AnalysisRun.controlSeeds(1), Self.windows,
                classes: classes
            ) { _ in }
            #expect(!tuning.predicts && Findings.causal(tuning).isEmpty)
            tuning.bitsPerCharacter = 0
            let findings = Findings.causal(tuning)
            labels += tuning.neurons.count { $0.label != nil }
            claimed += findings.count { $0.kind == .causalLabel }
            others += findings.count { $0.kind != .causalLabel }
        }
        #expect(labels > 0 && claimed <= 2 && others == 0, "\(claimed) of \(labels), \(others)")
    }

    /// Gates of another network are opened as often as those that are to be matched.
    @Test(arguments: [GateMode.soft, .hard], [MemorySharing.own, .all])
    func gatesAreOpenAsOften(gate: GateMode, sharing: MemorySharing) throws {
        var configuration = INNPreset.tiny.configuration
        (configuration.gate, configuration.sharing) = (gate, sharing)
        let network = try IntelligentNeuralNetwork(configuration, seed: 1)
        for (round, routing) in network.routings.enumerated() {
            routing.parameters.gateBias?.values.update(repeating: round == 0 ? -2 : 1, count: 1)
        }
        network.parameters.markChanged()
        let team = ThreadTeam(threadCount: 1)
        let match = try GateMatch(network, Self.windows, team: team)
        let other = try IntelligentNeuralNetwork(configuration, seed: 2)
        match.match(other)
        let found = try GateMatch(other, Self.windows, team: team).openness
        for round in 0..<2 {
            let (own, others) = (match.openness[(round * 8)..<(round * 8 + 8)], found[(round * 8)..<(round * 8 + 8)])
            let difference: Float = own.reduce(0, +) - others.reduce(0, +)
            #expect(abs(difference) < 0.016)
            let differences = zip(own, others).map { (own: Float, other: Float) in abs(own - other) }
            #expect(sharing == .all || differences.max()! < 0.002)
        }
        #expect(match.openness[0] < 0.4 && match.openness[8] > 0.6)
        let untouched = try IntelligentNeuralNetwork(configuration, seed: 2)
        #expect(try match.isNear(GateMatch(other, Self.windows, team: team)))
        #expect(try !match.isNear(GateMatch(untouched, Self.windows, team: team)))
    }
}
