import Foundation
import Testing

@testable import INNAnalysis
@testable import INNCore
@testable import INNData
@testable import INNEvaluation

/// How long a change of the past is felt: networks that look a known number of characters back.
@Suite struct MemoryOracles {
    /// Two letters, so that a character that is replaced can only become the other one.
    private static func bench(_ line: LineNetwork) throws -> LineBench {
        var random = RandomSource(seed: 12)
        let text = String((0..<1200).map { _ in random.uniform() < 0.5 ? "a" : "b" })
        return try LineBench(line, text: text)
    }

    private static func looking(back rounds: Int, of all: Int) -> LineNetwork {
        var line = LineNetwork(rounds: all, neurons: 3)
        (line.memory, line.looksBack) = (.mamba, true)
        let recalls: [[Double]] = [[20, -25, 18], [-22, 17, -19]]
        line.recalls = (0..<all).map { $0 < rounds ? recalls[$0] : [0, 0, 0] }
        return line
    }

    /// A round that looks at the character before makes a change felt for one character more, and not a bit longer.
    @Test(arguments: [0, 1, 2])
    func curvesAreThoseOfTheEquations(back: Int) throws {
        let line = Self.looking(back: back, of: 2)
        let bench = try Self.bench(line)
        let (lead, distances) = (5, 6)
        let range = 7..<1100
        let curves = try MemoryMeter(
            bench.network, corpus: bench.corpus, range: range, lead: lead, distances: distances
        ).measure(places: 40, team: ThreadTeam(threadCount: 1), seed: 1)
        // Batches of 16 places; of 40 that are asked for two batches fit.
        #expect(curves.replaced.count == 32 && curves.reset.count == 32)
        for place in 0..<32 {
            let start = 7 + place * (range.count - lead - distances) / 32
            let ids = bench.corpus.ids(in: start..<(start + lead + distances))
            var other = ids
            other[lead] = ids[lead] == 1 ? 2 : 1
            let plain = bench.twin.read(ids)
            let changed = bench.twin.read(other)
            let emptied = bench.twin.read(ids, resets: [lead])
            let places = lead..<(lead + distances)
            expectClose(
                curves.replaced[place], places.map { LineTwin.divergence(plain[$0], changed[$0]) }, "replaced")
            expectClose(curves.reset[place], places.map { LineTwin.divergence(plain[$0], emptied[$0]) }, "reset")
        }
        let analysis = MemoryAnalysis(replaced: curves.replaced, reset: curves.reset)
        #expect(analysis.horizon == back + 1, "the character itself and \(back) more")
        #expect(analysis.resetHorizon == (back == 0 ? nil : back), "memory of nothing cannot be missed")
        #expect(analysis.places == 32 && analysis.points.map(\.distance) == Array(0..<distances))
        for distance in 0..<distances {
            expectClose(
                analysis.points[distance].replaced.mean, mean(curves.replaced.map { $0[distance] }), within: 1e-9)
            expectClose(analysis.points[distance].reset.mean, mean(curves.reset.map { $0[distance] }), within: 1e-9)
        }
    }

    /// A second way, for any network: a generator reads the changed text, or only what comes after the memory was
    /// emptied.
    @Test func curvesAreThoseOfGenerators() throws {
        let bench = try Self.bench(LineNetwork())
        let network = try IntelligentNeuralNetwork(
            INNConfiguration(neurons: 3, dModel: 12, rounds: 2, heads: 2, stateSize: 3), seed: 4)
        var random = RandomSource(seed: 9)
        for parameter in network.parameters.parameters {
            for index in 0..<parameter.count { parameter.values[index] += Float(0.2 * random.normal()) }
        }
        network.parameters.markChanged()
        let (lead, distances) = (9, 12)
        let curves = try MemoryMeter(
            network, corpus: bench.corpus, range: 0..<900, lead: lead, distances: distances
        ).measure(places: 16, team: ThreadTeam(threadCount: 1), seed: 1)
        func expected(_ ids: [Int32], skipping: Int = 0) -> [NextCharacter] {
            let generator = TextGenerator(network)
            return ids.enumerated().compactMap { position, id in
                guard position >= skipping else { return nil }
                generator.read([id])
                return position >= lead ? NextCharacter(logits: generator.logits) : nil
            }
        }
        for place in [0, 7, 15] {
            let start = place * (900 - lead - distances) / 16
            let ids = bench.corpus.ids(in: start..<(start + lead + distances))
            var other = ids
            other[lead] = ids[lead] == 1 ? 2 : 1
            let plain = expected(ids)
            expectClose(
                curves.replaced[place], zip(plain, expected(other)).map { $0.divergence(from: $1) }, within: 1e-4)
            expectClose(
                curves.reset[place], zip(plain, expected(ids, skipping: lead)).map { $0.divergence(from: $1) },
                within: 1e-4)
            #expect(curves.replaced[place][distances - 1] > 0 && curves.reset[place][0] > 1e-3)
        }
    }

    @Test func fewPlacesOrNone() throws {
        let bench = try Self.bench(Self.looking(back: 1, of: 1))
        var told: [Double] = []
        func measure(_ range: Range<Int>, _ places: Int) throws -> MemoryMeter.Curves {
            try MemoryMeter(bench.network, corpus: bench.corpus, range: range, lead: 2, distances: 3).measure(
                places: places, team: ThreadTeam(threadCount: 1), seed: 1
            ) { told.append($0) }
        }
        #expect(try measure(0..<79, 128).replaced.isEmpty, "fifteen places of five characters")
        #expect(try measure(0..<80, 128).replaced.count == 16)
        #expect(try measure(0..<600, 33).replaced.count == 32)
        #expect(try measure(0..<600, 15).replaced.isEmpty)
        #expect(told == [0, 0, 0.5])
        #expect(MemoryMeter(bench.network, corpus: bench.corpus, range: 0..<9).lead == 128)
        #expect(MemoryMeter(bench.network, corpus: bench.corpus, range: 0..<9).distances == 128)
    }

    /// In a text of one character there is none to take its place from: the first of the alphabet does, or the second.
    @Test(arguments: [("a", Int32(0)), (" ", 1)]) func aTextOfOneCharacter(text: String, other: Int32) throws {
        let line = Self.looking(back: 1, of: 1)
        let network = try line.network()
        let bytes = [UInt8](repeating: text.utf8.first!, count: 400)
        let corpus = try Corpus(name: "one", storage: ByteStorage(copying: bytes), alphabet: .text8)
        let curves = try MemoryMeter(network, corpus: corpus, range: 0..<400, lead: 2, distances: 3).measure(
            places: 16, team: ThreadTeam(threadCount: 1), seed: 1)
        let id = corpus[0]
        let twin = LineTwin(line: line)
        let (plain, changed) = (twin.read([id, id, id, id, id]), twin.read([id, id, other, id, id]))
        expectClose(curves.replaced[0], (2..<5).map { LineTwin.divergence(plain[$0], changed[$0]) })
    }

    /// A thousand characters are drawn before one of the alphabet takes the place: the only "b" of a long text is the
    /// last of these, or the one after it.
    @Test(arguments: [(999, Int32(2)), (1000, 0)]) func aThousandDraws(draw: Int, other: Int32) throws {
        let line = Self.looking(back: 1, of: 1)
        let count = 60_000
        var random = RandomSource(seed: 1)
        let places = (0...1000).map { _ in Int(random.next() % UInt64(count)) }
        #expect(places[draw] > 5 && !places.prefix(draw).contains(places[draw]))
        var bytes = [UInt8](repeating: UInt8(ascii: "a"), count: count)
        bytes[places[draw]] = UInt8(ascii: "b")
        let corpus = try Corpus(name: "one", storage: ByteStorage(copying: bytes), alphabet: .text8)
        let curves = try MemoryMeter(line.network(), corpus: corpus, range: 0..<count, lead: 2, distances: 3).measure(
            places: 16, team: ThreadTeam(threadCount: 1), seed: 1)
        let twin = LineTwin(line: line)
        let (plain, changed) = (twin.read([1, 1, 1, 1, 1]), twin.read([1, 1, other, 1, 1]))
        expectClose(curves.replaced[0], (2..<5).map { LineTwin.divergence(plain[$0], changed[$0]) })
    }

    @Test func curvesOfNoPlace() {
        let none = MemoryAnalysis(replaced: [], reset: [])
        #expect(none.places == 0 && none.points.isEmpty && none.horizon == nil && none.resetHorizon == nil)
    }

    /// From the horizon on the curve stays below one percent of its largest value.
    @Test func horizonsByHand() {
        func horizon(_ curve: [Double]) -> Int? { MemoryAnalysis.horizon(curve) }
        #expect(horizon([2, 1, 0.3, 0.1, 0.021, 0.019, 0.001]) == 5)
        #expect(horizon([2, 1, 0.019, 0.021, 0.001]) == 4, "it comes back once")
        #expect(horizon([0.5, 2, 0.02, 0.0199]) == 3, "exactly one percent is not below; the largest is not the first")
        #expect(horizon([2, 1, 0.5]) == nil && horizon([2, 0.001, 0.5]) == nil)
        #expect(horizon([2, 1, 0.001]) == 2 && horizon([2, 0]) == 1)
        #expect(horizon([0, 0]) == nil && horizon([]) == nil)
    }
}
