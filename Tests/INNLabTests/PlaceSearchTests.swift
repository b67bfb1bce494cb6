import Foundation
import INNKit
import Testing

@testable import INNLab
@testable import INNScreens

/// The next and the previous place of interest of a text.
struct PlaceSearchTests {
    private func text(_ surprisals: [Float], gates: [Float]? = nil) -> [GenerationCharacter] {
        surprisals.indices.map { index in
            GenerationCharacter(
                symbol: 1, origin: .read, surprisal: surprisals[index], gates: [0, gates?[index] ?? 0],
                concentration: [surprisals[index]])
        }
    }

    @Test func aPeakIsHigherThanItsNeighboursAndAmongTheHighestTenth() {
        var values = [Float](repeating: 1, count: 40)
        (values[5], values[20], values[21], values[33]) = (9, 8, 8, 7)
        // Not a peak: it is below a tenth of the others.
        values[12] = 2
        let text = text(values)
        var places: [Int] = []
        var here = -1
        while true {
            var search = PlaceSearch(.surprisal, neurons: 1, after: here)
            guard let next = search.next(text, isComplete: true) else { break }
            places.append(next)
            here = next
        }
        #expect(places == [5, 20, 33])
        var search = PlaceSearch(.concentration(round: 0), neurons: 1, after: 33)
        #expect(search.previous(text, before: 33) == 20 && search.previous(text, before: 5) == nil)
    }

    @Test func aNeuronTurnsOnWhereItsGateRisesAboveOneHalf() {
        let text = text([Float](repeating: 1, count: 8), gates: [0.9, 0.2, 0.6, 0.9, 0.1, 0.5, 0.51, 0.2])
        let interest = Interest.opening(neuron: 0, round: 1)
        var search = PlaceSearch(interest, neurons: 1, after: -1)
        #expect(search.next(text, isComplete: false) == 0)
        search = PlaceSearch(interest, neurons: 1, after: 0)
        #expect(search.next(text, isComplete: false) == 2)
        search = PlaceSearch(interest, neurons: 1, after: 2)
        #expect(search.next(text, isComplete: false) == 6)
        #expect(search.previous(text, before: 6) == 2)
    }

    private func session() throws -> GeneratorSession {
        let network = try IntelligentNeuralNetwork(INNPreset.tiny.configuration, seed: 5)
        return GeneratorSession(
            network, alphabet: .text8, prompt: "the old man ", sampling: SamplingChoice(temperature: 1, seed: 9))
    }

    /// Reads on until the search is over; returns what was said.
    private func seek(_ session: GeneratorSession, _ interest: Interest, backwards: Bool = false) -> String? {
        if let sentence = session.seek(interest, backwards: backwards) { return sentence }
        while session.hasWork { session.work() }
        return session.takeAnnouncement()
    }

    @Test(arguments: [
        Interest.surprisal, .concentration(round: 1), .opening(neuron: 3, round: 0),
    ])
    func itReadsOnToThePlaceAndFindsItAgainFromBehind(_ interest: Interest) throws {
        let session = try session()
        let sentence = try #require(seek(session, interest))
        let there = session.position
        #expect(sentence.contains("position \(there)"), "\(sentence)")
        let value = try #require(interest.value(session.characters[there - 1], neurons: 8))
        let before = try #require(interest.value(session.characters[there - 2], neurons: 8))
        #expect(value > before)
        _ = try #require(seek(session, interest))
        let further = session.position
        #expect(further > there)
        let back = try #require(seek(session, interest, backwards: true))
        #expect(session.position < further && back.contains("position \(session.position)"))
    }

    @Test func aGivenTextIsReadOnToThePlaceAndEndsIt() throws {
        let session = try session()
        let file = FileManager.default.temporaryDirectory.appending(path: "places-\(UUID().uuidString).txt")
        try String(repeating: "the man and the dog ", count: 12).write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        session.read(try GivenText(file.path, alphabet: .text8))
        var positions: [Int] = []
        while let sentence = seek(session, .surprisal), sentence.hasPrefix("surprisal") {
            positions.append(session.position)
        }
        #expect(positions.count > 3 && positions == positions.sorted() && Set(positions).count == positions.count)
        #expect(session.position <= 240)
        // The divergence of an untouched network is nowhere large.
        #expect(seek(session, .divergence)?.hasPrefix("no place") == true)
    }

    @Test func concentrationIsZeroForAllAlikeAndOneForOneAlone() throws {
        var trace = CharacterTrace(rounds: 1, neurons: 3, heads: 1)
        trace.routing = [0, 0.5, 0.5, 0.5, 0, 0.5, 0.5, 0.5, 0]
        #expect(abs(try #require(trace.concentration(round: 0))) < 1e-6)
        trace.routing = [0, 0.9, 0.1, 0.5, 0, 0.5, 0, 0, 0]
        // One listener at 1 − H(.9,.1)/H(½,½), one at 0, one without anybody to hear.
        let entropy = -(0.9 * Foundation.log2(0.9) + 0.1 * Foundation.log2(0.1))
        #expect(abs(Double(try #require(trace.concentration(round: 0))) - (1 - entropy) / 2) < 1e-6)
        trace.routing = [Float](repeating: 0, count: 9)
        #expect(trace.concentration(round: 0) == nil)
    }
}
