import Foundation
import INNKit
import Testing

@testable import INNLab
@testable import INNScreens

/// The tour on the network that ships with the program: what its sentences say is measured here a second time.
struct TourTests {
    private let model: OpenedModel
    private let explorer: HeadlessExplorer

    init() throws {
        let assets = (0..<3).reduce(URL(fileURLWithPath: #filePath)) { path, _ in path.deletingLastPathComponent() }
            .appending(path: "Assets")
        model = try OpenedModel(assets.appending(path: "rare-text8.safetensors").path, in: assets, best: false)
        explorer = HeadlessExplorer(model, prompt: nil, dataDirectory: nil)
    }

    private func opened() throws -> AppState {
        var state = AppState(try model.contents(of: nil), width: 160, height: 50)
        explorer.type([.f1], &state)
        return state
    }

    /// Mean surprisal of the tour's own text, the first character aside, with a change in force.
    private func cost(_ change: Intervention?, of ids: [Int32]) throws -> Double {
        let generator = TextGenerator(model.network)
        generator.hold(try change.flatMap { try model.network.compile(InterventionSet([$0]), averages: nil) })
        var sum = 0.0
        for (index, id) in ids.enumerated() {
            if index > 0 { sum += NextCharacter(logits: generator.logits).surprisal(id) }
            generator.read([id])
        }
        return sum / Double(ids.count - 1)
    }

    private func ids(_ state: AppState) -> [Int32] {
        state.run.generation.map { frame in frame.read.map { Int32($0.symbol) } } ?? []
    }

    @Test func everySentenceIsTrueOfWhatIsShown() throws {
        var state = try opened()
        func sentence() throws -> String {
            let tour = try #require(state.tour)
            return Tour.steps[tour.step].sentence(tour, state)
        }
        func go() { explorer.type([.enter], &state) }
        // 1: the letter that surprised most.
        let text = ids(state)
        #expect(text == model.alphabet.encode(Tour.text))
        let generator = TextGenerator(model.network)
        var surprisals: [Double] = []
        for id in text {
            surprisals.append(NextCharacter(logits: generator.logits).surprisal(id))
            generator.read([id])
        }
        let peak = try #require(surprisals.dropFirst().max())
        let chance = Int(pow(2, Double(Float(peak))).rounded())
        #expect(try sentence().contains("\(Format.fixed(peak, 1)) bits, a chance of 1 in \(chance)."))
        // 2: what it expects next.
        go()
        var frame = try #require(state.run.generation)
        #expect(frame.position == text.count + 1 && frame.text.last?.origin == .sampled)
        let best = try #require(frame.probabilities.max())
        #expect(try sentence().contains("with \(Int((best * 100).rounded()))%"))
        // 3: how many speak, and who is heard most.
        go()
        frame = try #require(state.run.generation)
        let gates = frame.text.flatMap(\.gates)
        let share = Double(gates.count { $0 > 0.5 }) / Double(gates.count)
        #expect(share < 0.2)
        #expect(try sentence().contains("\(Int((share * 100).rounded()))% of all places"))
        let heard = frame.text.flatMap { $0.heard.compactMap { $0 } }
        let counts = Dictionary(grouping: heard) { $0 }.mapValues(\.count)
        #expect(counts[state.run.selection.neuron] == counts.values.max())
        // 4 and 5: whom they hear, and that it changes.
        go()
        #expect(try sentence().contains("would be 7%"))
        let earlier = try #require(state.run.generation?.mostHeard(1))
        go()
        let now = try #require(state.run.generation?.mostHeard(1))
        let changed = zip(now, earlier).count { $0 != $1 }
        #expect(changed > 8)
        #expect(try sentence().contains("\(changed) of 16 neurons"))
        // 6: what the lesion costs.
        let before = try #require(state.run.generation)
        let chosen = state.run.selection.neuron
        go()
        let read = ids(state)
        let lesion = try cost(.neuron(chosen, .lesion), of: read) - cost(nil, of: read)
        #expect(lesion > 0)
        #expect(try sentence().contains("they are \(Format.fixed(lesion, 2)) bits per letter worse"))
        // 7: where it mattered.
        go()
        let divergences = try #require(state.run.generation).text.compactMap(\.divergence)
        #expect(try sentence().contains("At \(divergences.count { $0 < 0.01 }) of \(divergences.count) letters"))
        // 8: another guess, at an earlier place.
        go()
        frame = try #require(state.run.generation)
        let twin = try #require(frame.twin)
        #expect(frame.position < before.position && twin.divergence > 0.05)
        // 9: undone, bit for bit: read on to where it was before the lesion.
        go()
        #expect(state.run.generation?.twin == nil && state.interventions.active.isEmpty)
        // Not back to the text before the tour.
        state.run.tourReturn = nil
        explorer.type([.escape], &state)
        explorer.type(Array(repeating: .right, count: before.position - frame.position), &state)
        #expect(state.run.generation?.probabilities == before.probabilities)
    }

    @Test func uniformRoutingCostsMoreThanOneNeuronAndTheCastIsTold() throws {
        var state = try opened()
        for _ in 0..<9 { explorer.type([.enter], &state) }
        let cost = try #require(state.run.generation?.twin?.cost)
        let measured = try self.cost(.routing(.uniform), of: ids(state)) - self.cost(nil, of: ids(state))
        #expect(abs(Double(cost) - measured) < 1e-3 && cost > 0.05)
        explorer.type([.enter], &state)
        #expect(state.screen == .neurons && state.interventions.active.isEmpty)
        #expect(state.rendered().plainText().contains("over text that the network was not trained on"))
        explorer.type([.enter], &state)
        #expect(state.screen == .generate && state.rendered().plainText().contains("That was the tour;"))
        // And at its end back to where it began.
        explorer.type([.enter], &state)
        #expect(state.tour == nil && ids(state) == model.alphabet.encode(GenerationStart.defaultPrompt))
    }
}
