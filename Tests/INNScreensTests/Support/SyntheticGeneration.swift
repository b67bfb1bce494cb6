import Foundation

@testable import INNScreens

/// Frames of a generator that never ran: text with plausible surprisals, gates that follow the characters, peaked
/// routing.
enum SyntheticGeneration {
    static let symbols = ["␣"] + "abcdefghijklmnopqrstuvwxyz".map(String.init)

    static func frame(_ content: ScreenSnapshotTests.Content) -> GenerationFrame? {
        switch content {
        case .trained: frame()
        case .empty: nil
        case .onePoint: frame(rounds: 1, heads: 1, position: 1, prompt: 0)
        case .nan:
            frame(ablated: true, isBroken: true)
        case .large: frame(neurons: 256, rounds: 1, heads: 1, position: 700, ablated: true)
        case .red: frame(isUniform: true)
        case .finished: frame(ablated: true, ahead: 20)
        }
    }

    static func frame(
        neurons: Int = 16, rounds: Int = 2, heads: Int = 2, position: Int = 90, prompt: Int = 15, ablated: Bool = false,
        ahead: Int = 0,
        isUniform: Bool = false, isBroken: Bool = false, seed: UInt64 = 3
    ) -> GenerationFrame {
        var random = SeededGenerator(seed)
        let words =
            "the history of the world in the nineteenth century was written by the men who had seen the great war and "
        let letters = Array(words)
        let text = (0..<position + ahead).map { index -> GenerationCharacter in
            let letter = letters[index % letters.count]
            let symbol = symbols.firstIndex(of: letter == " " ? "␣" : String(letter)) ?? 0
            let gates = (0..<rounds * neurons).map { pair -> Float in
                if isUniform { return 0.4 }
                let isVowel = "aeiou".contains(letter)
                let drive: Float = pair % 5 == 0 ? (isVowel ? 3 : -2) : pair % 5 == 1 ? (letter == " " ? 3 : -2) : 0.6
                return isBroken && pair == 3 ? .nan : 1 / (1 + exp(-(drive + random.normal())))
            }
            let isStart = index == 0 || letters[(index + letters.count - 1) % letters.count] == " "
            let surprisal: Float = isBroken ? .infinity : (isStart ? 3.4 : 0.5) + 2 * random.uniform()
            return GenerationCharacter(
                symbol: symbol, origin: index < prompt ? .prompt : .sampled, surprisal: index == 0 ? nil : surprisal,
                divergence: ablated && index >= position / 2 ? 0.3 * random.uniform() : nil, gates: gates,
                heard: (0..<rounds).map { $0 == 1 && letter == " " ? nil : (index * 7 + $0) % neurons })
        }
        let probabilities = distribution(&random, isBroken: isBroken)
        let twin =
            ablated
            ? BaselineTwin(
                probabilities: distribution(&random), divergence: isBroken ? .nan : 0.1834, surprisalDifference: 0.412,
                meanDivergence: 0.0977,
                count: position - position / 2, cost: 0.087, costCount: position - position / 2 - 1,
                gates: (0..<rounds * neurons).map { _ in random.uniform() }) : nil
        return GenerationFrame(
            symbols: symbols, rounds: rounds, neurons: neurons, heads: heads, text: text, position: position,
            probabilities: probabilities, drawn: sharpened(probabilities),
            routing: position == 0 ? [] : routing(rounds, heads, neurons, isUniform, &random),
            sampling: SamplingChoice(temperature: 0.8, topK: nil, seed: seed), twin: twin)
    }

    private static func distribution(_ random: inout SeededGenerator, isBroken: Bool = false) -> [Float] {
        if isBroken { return symbols.map { _ in .nan } }
        let scores = symbols.map { _ in exp(1.6 * random.normal()) }
        let sum = scores.reduce(0, +)
        return scores.map { $0 / sum }
    }

    private static func sharpened(_ probabilities: [Float]) -> [Float] {
        let scores = probabilities.map { pow($0, 1.25) }
        let sum = scores.reduce(0, +)
        return scores.map { $0 / sum }
    }

    private static func routing(
        _ rounds: Int, _ heads: Int, _ n: Int, _ isUniform: Bool, _ random: inout SeededGenerator
    ) -> [Float] {
        (0..<rounds * heads * n).flatMap { row -> [Float] in
            var weights = (0..<n).map { $0 == row % n ? 0 : isUniform ? 1 : exp(1.3 * random.normal()) }
            let sum = max(weights.reduce(0, +), 1e-9)
            for index in weights.indices { weights[index] /= sum }
            return weights
        }
    }
}
