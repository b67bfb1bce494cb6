import Foundation
import INNKit
import Testing

@testable import INNCore
@testable import INNData
@testable import INNLab

/// What a line of a trace says of each character.
@Suite struct TraceOracles {
    private static let line = LineNetwork(neurons: 3)

    private struct Line: Decodable {
        struct Edge: Decodable { let round: Int, listener: Int, speaker: Int, weight: Double }
        struct Next: Decodable { let character: String, probability: Double }
        let position: Int, character: String, id: Int
        let surprisal: Double?
        let gates: [[Double]], fired: [[Int]], work: [Double]
        let edges: [Edge]
        let next: [Next]
        let otherProbability: Double
        let lostMass: [Double]?
    }

    @Test func aLineSaysWhatTheTwinDoes() throws {
        let network = try Self.line.network()
        let generator = TextGenerator(network)
        let options = SamplingOptions(temperature: 0.9, topK: 6)
        var traced = TracedText(generator, network.shape, .text8, options, seed: 3, top: 4)
        let lines = try (0..<12).map { _ in try JSONDecoder().decode(Line.self, from: Data(traced.next())) }
        let twin = LineTwin(line: Self.line)
        let steps = twin.read(lines.map { Int32($0.id) })
        let names = Alphabet.text8.symbols.map { $0 == "␣" ? " " : $0 }
        for (position, line) in lines.enumerated() {
            #expect(line.position == position && line.character == names[line.id] && line.lostMass == nil)
            if position == 0 {
                #expect(line.surprisal == nil)
            } else {
                expectClose(try #require(line.surprisal), steps[position - 1].surprisal(Int32(line.id)))
                let drawn = LineTwin.drawn(steps[position - 1].logits, options)
                #expect(drawn[line.id] > 0, "only the six likeliest may be drawn")
            }
            let p = steps[position].logProbabilities.map { exp($0) }
            let order = p.indices.sorted { p[$0] > p[$1] }.prefix(4)
            #expect(line.next.map(\.character) == order.map { names[$0] })
            expectClose(line.next.map(\.probability), order.map { p[$0] })
            expectClose(line.otherProbability, 1 - order.reduce(0) { $0 + p[$1] })
            for round in 0..<2 {
                let gates = (0..<3).map { twin.gate(round, $0) }
                expectClose(line.gates[round], gates)
                #expect(line.fired[round] == gates.indices.filter { gates[$0] > 0.5 })
                expectClose(line.work[round], Double(gates.count { $0 > 0.5 }) / 3)
                let weights: [Double] = twin.weights(round).flatMap { $0 }
                let edges = weights.indices.sorted { weights[$0] > weights[$1] }.prefix(4)
                let reported = line.edges.filter { $0.round == round + 1 }
                #expect(reported.map { $0.listener * 3 + $0.speaker } == Array(edges))
                expectClose(reported.map(\.weight), edges.map { weights[$0] })
            }
        }
    }

    @Test func droppedEdgesLoseTheirMass() throws {
        let network = try Self.line.network()
        let generator = TextGenerator(network)
        try generator.intervene(InterventionSet([.edge(listener: 0, speaker: 2, .drop)]))
        var traced = TracedText(generator, network.shape, .text8, SamplingOptions(), seed: 3, top: 0)
        let line = try JSONDecoder().decode(Line.self, from: Data(traced.next()))
        let twin = LineTwin(line: Self.line)
        expectClose(try #require(line.lostMass), (0..<2).map { twin.weights($0)[0][2] / 3 })
        #expect(line.edges.isEmpty && line.next.isEmpty)
        expectClose(line.otherProbability, 1)
    }

    @Test(arguments: [(34, "\""), (92, "\\"), (10, "\n"), (127, "\u{7f}"), (3, "\u{3}"), (200, "C8"), (97, "a")])
    func bytesAsCharactersOfJSON(byte: Int, expected: String) throws {
        var line = TraceLine(.bytes, top: 1)
        let trace = CharacterTrace(rounds: 1, neurons: 1, heads: 1)
        let next = NextCharacter(logits: (0..<256).map { $0 == byte ? 3 : 0 })
        let read = try JSONDecoder().decode(
            Line.self, from: Data(line.bytes(position: 9, id: Int32(byte), surprisal: 1.5, trace, next)))
        #expect(read.character == expected && read.next[0].character == expected)
        #expect(read.surprisal == 1.5 && read.position == 9 && read.id == byte)
    }
}
