import Foundation
import Testing

@testable import INNKit

/// The pure measures, against values worked out by hand or by a slower definition.
@Suite struct AnalysisMeasures {
    @Test func entropyIsCorrectedForItsBias() {
        // Plug-in 1 bit; one more cell than certainty over 8 samples adds 1/(16 ln 2).
        #expect(abs(SampleEntropy.bits([4, 4]) - (1 + 1 / (16 * log(2)))) < 1e-12)
        #expect(SampleEntropy.bits([0, 5]) == 0 && SampleEntropy.bits([]) == 0)
        // Fully dependent: H(x) + H(f) − H(x, f) = H(x), two cells each.
        #expect(abs(SampleEntropy.information(fired: [0, 8], total: [8, 8]) - (1 + 1 / (32 * log(2)))) < 1e-12)
        // Independent: 0 but for the correction (1 + 1 − 3) / (2 · 16 ln 2).
        #expect(abs(SampleEntropy.information(fired: [4, 4], total: [8, 8]) + 1 / (32 * log(2))) < 1e-12)
        #expect(SampleEntropy.information(fired: [8, 8], total: [8, 8]) == 0)
    }

    @Test func correctedInformationOfNoiseIsZeroOnAverage() {
        var random = RandomSource(seed: 4)
        let values = (0..<200).map { _ -> Double in
            var fired = [Double](repeating: 0, count: 27), total = fired
            for _ in 0..<2000 {
                let symbol = Int(random.next() % 27)
                total[symbol] += 1
                if random.uniform() < 0.3 { fired[symbol] += 1 }
            }
            return SampleEntropy.information(fired: fired, total: total)
        }
        // The uncorrected mean would be 26 / (2 · 2000 ln 2) = 0.0094 bits.
        #expect(abs(values.reduce(0, +) / 200) < 0.001)
    }

    @Test func conditionalInformationSeparatesPredictingFromEchoing() {
        // Four pairs (x, y), evenly; f = y predicts, f = x echoes.
        let total: [Double] = [1000, 1000, 1000, 1000]
        #expect(abs(SampleEntropy.conditionalInformation(fired: [0, 1000, 0, 1000], total: total, inner: 2) - 1) < 0.001)
        #expect(abs(SampleEntropy.conditionalInformation(fired: [0, 0, 1000, 1000], total: total, inner: 2)) < 0.001)
    }

    @Test func ranksShareTies() {
        #expect(abs(RankCorrelation.spearman([1, 2, 3, 4], [10, 20, 30, 25]) - 0.8) < 1e-12)
        // Ranks 0.5 0.5 2 3 against 0 1 2 3, as SciPy's spearmanr.
        #expect(abs(RankCorrelation.spearman([1, 1, 2, 3], [1, 2, 3, 4]) - 0.948_683_298_050_513_8) < 1e-12)
        #expect(RankCorrelation.spearman([1, 1, 1], [1, 2, 3]) == 0)
    }

    @Test func modularityOfTwoTriangles() {
        // Two triangles joined by one edge: Q = 5/14, the textbook value.
        var weights = [Double](repeating: 0, count: 36)
        for (a, b) in [(0, 1), (0, 2), (1, 2), (3, 4), (3, 5), (4, 5), (2, 3)] {
            weights[a * 6 + b] = 1
            weights[b * 6 + a] = 1
        }
        let found = Louvain(weights: weights, count: 6)
        #expect(found.labels == [0, 0, 0, 1, 1, 1] && abs(found.modularity - 5.0 / 14) < 1e-12)
    }

    @Test func similarityIsBlindToRotationAndSeesNoise() {
        var random = RandomSource(seed: 8)
        let samples = 400, width = 6
        let x = (0..<(samples * width)).map { _ in Float(random.normal()) }
        // A rotation of pairs of columns, scaled.
        let turned = x.indices.map { index -> Float in
            let column = index % width, partner = column % 2 == 0 ? x[index + 1] : -x[index - 1]
            return 3 * (0.6 * x[index] + 0.8 * partner)
        }
        let noise = x.indices.map { _ in Float(random.normal()) }
        let similarity = LinearCKA.matrix(states: [x, turned, noise], samples: samples, width: width)
        #expect(abs(similarity[1] - 1) < 1e-4)
        #expect(abs(similarity[2]) < 0.03)
        #expect(similarity[0] == 1 && similarity[1] == similarity[3])
    }

    @Test func circularShiftsCloseTheCircle() {
        // Every shift must pair every flag once, with the place that lies the shift before it on the circle.
        let length = 11, shifts = [2, 5]
        var shifted = ShiftedText(shifts: shifts, streams: 1, units: 1), seen: [[Int32: UInt8]] = [[:], [:]]
        for position in 0..<length {
            var flag = UInt8(position)
            shifted.add(stream: 0, position: position, TextPlace(symbol: Int32(position), next: 0, slot: 0, learns: false), flags: &flag) { shift, place, flags in
                seen[shift][place.symbol] = flags[0]
            }
        }
        shifted.finish(stream: 0, length: length) { seen[$0][$1.symbol] = $2[0] }
        for (index, shift) in shifts.enumerated() {
            #expect(seen[index] == Dictionary(uniqueKeysWithValues: (0..<length).map { (Int32($0), UInt8(($0 + shift) % length)) }))
        }
    }

    @Test func horizonIsWhereTheCurveStaysLow() {
        #expect(MemoryAnalysis.horizon([5, 1, 0.01, 0.2, 0.04, 0.01]) == 4)
        #expect(MemoryAnalysis.horizon([5, 1]) == nil && MemoryAnalysis.horizon([0, 0]) == nil)
    }

    @Test func fullContextTableForgetsTheFarthestCharacters() {
        // Room for two contexts; a third is counted under one that knows less, and nothing is lost.
        var table = ContextTable(units: 1, symbols: 5, nulls: 0, memory: 16)
        var flag: UInt8 = 1
        for last in [(0, 1, 2, 3), (1, 1, 2, 3), (2, 1, 2, 3), (3, 1, 2, 3), (0, 1, 2, 3)] as [(Int32, Int32, Int32, Int32)] {
            let slot = table.slot(last)
            table.add(slot: slot, half: 0, flags: &flag)
        }
        #expect(table.count == 3 && table.totals[0] == [2, 1, 2])
        #expect(Array(table.elements.suffix(4)) == [-1, -1, 2, 3])
        #expect(table.pairTotals()[2 * 5 + 3] == 5)
    }
}

/// What is measured by changing a network.
@Suite struct EffectMeasures {
    private let network: IntelligentNeuralNetwork
    private let windows: ValidationWindows
    private let corpus: Corpus

    init() throws {
        let text = String(repeating: "she sells sea shells on the sea shore and the shells she sells are sea shells for sure ", count: 80)
        corpus = try Corpus(name: "shells", text: text)
        network = try IntelligentNeuralNetwork(INNConfiguration.odd.with { ($0.vocabularySize, $0.neurons) = (27, 4) }, seed: 5)
        var random = RandomSource(seed: 9)
        for parameter in network.parameters.parameters {
            for index in 0..<parameter.count { parameter.values[index] += Float(0.15 * random.normal()) }
        }
        network.parameters.markChanged()
        windows = try ValidationWindows(corpus: corpus, range: 0..<corpus.count, batchSize: 1, sequenceLength: 32)
    }

    @Test func surprisalAgreesWithTheAblation() throws {
        let set = InterventionSet([.neuron(1, .lesion)]), team = ThreadTeam(threadCount: 1)
        let effect = try EffectMeter(network, windows, team: team).effect(of: set), meter = SurprisalMeter(network, windows, team: team)
        let difference = zip(meter.surprisals(try network.compile(set)), meter.surprisals(nil)).map { $0 - $1 }
        #expect(zip(effect.surprisal, difference).allSatisfy { abs($0 - $1) < 1e-4 })
        #expect(effect.divergence.allSatisfy { $0 > -1e-6 } && effect.divergence.contains { $0 > 1e-4 })
        let none = try EffectMeter(network, windows, team: team).effect(of: .none)
        #expect(none.divergence.allSatisfy { $0 == 0 } && none.surprisal.allSatisfy { $0 == 0 })
    }

    @Test func estimatesRankEdgesAsCuttingThemDoes() throws {
        let meter = EffectMeter(network, windows, team: ThreadTeam(threadCount: 1)), estimates = meter.estimatedCutDivergences(seed: 2)
        let edges = (0..<16).filter { $0 / 4 != $0 % 4 }
        let measured = try edges.map { edge -> Double in
            let effect = try meter.effect(of: InterventionSet([.edge(listener: edge / 4, speaker: edge % 4, .cut)]))
            return effect.divergence.reduce(0.0) { $0 + Double($1) } / Double(effect.divergence.count)
        }
        #expect(RankCorrelation.spearman(edges.map { estimates.all[$0] }, measured) > 0.6)
        #expect((0..<4).allSatisfy { estimates.all[$0 * 5] == 0 })
        #expect(estimates.rounds.count == network.shape.rounds * 16)
    }

    @Test func theChangedCharacterMattersFromItsPlaceOn() throws {
        let meter = MemoryMeter(network, corpus: corpus, range: 0..<corpus.count, lead: 20, distances: 12)
        let curves = try meter.measure(places: 16, team: ThreadTeam(threadCount: 1), seed: 3), analysis = MemoryAnalysis(replaced: curves.replaced, reset: curves.reset)
        #expect(analysis.places == 16 && analysis.points.count == 12)
        #expect(analysis.points[0].replaced.mean > 10 * analysis.points[11].replaced.mean)
        #expect(analysis.points.allSatisfy { $0.reset.mean >= 0 && $0.replaced.low <= $0.replaced.mean && $0.replaced.mean <= $0.replaced.high })
    }
}
