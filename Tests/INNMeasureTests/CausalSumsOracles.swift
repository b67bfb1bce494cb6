import Foundation
import Testing

@testable import INNAnalysis
@testable import INNCore
@testable import INNData

/// What is added up of lesions, and what follows from it, counted again character by character.
@Suite struct CausalSumsOracles {
    private static let plan = ReadingPlan(streams: 3, windows: 7, steps: 20)
    private static let variants = 3

    /// By stream what is read and one character more, with every letter from the space to "z".
    private static let texts: [String] = [
        "a zebra asks one queen why seven foxes jump over the lazy dogs at dawn while two owls gaze back in vivid "
            + "quiet and eight mice hide below zinc",
        "z jazz kings mix five liquors for nine wizards who vex a quick brown pony by the old mill as three elks yawn "
            + "up north on cold icy plains oz",
        "my sphinx of black quartz judge my vow zero cats nap on six soft rugs a big fjord waltz vexed four nymphs "
            + "whose quick zigzags blew thin ab",
    ].map { String($0.padding(toLength: plan.length + 1, withPad: " to", startingAt: 0)) }
    private static let ids = texts.map { Alphabet.text8.encode($0) }

    /// What losing a neuron costs at a place of a stream: worth something, and different everywhere.
    private static let costs: [[[Double]]] = {
        var random = RandomSource(seed: 71)
        return (0..<variants).map { variant in
            (0..<plan.streams).map { stream in
                (0..<plan.length).map { place in
                    let isVowel = [1, 5, 9, 15, 21].contains(ids[stream][place + 1])
                    let mean = 0.3 + 0.1 * Double(variant) + (isVowel ? 0.4 : 0)
                    return Double(Float(mean + random.uniform(-0.3...0.3)))
                }
            }
        }
    }()

    private static let sums: CausalSums = {
        var sums = CausalSums(
            variants: variants, plan: plan, classes: .text8, targets: ids.flatMap { Array($0.dropFirst()) })
        for window in 0..<plan.windows {
            let range = (window * plan.steps)..<((window + 1) * plan.steps)
            let tokens = ids.flatMap { $0[range] }
            let targets = ids.flatMap { $0[(range.lowerBound + 1)..<(range.upperBound + 1)] }
            for variant in 0..<variants {
                let each = costs[variant].flatMap { $0[range] }.map { Float($0) }
                tokens.withUnsafeBufferPointer { tokens in
                    targets.withUnsafeBufferPointer { targets in
                        each.withUnsafeBufferPointer {
                            sums.add(
                                variant: variant, window: window, tokens: tokens, targets: targets, surprisal: $0,
                                divergence: $0)
                        }
                    }
                }
            }
        }
        return sums
    }()

    /// Whether the character that is predicted at a place belongs to a cell: is a symbol, follows one, or stands at a
    /// place in a word.
    private static func belongs(_ cell: Int, _ stream: Int, _ place: Int) -> Bool {
        let text = Array(texts[stream])
        guard cell >= 27 else { return ids[stream][place + 1] == Int32(cell) }
        guard cell >= 54 else { return ids[stream][place] == Int32(cell - 27) }
        guard text[place + 1] != " " else { return false }
        // Words of what is predicted: the very first character was only read.
        let begins = place == 0 || text[place] == " "
        let ends = place + 1 == plan.length || text[place + 2] == " "
        switch cell {
        case 54: return begins
        case 55: return !begins && !ends
        case 56: return ends
        default:
            var (first, last) = (place + 1, place + 1)
            while first > 1, text[first - 1] != " " { first -= 1 }
            while last < plan.length, text[last + 1] != " " { last += 1 }
            let digits = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
            return digits.contains(String(text[first...last]))
        }
    }

    /// By block, cell and variant what was lost, and by block and cell how many characters there were: blocks are
    /// windows, those of a stream one after the other.
    private static let table: (costs: [[[Double]]], counts: [[Double]]) = {
        var costs = [[[Double]]](
            repeating: [[Double]](repeating: [Double](repeating: 0, count: variants), count: 58), count: 21)
        var counts = [[Double]](repeating: [Double](repeating: 0, count: 58), count: 21)
        for stream in 0..<plan.streams {
            for place in 0..<plan.length {
                let block = stream * plan.windows + place / plan.steps
                for cell in 0..<58 where belongs(cell, stream, place) {
                    counts[block][cell] += 1
                    for variant in 0..<variants {
                        costs[block][cell][variant] += Self.costs[variant][stream][place]
                    }
                }
            }
        }
        return (costs, counts)
    }()

    /// By block and variant, whatever the cell.
    private static let totals: [[Double]] = (0..<21).map { block in
        let first = block % plan.windows * plan.steps
        return costs.map { $0[block / plan.windows][first..<(first + plan.steps)].reduce(0, +) }
    }

    @Test func everyCellOfEveryBlock() {
        let (sums, table) = (Self.sums, Self.table)
        #expect(sums.blocks == 21 && sums.cells == 58 && sums.variants == 3 && sums.blockLength == 20)
        for draw in (0..<21).map({ [$0] }) + [Array(0..<21), [20, 0, 20, 3], []] {
            expectClose(
                sums.count(blocks: draw), (0..<58).map { cell in draw.reduce(0) { $0 + table.counts[$1][cell] } },
                within: 1e-12, "characters")
            for variant in 0..<3 {
                let due = (0..<58).map { cell in draw.reduce(0) { $0 + table.costs[$1][cell][variant] } }
                expectClose(sums.cost(variant, blocks: draw), due, within: 1e-9, "variant \(variant)")
            }
        }
        let all = sums.count(blocks: 0..<21)
        #expect([0, 1, 26, 27, 53, 54, 55, 56, 57].allSatisfy { all[$0] > 0 }, "the first and the last of every kind")
        #expect(sums.characters == [Double](repeating: 20, count: 21))
    }

    /// Sums of a draw of blocks over a category and over everything else.
    private static func excess(
        _ group: [Int], _ cells: [Int], _ draw: [Int]
    ) -> (own: Double?, rest: Double, count: Double) {
        var (own, ownCount, all, allCount) = (0.0, 0.0, 0.0, 0.0)
        for block in draw {
            for cell in cells {
                for variant in group { own += table.costs[block][cell][variant] / Double(group.count) }
                ownCount += table.counts[block][cell]
            }
            for variant in group { all += totals[block][variant] / Double(group.count) }
            allCount += Double(plan.steps)
        }
        let rest = allCount - ownCount
        return (ownCount > 0 ? own / ownCount : nil, rest > 0 ? (all - own) / rest : 0, ownCount)
    }

    /// Means, intervals and standard errors of every category, for one neuron and for the mean of two, over the same
    /// draws of blocks.
    @Test(arguments: [[2], [2, 0]]) func costsOfEveryCategory(group: [Int]) {
        let categories = PredictionCategories(.text8)
        let found = CausalResamples(Self.sums, neurons: 3, seed: 9, isNone: false).costs(of: group, categories)
        #expect(found.count == categories.all.count)
        var draws: [[Int]] = []
        // 21 blocks of 58 cells are few enough for a thousand resamples.
        BlockBootstrap(blocks: 21, resamples: 1000, seed: 9).forEachDraw { draws.append($0) }
        for (cost, item) in zip(found, categories.all) {
            let due = Self.excess(group, item.cells, Array(0..<21))
            #expect(Double(cost.count) == due.count && (cost.interval == nil) == (due.own == nil))
            expectClose(cost.elsewhere, due.rest, within: 1e-9, "beside \(item.category.name)")
            guard let interval = cost.interval, let own = due.own else { continue }
            // A few categories, the first and the last among them, are enough for the draws.
            let isDrawn = ["␣", "a", "z", "vowel", "consonant", "word-initial", "digit-word"].contains(
                item.category.name)
            expectClose(interval.mean, own, within: 1e-9)
            guard isDrawn else { continue }
            let drawn = draws.map { Self.excess(group, item.cells, $0) }.filter { $0.own != nil }
            let values = drawn.map { $0.own! }.sorted()
            let count = Double(values.count)
            expectClose(
                [interval.low, interval.high], [values[Int(0.025 * count)], values[Int(0.975 * count)]], within: 1e-9,
                item.category.name)
            let excesses = drawn.map { $0.own! - $0.rest }
            let square = excesses.reduce(0) { $0 + ($1 - mean(excesses)) * ($1 - mean(excesses)) }
            expectClose(cost.excessDeviation, (square / (count - 1)).squareRoot(), within: 1e-9, item.category.name)
        }
    }

    /// Shares of what a neuron costs by symbol, over all blocks, the last one too; all of it costs something.
    @Test func sharesOfEverySymbol() throws {
        let tuning = CausalTuning(Self.sums, neurons: [5, 6, 9], classes: .text8, bitsPerCharacter: 2, seed: 1)
        #expect(tuning.neurons.map(\.neuron) == [5, 6, 9])
        for (variant, neuron) in tuning.neurons.enumerated() {
            let by = (0..<27).map { symbol in (0..<21).reduce(0) { $0 + Self.table.costs[$1][symbol][variant] } }
            expectClose(neuron.shares, by.map { $0 / by.reduce(0, +) }, within: 1e-9)
        }
        for (index, item) in PredictionCategories(.text8).all.enumerated() {
            let due = item.cells.reduce(0) { sum, cell in (0..<21).reduce(sum) { $0 + Self.table.counts[$1][cell] } }
            #expect(tuning.counts[index] == Int(due))
        }
    }

    /// In a text of one letter nothing is elsewhere, and costs nothing.
    @Test func nothingIsElsewhere() throws {
        let plan = ReadingPlan(streams: 1, windows: 4, steps: 5)
        let ids = [Int32](repeating: 3, count: 5)
        var sums = CausalSums(variants: 1, plan: plan, classes: .text8, targets: [Int32](repeating: 3, count: 20))
        for window in 0..<4 {
            ids.withUnsafeBufferPointer { ids in
                [Float](repeating: 0.5, count: 5).withUnsafeBufferPointer {
                    sums.add(variant: 0, window: window, tokens: ids, targets: ids, surprisal: $0, divergence: $0)
                }
            }
        }
        let categories = PredictionCategories(.text8)
        let costs = CausalResamples(sums, neurons: 1, seed: 1, isNone: false).costs(of: 0, categories)
        for (cost, item) in zip(costs, categories.all) {
            let isAll = item.cells.contains(3) || item.cells.contains(30)
            if isAll { #expect(cost.interval?.mean == 0.5 && cost.elsewhere == 0 && cost.count == 20) }
            if cost.count == 0 { #expect(cost.interval == nil && cost.elsewhere == 0.5) }
        }
        let none = CausalResamples(sums, neurons: 1, seed: 1, isNone: true).costs(of: 0, categories)
        #expect(none[3].interval == Interval(mean: 0.5, low: 0.5, high: 0.5) && none[3].excessDeviation == .infinity)
    }

    /// A category of one character, and another beside which there is one.
    @Test func oneCharacterElsewhere() throws {
        let plan = ReadingPlan(streams: 1, windows: 4, steps: 5)
        let all = [Int32](repeating: 3, count: 19) + [4]
        var sums = CausalSums(variants: 1, plan: plan, classes: .text8, targets: all)
        for window in 0..<4 {
            let ids = Array(all[(window * 5)..<(window * 5 + 5)])
            ids.withUnsafeBufferPointer { ids in
                ids.map { $0 == 4 ? Float(2) : 0.5 }.withUnsafeBufferPointer {
                    sums.add(variant: 0, window: window, tokens: ids, targets: ids, surprisal: $0, divergence: $0)
                }
            }
        }
        let costs = CausalResamples(sums, neurons: 1, seed: 1, isNone: false).costs(
            of: 0, PredictionCategories(.text8))
        #expect(costs[3].interval?.mean == 0.5 && costs[3].elsewhere == 2 && costs[3].count == 19)
        #expect(costs[4].interval?.mean == 2 && costs[4].elsewhere == 0.5 && costs[4].count == 1)
    }

    /// Sums of eight bytes in 128 MiB: 2¹⁵ of each block in 512 blocks, twice as many in half as many, and never in
    /// fewer than 32.
    @Test func blocksThatFit() {
        func blocks(_ variants: Int) -> Int { CausalSums.mostBlocks(cells: 64, variants: variants) }
        #expect([0, 1, 511, 512].map(blocks) == [512, 512, 512, 512])
        #expect([513, 1024, 4096, 8192, 8193, 1 << 14].map(blocks) == [511, 256, 64, 32, 32, 32])
    }

    /// Of m = 60 categories · 1,000 neurons one exceeds √(2 ln(60,000/.05)) standard errors by chance once in twenty
    /// texts.
    @Test func comparisonsAreCounted() {
        expectClose(
            CausalTuning.deviations(categories: 60, neurons: 1000), (2 * log(60_000 / 0.05)).squareRoot(),
            within: 1e-12)
        expectClose(CausalTuning.deviations(categories: 1, neurons: 1), 2.4477468306808166, within: 1e-12)
    }

    /// Each limit exactly met, and missed by the least that there is.
    @Test func whatStandsOut() {
        func isOut(
            _ mean: Double = 0.75, low: Double = 0.5625, elsewhere: Double = 0.5, deviation: Double = 0.0625,
            count: Int = 200, of characters: Int = 201, beyond: Double = 3
        ) -> Bool {
            CausalCost(
                interval: Interval(mean: mean, low: low, high: 1), elsewhere: elsewhere, excessDeviation: deviation,
                count: count
            ).standsOut(by: beyond, of: characters)
        }
        #expect(isOut())
        #expect(!isOut(count: 199) && !isOut(of: 200))
        #expect(!isOut(low: 0.5) && isOut(low: 0.5.nextUp))
        // Half again as much as elsewhere is enough.
        #expect(!isOut(0.75.nextDown))
        // An excess of .25 is not more than four times .0625.
        #expect(!isOut(beyond: 4) && isOut(beyond: 4.0.nextDown))
        // Where elsewhere nothing is lost, a hundredth of a bit is enough; where it helps, low is still above 0.
        #expect(isOut(0.01, low: 0.005, elsewhere: 0, deviation: 0))
        #expect(!isOut(0.01.nextDown, low: 0.005, elsewhere: 0, deviation: 0))
        #expect(!isOut(0.5, low: 0, elsewhere: -0.25) && isOut(0.5, low: 1e-9, elsewhere: -0.25))
        #expect(
            !CausalCost(interval: nil, elsewhere: 0, excessDeviation: 0, count: 500).standsOut(by: 0, of: 1000))
    }
}
