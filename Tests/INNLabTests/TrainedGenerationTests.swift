import Foundation
import INNKit
import INNScreens
import Testing

@testable import INNLab

/// Text of a network whose weights change while it is read and written.
struct TrainedGenerationTests {
    private func network(_ seed: UInt64) throws -> IntelligentNeuralNetwork {
        try IntelligentNeuralNetwork(INNPreset.tiny.configuration, seed: seed)
    }

    private func weights(_ seed: UInt64, step: Int) throws -> NetworkWeights {
        NetworkWeights(try network(seed), step: step)
    }

    private func session(_ seed: UInt64, prompt: String = " the ") throws -> GeneratorSession {
        GeneratorSession(try network(seed), alphabet: .text8, prompt: prompt, sampling: SamplingChoice(seed: 9))
    }

    private func settled(_ session: GeneratorSession) -> GenerationFrame {
        while session.isRereading { session.work() }
        return session.frame()
    }

    /// What a session on a network that never changes shows at the same place.
    private func stored(_ seed: UInt64, at position: Int, _ set: InterventionSet = .none) throws -> GenerationFrame {
        let session = try session(seed)
        session.advance(position - 5)
        if !set.isEmpty { try session.intervene(set, averages: nil, replays: true) }
        return session.frame()
    }

    private func expectSame(_ frame: GenerationFrame, _ expected: GenerationFrame, step: Int) {
        #expect(frame.weightsStep == step && expected.weightsStep == nil)
        var frame = frame
        frame.weightsStep = nil
        #expect(frame == expected)
    }

    @Test func textIsDrawnAnewByTheNewestWeightsAlone() throws {
        let live = try session(1)
        try live.take(weights(2, step: 10)) { nil }
        let end = 5 + GeneratorSession.firstCharacters
        expectSame(settled(live), try stored(2, at: end), step: 10)
        live.back(100)
        try live.take(weights(3, step: 20)) { nil }
        #expect(live.isRereading)
        expectSame(settled(live), try stored(3, at: end - 100), step: 20)
        // The same weights again are no news.
        try live.take(weights(3, step: 20)) { nil }
        #expect(!live.isRereading)
    }

    @Test func interventionsHoldForNewerWeightsAndTheTextStaysWhenTheyChange() throws {
        let live = try session(1)
        try live.take(weights(2, step: 10)) { nil }
        let before = settled(live)
        let lesion = InterventionSet([.neuron(3, .lesion)])
        try live.intervene(lesion, averages: nil, replays: true)
        let lesioned = settled(live)
        #expect(lesioned.text.map(\.symbol) == before.text.map(\.symbol))
        expectSame(lesioned, try stored(2, at: before.position, lesion), step: 10)
        try live.take(weights(3, step: 20)) { nil }
        let newer = settled(live)
        #expect(live.interventions == lesion && newer.twin?.count == newer.position)
        try live.intervene(.none, averages: nil, replays: true)
        #expect(settled(live).twin == nil)
    }

    @Test func aTextThatIsReadIsReadAgain() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "read-\(UUID().uuidString).txt")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data("the quick brown fox".utf8).write(to: file)
        let live = try session(1)
        try live.take(weights(2, step: 10)) { nil }
        _ = settled(live)
        live.read(try GivenText(file.path, alphabet: .text8))
        live.advance(8)
        let first = live.frame()
        try live.take(weights(3, step: 20)) { nil }
        let second = settled(live)
        #expect(second.position == 9 && second.text.map(\.symbol) == first.text.map(\.symbol))
        #expect(second.text.map(\.surprisal) != first.text.map(\.surprisal))
        #expect(second.text.allSatisfy { $0.origin == .read })
    }

    @Test func newerWeightsAreAskedForOnlyWhileSomebodyLooksAndWantsThem() {
        var followed = FollowedWeights(TrainedWeights { _ in })
        #expect(followed.due == nil)
        followed.isWatched = true
        #expect(followed.isDue)
        followed.ask { _, _ in }
        #expect(followed.due == nil, "asked already")
        let first = followed.arrive(isEnd: false, isUsable: true)
        #expect(first)
        followed.rest()
        #expect(followed.due != nil && !followed.isDue, "a rest")
        followed.isFollowing = false
        let whileKept = followed.arrive(isEnd: true, isUsable: true)
        #expect(followed.due == nil && !whileKept)
        followed.isFollowing = true
        #expect(followed.isDue, "kept weights were not the last")
        followed.ask { _, _ in }
        let last = followed.arrive(isEnd: true, isUsable: true)
        #expect(last && followed.due == nil, "there are no newer ones")
    }

    /// Twin: two evaluations of the same text, and probes of either network.
    @Test func theEffectIsWhatTwoEvaluationsDifferBy() throws {
        let corpus = try Corpus(
            name: "words",
            text: String(repeating: "the quick brown fox jumps over the lazy dog and then it rests ", count: 200))
        let trained = try network(4)
        let queue = ActionQueue {}
        let subject = ProbeSubject(
            symbols: Alphabet.text8.symbols, characters: 512, probesIntact: false,
            open: { (try self.network(1), 0, corpus) }, weights: { _ in NetworkWeights(trained, step: 77) })
        let probes = ModelProbes(subject, queue: queue)
        let set = InterventionSet([.routing(.off)])
        probes.measure(set)
        probes.finish()
        var effects: [InterventionEffect?] = []
        for case .effect(let effect) in queue.drain() { effects.append(effect) }
        let effect = try #require(effects.first ?? nil)
        #expect(effects.count == 1 && effect.interventions == set && effect.step == 77)
        let windows = try ValidationWindows(
            corpus: corpus, batchSize: 8, sequenceLength: 64, maximumCharacters: 512)
        func bpc(_ compiled: CompiledInterventions?) -> Double {
            Evaluator(trained, team: ThreadTeam()).evaluate(windows, carriesState: true, interventions: compiled)
                .bitsPerCharacter
        }
        let expected = try bpc(trained.compile(set)) - bpc(nil)
        #expect(abs(effect.difference.mean - expected) < 1e-5 && effect.difference.characters == 512)
        #expect(try #require(effect.difference.low) <= expected && expected <= (try #require(effect.difference.high)))
        #expect(effect.changed?.step == 77 && effect.intact?.step == 77 && effect.changed != effect.intact)
        #expect(effect.intact?.sampleCount == 512)
        probes.measure(.none)
        probes.stop()
        #expect(queue.drain().contains { if case .effect(nil) = $0 { true } else { false } })
    }
}
