import Foundation
import Testing

@testable import INNAnalysis
@testable import INNCore
@testable import INNData

/// Causal tuning against planted costs: what every neuron costs at every character is known, with noise on top.
@Suite struct CausalTuningTests {
    /// What losing a neuron costs, by what the next character is.
    struct Planted: Sendable {
        let cost: @Sendable (Character) -> Double

        init(_ cost: @escaping @Sendable (Character) -> Double) { self.cost = cost }
    }

    /// Costs in bits, one per neuron.
    static let planted = [
        Planted { $0 == " " ? 0.4 : 0.1 },  // predicts spaces
        Planted { $0 == " " ? 0.4 : 0.1 },  // a copy of it
        Planted { "aeiou".contains($0) ? 0.3 : 0.1 },
        Planted { "bcdfghjklmnpqrstvwxyz".contains($0) ? 0.3 : 0.1 },
        Planted { _ in 0.2 },  // worth much, everywhere the same
        Planted { _ in 0 },  // useless
    ]

    /// - Parameter isShuffled: whether each neuron's costs are handed to other characters.
    static func tuning(
        _ planted: [Planted], noise: Double = 0.5, isShuffled: Bool = false, isControl: Bool = false, of all: Int? = nil
    ) -> CausalTuning {
        let plan = ReadingPlan(streams: 8, windows: 64, steps: 128)
        let text = PlantedText(plan)
        var sums = CausalSums(variants: planted.count, plan: plan, classes: .text8, targets: text.targets)
        var random = RandomSource(seed: 4)
        for (variant, neuron) in planted.enumerated() {
            let letters = text.targets.map { Character(UnicodeScalar(Alphabet.text8.byte(ofID: $0))) }
            var costs = letters.map { Float(neuron.cost($0) + noise * random.normal()) }
            if isShuffled { costs.shuffle(using: &random) }
            text.forEachWindow { window, rows, tokens, targets in
                let own = rows.map { costs[$0] }
                own.withUnsafeBufferPointer {
                    sums.add(
                        variant: variant, window: window, tokens: tokens, targets: targets, surprisal: $0,
                        divergence: $0)
                }
            }
        }
        return CausalTuning(
            sums, neurons: Array(planted.indices), of: all, classes: .text8, bitsPerCharacter: 2, seed: 1,
            isControl: isControl)
    }

    @Test func labelsAreThosePlanted() throws {
        let tuning = Self.tuning(Self.planted)
        let labels = tuning.neurons.map { $0.label?.category }
        #expect(labels[0] == PredictionCategory(.symbol, "␣") && labels[1] == labels[0])
        #expect(labels[2]?.kind == .symbol || labels[2] == PredictionCategory(.characterClass, "vowel"))
        #expect(labels[4] == nil && labels[5] == nil)
        let space = try #require(tuning.neurons[0].label)
        #expect(abs(space.cost.mean - 0.4) < 0.02 && abs(space.elsewhere - 0.1) < 0.02)
        #expect(space.cost.low < space.cost.mean && space.cost.high > space.cost.mean)
        #expect(space.cost.high - space.cost.low < 0.08)
    }

    @Test func costsAreTheMeansOverTheirCharacters() throws {
        let tuning = Self.tuning(Self.planted, noise: 0)
        #expect(tuning.characters == 8 * 64 * 128)
        for (neuron, planted) in Self.planted.enumerated() {
            for (index, category) in tuning.categories.enumerated() where category.kind == .symbol {
                guard let found = tuning.neurons[neuron].costs[index] else {
                    #expect(tuning.counts[index] == 0)
                    continue
                }
                let symbol = category.name == "␣" ? " " : Character(category.name)
                #expect(abs(found.mean - planted.cost(symbol)) < 1e-6 && abs(found.low - found.high) < 1e-6)
            }
        }
        let vowel = try #require(tuning.cost(2, PredictionCategory(.characterClass, "vowel")))
        #expect(abs(vowel.mean - 0.3) < 1e-6)
        #expect(abs((tuning.cost(2, PredictionCategory(.characterClass, "consonant"))?.mean ?? 9) - 0.1) < 1e-6)
    }

    @Test func sharesAreWhereTheCostIs() throws {
        let tuning = Self.tuning(Self.planted, noise: 0)
        let space = tuning.categories.firstIndex(of: PredictionCategory(.symbol, "␣"))!
        let p = Double(tuning.counts[space]) / Double(tuning.characters)
        #expect(abs(tuning.neurons[0].shares[space] - p * 0.4 / (p * 0.4 + (1 - p) * 0.1)) < 1e-6)
        #expect(abs(tuning.neurons[0].shares.reduce(0, +) - 1) < 1e-6)
    }

    @Test func theCopyIsInOneCluster() {
        let tuning = Self.tuning(Self.planted)
        let copies = tuning.clusters.clusters.filter { Set($0.members) == [0, 1] }
        #expect(copies.count == 1 && copies[0].label?.category == PredictionCategory(.symbol, "␣"))
        #expect((copies.first?.stability ?? 0) > 0.9 && (copies.first?.distance ?? 9) < tuning.clusters.nullDistance)
        #expect(tuning.neurons[0].cluster == tuning.neurons[1].cluster && tuning.neurons[5].cluster == nil)
        // Who predicts vowels is in no cluster with who predicts spaces.
        #expect(tuning.clusters.clusters.allSatisfy { !($0.members.contains(2) && $0.members.contains(0)) })
        #expect(Set(tuning.clusters.order) == Set(0..<6))
    }

    /// Two neurons, M over vowels, consonants and spaces: rows that are at right angles, of lengths a and b, leave the
    /// smaller one, b² of a² + b²; rows that are one profile leave nothing.
    @Test func specialisationOverThreeClassesByHand() throws {
        let vowels = Planted { "aeiou".contains($0) ? 0.4 : 0 }
        let tuning = Self.tuning([vowels, Planted { $0 == " " ? 0.3 : 0 }], noise: 0)
        func share(_ category: PredictionCategory) -> Double {
            Double(tuning.counts[tuning.categories.firstIndex(of: category)!]) / Double(tuning.characters)
        }
        let a = share(PredictionCategory(.characterClass, "vowel")) * 0.4 * 0.4
        let b = share(PredictionCategory(.symbol, "␣")) * 0.3 * 0.3
        #expect(abs(try #require(tuning.classSpecialisation) - min(a, b) / (a + b)) < 1e-6)
        let alike = Self.tuning([vowels, Planted { "aeiou".contains($0) ? 0.1 : 0 }], noise: 0)
        #expect(abs(try #require(alike.classSpecialisation)) < 1e-9)
        #expect(Self.tuning([Planted { _ in 0 }, Planted { _ in 0 }], noise: 0).classSpecialisation == nil)
    }

    /// A share that may be anything in half of its range is still told.
    @Test func sharesThatAreTold() {
        #expect(Interval(mean: 0.5, low: 0.25, high: 0.75).tellsShare)
        #expect(!Interval(mean: 0.5, low: 0.25, high: 0.76).tellsShare)
    }

    /// 3·10⁹ additions, in at least 200 and at most 1,000 resamples.
    @Test func resamplesAreAsManyAsTheWorkAllows() {
        #expect([1, 3e6, 6e6, 1.5e7, 1e9].map(CausalResamples.count) == [1000, 1000, 500, 200, 200])
    }

    @Test(arguments: [1.0, 0.3]) func identicalNeuronsAreNotSpecialised(scale: Double) throws {
        let tuning = Self.tuning(
            (0..<6).map { neuron in
                let amount = neuron.isMultiple(of: 2) ? 1 : scale
                return Planted { amount * ($0 == " " ? 0.5 : "aeiou".contains($0) ? 0.2 : 0.1) }
            })
        let share = try #require(tuning.specialisation)
        #expect(share.low <= 0 && share.high >= 0 && abs(share.mean) < 0.02)
        #expect(tuning.clusters.clusters.isEmpty)
    }

    @Test func disjointExpertsAreSpecialised() throws {
        let groups = [" ", "e", "h", "o", "t", "is", "ar", "nl", "wyc", "gbdk", "vxqjzmufp"]
        let tuning = Self.tuning(groups.map { group in Planted { group.contains($0) ? 1 : 0 } })
        let share = try #require(tuning.specialisation)
        #expect(share.low > 0.8 && share.high <= 1)
    }

    /// Two neurons, two symbols a and b of the same frequency: the first costs .3 bits at a and nothing at b, the
    /// second .2 at b and nothing at a. M = √½ · diag(.3, .2); its largest singular part is the first row, so that what
    /// is left is the second: .04 / (.09 + .04). Each on its own: the first is the profile itself, the second none of
    /// it.
    @Test func twoNeuronsOnPaper() throws {
        let plan = ReadingPlan(streams: 4, windows: 4, steps: 8)
        let tokens = Alphabet.text8.encode(String(repeating: "abababab", count: 4))
        let targets = Alphabet.text8.encode(String(repeating: "babababa", count: 4))
        let all = (0..<4).flatMap { _ in Alphabet.text8.encode(String(repeating: "babababa", count: 4)) }
        var sums = CausalSums(variants: 2, plan: plan, classes: .text8, targets: all)
        for window in 0..<4 {
            for (variant, costs) in [[0, 0.3], [0.2, 0]].enumerated() {
                // What is predicted after an a is a b, and the other way round.
                let own = (0..<32).map { Float(costs[$0.isMultiple(of: 2) ? 0 : 1]) }
                tokens.withUnsafeBufferPointer { tokens in
                    targets.withUnsafeBufferPointer { targets in
                        own.withUnsafeBufferPointer {
                            sums.add(
                                variant: variant, window: window, tokens: tokens, targets: targets, surprisal: $0,
                                divergence: $0)
                        }
                    }
                }
            }
        }
        let tuning = CausalTuning(sums, neurons: [0, 1], classes: .text8, bitsPerCharacter: 2, seed: 1)
        #expect(abs(tuning.cost(0, PredictionCategory(.symbol, "a"))!.mean - 0.3) < 1e-6)
        #expect(tuning.cost(0, PredictionCategory(.symbol, "b"))!.mean == 0)
        #expect(abs(tuning.specialisation!.mean - 0.04 / 0.13) < 1e-5)
        #expect(abs(tuning.neurons[0].specialisation!.mean) < 1e-5)
        #expect(abs(tuning.neurons[1].specialisation!.mean - 1) < 1e-5)
        #expect(tuning.neurons[0].shares[1] == 1 && tuning.neurons[1].shares[2] == 1)
        #expect(abs(sums.interval(sums.totals, 0, seed: 1).mean - 0.15) < 1e-6)
    }

    /// Losing it helps everywhere, least at spaces; and one that is worth nothing at all.
    @Test func aHarmfulNeuronIsForNothing() {
        let tuning = Self.tuning([Planted { $0 == " " ? -0.02 : -0.2 }, Planted { _ in 0 }, Planted { _ in 0.2 }])
        #expect(tuning.neurons.allSatisfy { $0.label == nil })
        #expect(tuning.neurons[0].shares.allSatisfy { $0 == 0 } && tuning.neurons[1].shares.allSatisfy { $0 == 0 })
        #expect(abs(tuning.neurons[2].shares.reduce(0, +) - 1) < 1e-6)
    }

    /// The more neurons there are to look at, the more sure a label has to be.
    @Test func labelsAllowForAllNeuronsOfTheNetwork() {
        func labels(of all: Int) -> Int {
            let faint = (0..<6).map { _ in Planted { $0 == " " ? 0.16 : 0.1 } }
            return Self.tuning(faint, noise: 1, of: all).neurons.count { $0.label != nil }
        }
        let (few, many) = (labels(of: 6), labels(of: 1_000_000_000))
        #expect(few > many, "\(few) and \(many)")
    }

    @Test func shuffledCostsAreForNothing() throws {
        let tuning = Self.tuning(Self.planted, isShuffled: true)
        #expect(tuning.neurons.allSatisfy { $0.label == nil })
        #expect(tuning.clusters.clusters.isEmpty)
        let share = try #require(tuning.specialisation)
        #expect(share.low <= 0)
    }

    @Test func placesInWordsAreCounted() {
        let text = Alphabet.text8.encode("a one two cat eights")
        let bits = WordPlace.bits(of: text, .text8)
        func shown(_ place: WordPlace) -> String {
            String(zip("a one two cat eights", bits).map { $1 >> place.index & 1 == 1 ? $0 : "." })
        }
        #expect(shown(.initial) == "a.o...t...c...e.....")
        #expect(shown(.final) == "a...e...o...t......s")
        #expect(shown(.inside) == "...n...w...a...ight.")
        #expect(shown(.digit) == "..one.two...........")
    }

    @Test func costsAfterACharacterAreOfThatCharacter() throws {
        let plan = ReadingPlan(streams: 1, windows: 1, steps: 8)
        let tokens = Alphabet.text8.encode("abababab")
        let targets = Alphabet.text8.encode("babababa")
        var sums = CausalSums(variants: 1, plan: plan, classes: .text8, targets: targets)
        let costs: [Float] = [1, 2, 1, 2, 1, 2, 1, 2]
        tokens.withUnsafeBufferPointer { tokens in
            targets.withUnsafeBufferPointer { targets in
                costs.withUnsafeBufferPointer {
                    sums.add(
                        variant: 0, window: 0, tokens: tokens, targets: targets, surprisal: $0, divergence: $0)
                }
            }
        }
        let tuning = CausalTuning(sums, neurons: [0], classes: .text8, bitsPerCharacter: 2, seed: 1)
        #expect(tuning.cost(0, PredictionCategory(.after, "a"))?.mean == 1)
        #expect(tuning.cost(0, PredictionCategory(.symbol, "b"))?.mean == 1)
        #expect(tuning.cost(0, PredictionCategory(.after, "b"))?.mean == 2)
        #expect(tuning.cost(0, PredictionCategory(.after, "c")) == nil)
    }
}

/// The best part of rank one of a matrix, against a matrix that is made of known parts.
@Suite struct RankOneTests {
    @Test func theLargestPartIsTakenAway() {
        // 3·u·vᵀ + 1·w·zᵀ with orthogonal unit vectors: what is left is the second part.
        let (u, w): ([Double], [Double]) = ([0.6, 0.8], [-0.8, 0.6])
        let (v, z): ([Double], [Double]) = ([1, 0, 0], [0, 0.6, 0.8])
        func part(_ rows: [Double], _ columns: [Double], _ index: Int) -> Double {
            rows[index / 3] * columns[index % 3]
        }
        let matrix = (0..<6).map { 3 * part(u, v, $0) + part(w, z, $0) }
        let rest = RankOne(matrix, rows: 2, columns: 3).rest(of: matrix)
        for index in 0..<6 {
            let expected = part(w, z, index)
            #expect(abs(rest[index] - expected) < 1e-9)
        }
    }

    /// What is taken away is along the direction in which the rows are longest: an eigenvector of MᵀM, and no other
    /// direction has more of them.
    @Test(arguments: [3, 4, 5] as [UInt64]) func noOtherProfileTakesMore(seed: UInt64) {
        let (rows, columns) = (4, 6)
        var random = RandomSource(seed: seed)
        let matrix = (0..<(rows * columns)).map { _ in random.normal() }
        let found = RankOne(matrix, rows: rows, columns: columns)
        func amounts(_ profile: [Double]) -> [Double] {
            (0..<rows).map { row in (0..<columns).reduce(0) { $0 + matrix[row * columns + $1] * profile[$1] } }
        }
        func length(_ values: [Double]) -> Double { values.reduce(0) { $0 + $1 * $1 } }
        #expect(abs(length(found.profile) - 1) < 1e-12)
        let own = amounts(found.profile)
        #expect(zip(own, found.amounts).allSatisfy { abs($0 - $1) < 1e-12 })
        for column in 0..<columns {
            let image = (0..<rows).reduce(0) { $0 + matrix[$1 * columns + column] * own[$1] }
            #expect(abs(image - length(own) * found.profile[column]) < 1e-5)
        }
        for _ in 0..<300 {
            let other = (0..<columns).map { _ in random.normal() }
            #expect(length(amounts(other)) / length(other) <= length(own) + 1e-9)
        }
        let rest = found.rest(of: matrix)
        #expect(abs(length(rest) - (length(matrix) - length(own))) < 1e-9)
    }

    /// Columns at right angles of lengths 1 and √q: every step multiplies what there is of the second by q. With q of
    /// .99 three hundred steps, which are the most, do not get to the end.
    @Test func stepsByHand() {
        let (q, cosine, sine) = (0.99, 0.75.squareRoot(), 0.5)
        let matrix = [cosine, -q.squareRoot() * sine, sine, q.squareRoot() * cosine]
        func profile(_ steps: Double) -> [Double] {
            let second = -q.squareRoot() * sine * pow(q, steps)
            let length = (cosine * cosine + second * second).squareRoot()
            return [cosine / length, second / length]
        }
        func isClose(_ found: [Double], _ due: [Double]) -> Bool { zip(found, due).allSatisfy { abs($0 - $1) < 1e-9 } }
        // The first row is the longer one.
        #expect(isClose(RankOne(matrix, rows: 2, columns: 2).profile, profile(300)))
        let row = Array(matrix.prefix(2))
        for steps in [0, 1, 7] {
            let found = RankOne(matrix, rows: 2, columns: 2, from: row.map { 5 * $0 }, steps: steps)
            #expect(isClose(found.profile, profile(Double(steps))))
        }
        let swapped = RankOne(Array(matrix[2...]) + row, rows: 2, columns: 2).profile
        #expect(isClose(swapped, profile(300)))
        #expect(RankOne([], rows: 0, columns: 2).rest(of: []) == [])
    }

    @Test func nothingIsLeftOfOneProfile() {
        let matrix = (0..<12).map { Double($0 / 4 + 1) * Double($0 % 4) }
        #expect(RankOne(matrix, rows: 3, columns: 4).rest(of: matrix).allSatisfy { abs($0) < 1e-9 })
        #expect(RankOne([0, 0], rows: 1, columns: 2).rest(of: [0, 0]) == [0, 0])
    }
}

/// English-like text in windows.
struct PlantedText {
    let plan: ReadingPlan
    private let texts: [[Int32]]

    init(_ plan: ReadingPlan) {
        self.plan = plan
        var random = RandomSource(seed: 79)
        let words = [
            "the", "other", "north", "house", "of", "a", "sea", "king", "one", "seven", "history", "which", "and",
            "bright", "with", "hill", "ghost", "who", "what", "she", "mother", "queen", "jazz", "box", "every",
        ]
        texts = (0..<plan.streams).map { _ in
            var text: [Int32] = []
            while text.count <= plan.length {
                text += Alphabet.text8.encode(words[Int(random.next() % UInt64(words.count))] + " ")
            }
            return Array(text.prefix(plan.length + 1))
        }
    }

    /// `[streams, length]`.
    var targets: [Int32] { texts.flatMap { Array($0.dropFirst()) } }

    /// Calls `body` with the rows of each window as places in ``targets``, and with what is read and what follows.
    func forEachWindow(
        _ body: (Int, [Int], UnsafeBufferPointer<Int32>, UnsafeBufferPointer<Int32>) -> Void
    ) {
        for window in 0..<plan.windows {
            let places = (0..<plan.streams).flatMap { stream in
                (0..<plan.steps).map { (stream, window * plan.steps + $0) }
            }
            let tokens = places.map { texts[$0.0][$0.1] }
            let targets = places.map { texts[$0.0][$0.1 + 1] }
            tokens.withUnsafeBufferPointer { tokens in
                targets.withUnsafeBufferPointer { targets in
                    body(window, places.map { $0.0 * plan.length + $0.1 }, tokens, targets)
                }
            }
        }
    }
}
