import Foundation
import INNKit
import Testing

@testable import INNScreens
@testable import INNLab

/// Stepping through text with a network, as the generate screen does it.
struct GeneratorSessionTests {
    private func session(prompt: String = "the old man ", gate: GateMode = .soft) throws -> GeneratorSession {
        var configuration = INNPreset.tiny.configuration
        configuration.gate = gate
        let network = try IntelligentNeuralNetwork(configuration, seed: 5)
        return GeneratorSession(
            network, alphabet: .text8, prompt: prompt, sampling: SamplingChoice(temperature: 1, topK: nil, seed: 9))
    }

    @Test func thePromptIsReadAndNothingIsChangedAtFirst() throws {
        let frame = try session().frame()
        #expect(frame.position == 12 && frame.text.map { frame.symbols[$0.symbol] }.joined() == "the␣old␣man␣")
        #expect(frame.text.allSatisfy { $0.origin == .prompt && $0.gates.count == 16 && $0.divergence == nil })
        #expect(frame.text[0].surprisal == nil && frame.text[1].surprisal != nil && frame.twin == nil)
        #expect(abs(frame.probabilities.reduce(0, +) - 1) < 1e-4 && abs(frame.drawn.reduce(0, +) - 1) < 1e-4)
        // Every listener's weights sum to 1 in every head.
        for row in 0..<(2 * 4 * 8) { #expect(abs(frame.routing[row * 8..<(row + 1) * 8].reduce(0, +) - 1) < 1e-4) }
    }

    @Test func steppingBackAndOnAgainIsExact() throws {
        let session = try session()
        session.advance(40)
        let there = session.frame()
        session.back(20)
        let earlier = session.frame()
        #expect(earlier.position == 32 && earlier.text.count == 52)
        session.advance(20)
        #expect(session.frame() == there)
    }

    @Test func aLesionPartsFromTheBaselineAndUndoMeetsItAgainExactly() throws {
        let session = try session()
        session.advance(40)
        session.back(20)
        let before = session.frame()
        try session.intervene(InterventionSet([.neuron(3, .lesion)]), averages: nil, replays: false)
        let lesioned = try #require(session.frame().twin)
        #expect(lesioned.divergence > 0 && lesioned.count == 1)
        #expect(
            lesioned.surprisalDifference == nil && lesioned.cost == nil,
            "this character was predicted before the lesion")
        session.advance(15)
        let later = session.frame()
        let twin = try #require(later.twin)
        #expect(twin.count == 16 && twin.costCount == 15 && later.text.last?.divergence != nil)
        #expect(try #require(twin.surprisalDifference) != 0 && twin.cost?.isFinite == true)
        #expect(later.weights(round: 1, head: nil)?[3] == 0)
        #expect(try #require(later.baselineWeights(round: 1, head: nil))[3] > 0)
        session.back(15)
        try session.intervene(.none, averages: nil, replays: true)
        var after = session.frame()
        // The text that was drawn with the lesion lies ahead no more; all else is bit for bit what it was.
        #expect(after.twin == nil)
        after.text = Array(after.text.prefix(before.position))
        var expected = before
        expected.text = Array(before.text.prefix(before.position))
        #expect(after == expected)
    }

    @Test func replayRecoloursTheWholeText() throws {
        let session = try session()
        session.advance(30)
        try session.intervene(InterventionSet([.routing(.off)]), averages: nil, replays: true)
        let frame = session.frame()
        #expect(frame.position == 42 && frame.text.allSatisfy { $0.divergence != nil } && frame.twin?.count == 42)
        #expect(frame.routing.allSatisfy { $0 == 0 })
    }

    @Test func theBaselinesGatesAreThoseOfTheUnchangedNetwork() throws {
        let plain = try session()
        let changed = try session()
        plain.advance(10)
        let expected = plain.frame()
        try changed.intervene(InterventionSet([.gate(.open)]), averages: nil, replays: true)
        changed.setPrompt(
            expected.text.map { expected.symbols[$0.symbol] == "␣" ? " " : expected.symbols[$0.symbol] }.joined())
        let twin = try #require(changed.frame().twin)
        #expect(
            twin.gates == expected.text.last?.gates && twin.routing == expected.routing
                && twin.probabilities == expected.probabilities)
        #expect(changed.frame().text.last?.gates.allSatisfy { $0 == 1 } == true)
    }

    @Test func temperatureTopKAndSeedChangeWhatIsDrawnFromHereOn() throws {
        let session = try session()
        session.advance(10)
        let first = session.frame()
        session.back(10)
        session.setSampling(SamplingChoice(temperature: 1, topK: 1, seed: 9))
        #expect(session.frame().drawn.filter { $0 > 0 } == [1])
        session.setSampling(SamplingChoice(temperature: 1, topK: nil, seed: 10))
        session.advance(10)
        #expect(session.frame().text.map(\.symbol) != first.text.map(\.symbol))
        session.back(10)
        session.setSampling(SamplingChoice(temperature: 1, topK: nil, seed: 9))
        session.advance(10)
        #expect(session.frame() == first)
    }

    @Test func theDistributionShownIsTheOneThatIsDrawnFrom() throws {
        let session = try session()
        session.advance(5)
        session.setSampling(SamplingChoice(temperature: 0.5, topK: 3, seed: 9))
        let frame = session.frame()
        let likeliest = frame.probabilities.sorted(by: >).prefix(3)
        // Temperature ½ squares the probabilities before they are scaled to 1.
        let sum = likeliest.reduce(0.0) { $0 + Double($1) * Double($1) }
        for (probability, drawn) in zip(frame.probabilities, frame.drawn) {
            let expected = likeliest.contains(probability) ? Double(probability) * Double(probability) / sum : 0
            #expect(abs(Double(drawn) - expected) < 1e-5)
        }
        session.setSampling(SamplingChoice(temperature: 0, topK: nil, seed: 9))
        let certain = session.frame()
        #expect(certain.drawn.firstIndex(of: 1) == certain.probabilities.firstIndex(of: likeliest[0]))
    }

    @Test func aGivenTextIsReadWhateverTheNetworkExpects() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("read-\(UUID().uuidString).txt")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data("Zebra, quartz & 7 foxes!".utf8).write(to: file)
        let session = try session()
        session.read(try GivenText(file.path, alphabet: .text8))
        #expect(session.frame().position == 1)
        session.advance(1000)
        let frame = session.frame()
        #expect(session.isAtEnd && frame.text.allSatisfy { $0.origin == .read })
        #expect(frame.text.map { frame.symbols[$0.symbol] }.joined() == "zebra␣quartz␣seven␣foxes␣")
        #expect(throws: INNError.self) { session.read(try GivenText("/no/such/file", alphabet: .text8)) }
        #expect(session.frame() == frame)
    }

    @Test func anInterventionThatDoesNotFitChangesNothing() throws {
        let session = try session()
        let before = session.frame()
        #expect(throws: INNError.self) {
            try session.intervene(InterventionSet([.neuron(99, .lesion)]), averages: nil, replays: false)
        }
        #expect(session.frame() == before && session.interventions.isEmpty)
    }

    @Test func anEmptyPromptWaitsForTheFirstCharacter() throws {
        let session = try session(prompt: "")
        #expect(session.frame().position == 0 && session.frame().routing.isEmpty)
        session.back(3)
        session.advance(1)
        #expect(session.frame().position == 1)
    }

    @Test func gatesOfTextFarBehindAreForgottenAndReadAgain() throws {
        let session = try session()
        session.advance(1000)
        let early = session.frame()
        session.advance(8000)
        #expect(session.characters.prefix(4000).allSatisfy { $0.gates.isEmpty })
        #expect(session.frame().isConsistent && session.frame().text.count == 2000)
        session.back(8000)
        let again = session.frame()
        #expect(again.isConsistent && again.text.count == 1412 && Array(again.text.prefix(1012)) == early.text)
        // Text ahead whose gates are forgotten is shown as far as they reach.
        session.advance(10)
        #expect(session.frame().isConsistent && session.frame().text.count == 1412)
    }

    @Test func goingFarHasAnEnd() throws {
        let session = try session()
        session.go(to: .max)
        #expect(session.goal == 100_012)
        session.go(to: .min)
        #expect(session.goal == nil && session.frame().position == 0)
    }

    @Test func findingGoesToTheNextPlaceAndRound() throws {
        let session = try session()
        let file = FileManager.default.temporaryDirectory.appending(path: "find-\(UUID().uuidString).txt")
        try Data(String(repeating: "the old man and the sea ", count: 20).utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        session.read(try GivenText(file.path, alphabet: .text8))
        func settle() -> Int {
            while session.hasWork { session.work() }
            return session.frame().position
        }
        #expect(session.find("sea", backwards: false).contains("1 of 20"))
        #expect(session.hasWork && settle() == 23, "behind the last letter of the first place")
        _ = session.find("sea", backwards: false)
        #expect(settle() == 47)
        _ = session.find("sea", backwards: true)
        #expect(settle() == 23)
        _ = session.find("sea", backwards: true)
        #expect(settle() == 479, "on from the other end")
        #expect(session.find("whale", backwards: false).contains("nowhere in the 480 characters") && settle() == 479)
        session.go(to: 1_000_000)
        #expect(settle() == 480, "the text ends")
        session.go(to: 7)
        #expect(settle() == 7)
        session.go(to: 300)
        session.work()
        session.back(1)
        #expect(!session.hasWork && session.frame().position < 300, "another command ends going far")
        session.go(to: 300)
        session.work()
        let reached = session.frame().position
        session.stay()
        #expect(!session.hasWork && session.frame().position == reached && session.frame().goal == nil)
    }

    @Test func theFreeRunFollowsThePositionAndWritesWhatIsDrawnNext() throws {
        let session = try session()
        try session.intervene(InterventionSet([.routing(.off), .neuron(2, .lesion)]), averages: nil, replays: true)
        session.isFreeRunning = true
        while session.hasWork { session.work() }
        let run = try #require(session.frame().freeRun)
        let parting = try #require(run.parting)
        #expect(
            run.baseline.count == run.length && run.divergences.count == parting + 1
                && run.divergences.allSatisfy { $0 > 0 })
        session.advance(5)
        #expect(
            session.frame().text.suffix(5).map(\.symbol) == Array(run.changed[..<5]),
            "the view did not disturb what is drawn")
        #expect(session.frame().freeRun == nil && session.hasWork, "another position, another run")
        session.isFreeRunning = false
        #expect(!session.hasWork && session.frame().freeRun == nil)
    }
}
