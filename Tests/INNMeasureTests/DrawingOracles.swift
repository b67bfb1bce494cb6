import Foundation
import Testing

@testable import INNCore
@testable import INNData

/// What the next character is drawn from.
@Suite struct DrawingOracles {
    private static let line = LineNetwork(neurons: 3)

    private static let choices = [
        SamplingOptions(temperature: 1), SamplingOptions(temperature: 0.5), SamplingOptions(temperature: 2, topK: 3),
        SamplingOptions(temperature: 0.7, topK: 1), SamplingOptions(temperature: 0),
        SamplingOptions(temperature: 0, topK: 5),
        SamplingOptions(temperature: 1, topK: 27),
    ]

    @Test(arguments: choices.indices) func theDrawnDistribution(index: Int) throws {
        let options = Self.choices[index]
        let network = try Self.line.network()
        let ids = Alphabet.text8.encode("the sea")
        let lesioned = LineTwin.Change(lesioned: [1])
        let plain = LineTwin(line: Self.line).read(ids).last!.logits
        let changed = LineTwin(line: Self.line).read(ids, lesioned).last!.logits
        let generator = TextGenerator(network)
        generator.read(ids)
        expectClose(generator.probabilities(options).map(Double.init), LineTwin.drawn(plain, options))
        let twin = TwinGenerator(network, options: options)
        twin.start(ids)
        expectClose(twin.drawingProbabilities.map(Double.init), LineTwin.drawn(plain, options))
        try twin.intervene(InterventionSet([.neuron(1, .lesion)]), mode: .replay)
        expectClose(twin.drawingProbabilities.map(Double.init), LineTwin.drawn(changed, options))
        // What it expects does not depend on how is drawn.
        let step = try #require(twin.step)
        expectClose(step.next.probabilities.map(Double.init), LineTwin.drawn(changed, Self.choices[0]))
        expectClose(step.baselineNext.probabilities.map(Double.init), LineTwin.drawn(plain, Self.choices[0]))
        let (p, q) = (LineTwin(line: Self.line).read(ids), LineTwin(line: Self.line).read(ids, lesioned))
        expectClose(step.divergence, LineTwin.divergence(p.last!, q.last!))
        expectClose(try #require(step.baselineSurprisal), p[5].surprisal(ids[6]))
        expectClose(try #require(step.surprisal), q[5].surprisal(ids[6]))
    }

    /// Of equals the lowest is the likeliest, and all of them stay among the k largest.
    @Test func equalScores() throws {
        let generator = TextGenerator(try Self.line.network())
        #expect(generator.greedyChoice() == 0)
        #expect(
            generator.probabilities(SamplingOptions(temperature: 1, topK: 2)).allSatisfy { abs($0 - 1 / 27) < 1e-6 })
    }

    /// Characters are drawn as often as the distribution says.
    @Test func drawsFollowTheDistribution() throws {
        let options = SamplingOptions(temperature: 0.8, topK: 4)
        let generator = TextGenerator(try Self.line.network())
        generator.read(Alphabet.text8.encode("a"))
        let due = LineTwin.drawn(LineTwin(line: Self.line).read([1]).last!.logits, options)
        var counts = [Double](repeating: 0, count: 27)
        var random = RandomSource(seed: 5)
        for _ in 0..<4000 { counts[Int(generator.choose(options, &random))] += 1 }
        for id in 0..<27 {
            let error = (due[id] * (1 - due[id]) / 4000).squareRoot()
            #expect(abs(counts[id] / 4000 - due[id]) <= 4.5 * error, "\(id): \(counts[id]) of 4000, due \(due[id])")
        }
        #expect(due.count { $0 > 0 } == 4)
    }

    /// Over a whole text.
    @Test func everyCharacterOfATextIsDrawnSo() throws {
        let network = try Self.line.network()
        let twin = TwinGenerator(network, options: SamplingOptions(temperature: 0.6, topK: 2))
        twin.start(Alphabet.text8.encode("the "))
        twin.advance(5)
        let steps = LineTwin(line: Self.line).read(twin.text)
        expectClose(
            twin.drawingProbabilities.map(Double.init),
            LineTwin.drawn(steps.last!.logits, SamplingOptions(temperature: 0.6, topK: 2)))
        for position in 4..<9 {
            let drawn = LineTwin.drawn(steps[position - 1].logits, SamplingOptions(temperature: 0.6, topK: 2))
            #expect(drawn[Int(twin.text[position])] > 0)
            expectClose(
                try #require(twin.surprisals[position].baseline), steps[position - 1].surprisal(twin.text[position]))
        }
    }
}
