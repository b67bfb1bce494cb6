import Foundation
import Testing

@testable import INNAnalysis
@testable import INNCore
@testable import INNData

/// Labels, blocks and controls of causal tuning around each of their thresholds, by costs that are the same everywhere.
@Suite struct CausalLabelTests {
    private static let a = PredictionCategory(.symbol, "a")

    /// One stream of ten windows: an "a" at every fifth character, otherwise a "b". What was read before is no sign of
    /// either.
    private static func sums(
        _ costs: (_ symbol: Int32, _ window: Int) -> Double, windows: Int = 10, rarer: Int = 0
    ) -> CausalSums {
        let plan = ReadingPlan(streams: 1, windows: windows, steps: 100)
        let targets = (0..<plan.length).map { place -> Int32 in place % 5 == 0 && place / 5 >= rarer ? 1 : 2 }
        let tokens = (0..<plan.length).map { place -> Int32 in place / 5 % 2 == 0 ? 3 : 4 }
        var sums = CausalSums(variants: 1, plan: plan, classes: .text8, targets: targets)
        for window in 0..<windows {
            let own = (window * 100)..<((window + 1) * 100)
            let each = own.map { Float(costs(targets[$0], window)) }
            Array(tokens[own]).withUnsafeBufferPointer { tokens in
                Array(targets[own]).withUnsafeBufferPointer { targets in
                    each.withUnsafeBufferPointer {
                        sums.add(
                            variant: 0, window: window, tokens: tokens, targets: targets, surprisal: $0, divergence: $0)
                    }
                }
            }
        }
        return sums
    }

    private static func label(_ sums: CausalSums) -> CausalLabel? {
        CausalTuning(sums, neurons: [0], classes: .text8, bitsPerCharacter: 2, seed: 1).neurons[0].label
    }

    /// Eight blocks are enough, seven are not; and where every character is an "a" there is no elsewhere.
    @Test func whatHasNoLabel() {
        func costs(_ symbol: Int32, _ window: Int) -> Double { symbol == 1 ? 0.4 : 0.1 }
        #expect(Self.label(Self.sums(costs, windows: 7)) == nil, "140 characters, and too few blocks")
        #expect(Self.sums(costs, windows: 10).blocks >= CausalTuning.leastBlocks)
        let plan = ReadingPlan(streams: 1, windows: 10, steps: 100)
        let all = [Int32](repeating: 1, count: 100)
        var sums = CausalSums(
            variants: 1, plan: plan, classes: .text8, targets: [Int32](repeating: 1, count: plan.length))
        for window in 0..<10 {
            let each = [Float](repeating: 0.4, count: 100)
            all.withUnsafeBufferPointer { ids in
                each.withUnsafeBufferPointer {
                    sums.add(
                        variant: 0, window: window, tokens: ids, targets: ids, surprisal: $0, divergence: $0)
                }
            }
        }
        #expect(Self.label(sums) == nil)
    }

    private static func label(_ atA: Double, _ elsewhere: Double, rarer: Int = 0) -> CausalLabel? {
        label(sums({ symbol, _ in symbol == 1 ? atA : elsewhere }, rarer: rarer))
    }

    /// Half again as much as elsewhere, a hundredth of a bit more, over two hundred characters. All vowels are "a"
    /// here; of equal categories the narrower is named.
    @Test func labelsByTheirThresholds() throws {
        let label = try #require(Self.label(0.1501, 0.1))
        #expect(label.category == Self.a && label.characters == 200)
        expectClose([label.cost.mean, label.elsewhere], [0.1501, 0.1], within: 1e-6)
        #expect(Self.label(0.1499, 0.1) == nil)
        #expect(Self.label(0.0101, 0)?.category == Self.a && Self.label(0.0099, 0) == nil)
        #expect(Self.label(0.4, 0.1)?.characters == 200 && Self.label(0.4, 0.1, rarer: 1) == nil)
    }

    /// Of sixty categories one exceeds √(2 ln(60/.05)) standard errors by chance once in twenty texts. The cost at "a"
    /// goes up and down by δ from window to window: a standard error of δ/√10.
    @Test func labelsAreBeyondChance() throws {
        let categories = PredictionCategories(.text8)
        #expect(categories.all.count == 60)
        let limit = (2 * log(60 / 0.05)).squareRoot()
        let index = try #require(categories.all.firstIndex { $0.category == Self.a })
        var seen: Set<Bool> = []
        for delta in [0.05, 0.07, 0.075, 0.08, 0.083, 0.086, 0.09, 0.1, 0.12] {
            let sums = Self.sums({ symbol, window in
                symbol == 1 ? 0.2 + (window % 2 == 0 ? delta : -delta) : 0.1
            })
            let cost = CausalResamples(sums, neurons: 1, seed: 1, isNone: false).costs(of: 0, categories)[index]
            expectClose(cost.excessDeviation / (delta / 10.0.squareRoot()), 1, within: 0.06)
            expectClose([cost.interval!.mean, cost.elsewhere], [0.2, 0.1], within: 1e-6)
            let isCertain = 0.1 > limit * cost.excessDeviation
            #expect((Self.label(sums)?.category == Self.a) == isCertain, "δ \(delta)")
            seen.insert(isCertain)
        }
        #expect(seen.count == 2)
    }

    /// Two streams of 600 windows do not fit into 512 blocks: three windows make one, and a stream ends a block.
    @Test(arguments: [(600, 3, 400), (256, 1, 512), (257, 2, 258)]) func windowsInBlocks(
        windows: Int, each: Int, blocks: Int
    ) {
        let plan = ReadingPlan(streams: 2, windows: windows, steps: 2)
        var sums = CausalSums(
            variants: 2, plan: plan, classes: .text8, targets: [Int32](repeating: 1, count: plan.characters))
        #expect(sums.blocks == blocks && sums.blockLength == 2 * each)
        let ids: [Int32] = [1, 1, 1, 1]
        for window in 0..<windows {
            for variant in 0..<2 {
                // What is lost: the number of the window, in the second stream the negative, and twice as much KL.
                let costs = [1, 1, -1, -1].map { Float($0 * (window + 1) * (variant + 1)) }
                ids.withUnsafeBufferPointer { ids in
                    costs.withUnsafeBufferPointer { costs in
                        costs.map { 2 * $0 }.withUnsafeBufferPointer {
                            sums.add(
                                variant: variant, window: window, tokens: ids, targets: ids, surprisal: costs,
                                divergence: $0)
                        }
                    }
                }
            }
        }
        let perStream = blocks / 2
        for block in 0..<blocks {
            let first = block % perStream * each
            let own = first..<min(windows, first + each)
            let sign = block < perStream ? 1.0 : -1
            let due = own.reduce(0) { $0 + 2 * sign * Double($1 + 1) }
            #expect(sums.characters[block] == Double(2 * own.count))
            for variant in 0..<2 {
                #expect(sums.totals[variant * blocks + block] == due * Double(variant + 1))
                #expect(sums.divergences[variant * blocks + block] == 2 * due * Double(variant + 1))
                #expect(sums.cost(variant, blocks: [block])[1] == due * Double(variant + 1))
            }
            // The character itself, and the one that was read before it.
            let counts = sums.count(blocks: [block])
            #expect(counts[1] == sums.characters[block] && counts[27 + 1] == counts[1] && counts[2] == 0)
        }
        #expect(sums.cost(0, blocks: 0..<blocks)[1] == 0 && sums.count(blocks: 0..<blocks)[1] == Double(4 * windows))
        // Of each stream one letter begins its only word, and one ends it.
        #expect(sums.count(blocks: 0..<blocks)[54...57].map { $0 } == [2, Double(4 * windows - 4), 2, 0])
        #expect(sums.interval(sums.divergences, 1, seed: 1).mean == 0)
    }

    // MARK: Control

    private static func interval(_ mean: Double, low: Double? = nil) -> Interval {
        Interval(mean: mean, low: low ?? mean, high: mean)
    }

    /// Two symbols, of 600 and 400 characters, and a class of 700 that is measured by itself.
    private static func tuning(_ costs: [[Double?]], specialisation: Double?, closest: Double?) -> CausalTuning {
        let categories = [a, PredictionCategory(.symbol, "b"), PredictionCategory(.place, "word-inside")]
        return CausalTuning(
            characters: 1000, blocks: 4, blockLength: 250, categories: categories, counts: [600, 400, 700],
            neurons: costs.enumerated().map { number, costs in
                .init(
                    neuron: number, costs: costs.map { $0.map { interval($0) } }, shares: [], label: nil,
                    specialisation: nil, cluster: nil)
            }, specialisation: specialisation.map { interval($0) },
            clusters: CausalClusters(clusters: [], order: [], nullDistance: 0, shuffles: 0, closest: closest),
            bitsPerCharacter: 0.5)
    }

    /// All characters cost .3·600 + .1·400 = 220 bits. Less the .25·700 of the class, 45 are left for 300 characters.
    @Test func excessesByHand() throws {
        let tuning = Self.tuning([[0.3, 0.1, 0.25], [nil, 0.1, 0.25]], specialisation: nil, closest: nil)
        let excesses = try (0..<3).map { try #require(tuning.excess(tuning.neurons[0], $0)) }
        expectClose(excesses, [0.3 - 0.1, 0.1 - 0.3, 0.25 - 45.0 / 300], within: 1e-12)
        // What was not measured costs nothing: 40 bits in all.
        #expect(tuning.excess(tuning.neurons[1], 0) == nil)
        expectClose(try #require(tuning.excess(tuning.neurons[1], 1)), 0.1, within: 1e-12)
        var everything = tuning
        everything.counts[2] = 1000
        #expect(everything.excess(tuning.neurons[0], 2) == nil)
        everything.counts[2] = 999
        expectClose(
            try #require(everything.excess(tuning.neurons[0], 2)), 0.25 - (220 - 0.25 * 999), within: 1e-9)
        // −.6 log₂ .6 − .4 log₂ .4.
        expectClose(tuning.letterEntropy, -(0.6 * log2(0.6) + 0.4 * log2(0.4)), within: 1e-12)
    }

    @Test func controlsByHand() throws {
        var tunings = [
            Self.tuning([[0.3, 0.1, 0.25], [0.2, 0.2, 0.2]], specialisation: 0.4, closest: 0.7),
            Self.tuning([[0.1, 0.5, 0.1]], specialisation: nil, closest: nil),
            Self.tuning([[0.1, 0.3, 0.1]], specialisation: 0.2, closest: 0.9),
        ]
        tunings[1].characters = 900
        let control = CausalControl(tunings)
        #expect(control.networks == 3 && control.neurons == 4 && control.characters == 900)
        #expect(control.specialisation == 0.2...0.4 && control.closest == 0.7)
        expectClose(try #require(control.excesses[0]), 0.2, within: 1e-12)
        // Of the second network .5 less the 60 bits of the other 500 characters.
        expectClose(try #require(control.excesses[1]), 0.5 - 60.0 / 500, within: 1e-12)
        tunings[2].counts[0] = 50
        #expect(CausalControl(tunings).excesses[0] != nil)
        tunings[2].counts[0] = 49
        #expect(CausalControl(tunings).excesses[0] == nil && CausalControl(tunings).excesses[1] != nil)
        let none = CausalControl([])
        #expect(none.networks == 0 && none.neurons == 0 && none.characters == 0 && none.excesses.isEmpty)
        #expect(none.specialisation == nil && none.closest == nil)
    }

    /// Three times the excess of untrained neurons, half of their distance, half of what is one profile.
    @Test func claimsByTheirThresholds() {
        var tuning = Self.tuning([[0.3, 0.1, 0.25]], specialisation: nil, closest: nil)
        tuning.control = CausalControl(
            [Self.tuning([[0.25, 0, 0]], specialisation: 0.25, closest: 0.5)])
        func label(_ excess: Double) -> CausalLabel {
            CausalLabel(category: Self.a, cost: Self.interval(1 + excess), elsewhere: 1, characters: 600)
        }
        #expect(tuning.claims(label(0.751)) && tuning.doubt(label(0.749)) == "untrained come near it")
        #expect(label(0.5).weight == 0.5 * 600.squareRoot())
        func cluster(_ distance: Double, stability: Double = 0.75) -> CausalClusters.Cluster {
            .init(members: [0, 1], label: nil, stability: stability, distance: distance)
        }
        #expect(tuning.claims(cluster(0.249)) && !tuning.claims(cluster(0.25)))
        #expect(!tuning.claims(cluster(0.1, stability: 0.749)))
        func isSpecialised(low: Double) -> Bool {
            tuning.specialisation = Self.interval(0.9, low: low)
            return tuning.isSpecialised
        }
        // .75 of the profiles of the untrained network are one profile: .375 at most may be.
        #expect(isSpecialised(low: 0.626) && !isSpecialised(low: 0.625))
        tuning.bitsPerCharacter = tuning.letterEntropy
        #expect(!tuning.predicts && !tuning.claims(cluster(0.1)) && !isSpecialised(low: 0.9))
        tuning.bitsPerCharacter -= 1e-9
        #expect(tuning.predicts)
        tuning.control?.closest = nil
        #expect(!tuning.claims(cluster(0.001)), "no two untrained neurons have profiles to compare with")
    }

    /// Labels are told in the order of √n · excess, specialisation and clusters after them.
    @Test func sentencesInOrder() throws {
        var tuning = Self.tuning([[0.3, 0.1, 0.2], [0.1, 0.6, 0.2], [0, 0, 0]], specialisation: 0.9, closest: 0.1)
        // .5·√600 ≈ 12.2 against .6·√400 = 12.
        for (neuron, category, cost, count) in [(0, 1, 0.7, 400), (1, 0, 0.6, 600)] {
            tuning.neurons[neuron].label = CausalLabel(
                category: tuning.categories[category], cost: Self.interval(cost), elsewhere: 0.1, characters: count)
        }
        tuning.clusters.clusters = [
            .init(members: [0, 2], label: tuning.neurons[0].label, stability: 0.8, distance: 0.05),
            .init(members: [1, 2], label: nil, stability: 0.5, distance: 0.05),
        ]
        tuning.clusters.nullDistance = 0.3
        tuning.control = CausalControl([Self.tuning([[0.1, 0, 0]], specialisation: 0.1, closest: 0.2)])
        let found = Findings.causal(tuning)
        #expect(found.map(\.kind) == [.causalLabel, .causalLabel, .specialisation, .causalCluster])
        #expect(found[0].sentence.hasPrefix("neuron 1 predicts “a”: losing it costs 0.60 bits there"))
        #expect(found[0].sentence.hasSuffix("0.10 elsewhere, n 600"))
        #expect(found[0].control == "0.50 more there; untrained neurons up to 0.10 (best of 1)")
        #expect(found[1].sentence.hasPrefix("neuron 0 predicts “b”"))
        #expect(found[2].sentence.contains("0.90 of what they cost (95 % 0.90…0.90)"))
        #expect(found[2].control == "1 untrained networks: 0.10 to 0.10")
        #expect(
            found[3].sentence == "neurons 0, 2 are for the same things: they predict “b”; mean distance 0.050, "
                + "stability 0.80")
        #expect(found[3].control.hasSuffix("closest of 1 untrained neurons: 0.20"))
    }
}
