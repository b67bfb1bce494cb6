import Foundation

/// How the next character is drawn.
public struct SamplingOptions: Sendable, Equatable, Codable {
    /// Divides the logits; 0 always takes the likeliest.
    public var temperature: Double
    /// Only the k likeliest may be drawn; nil for all.
    public var topK: Int?

    public init(temperature: Double = 0.8, topK: Int? = nil) {
        self.temperature = temperature
        self.topK = topK
    }
}

/// Runs a model one character at a time with its recurrent state.
public final class TextGenerator {
    public let model: any LanguageModel
    public let state: RecurrentState
    /// Scores of the next character after everything read; uniform before the first.
    public private(set) var logits: [Float]
    /// Looks at every step.
    public var probe: (any Probe)?
    private let tape: Tape

    /// - Parameter team: one thread by default: a single character is too little work to share.
    public init(_ model: any LanguageModel, team: ThreadTeam = ThreadTeam(threadCount: 1)) {
        self.model = model
        state = model.makeState(batchSize: 1)
        logits = [Float](repeating: 0, count: model.vocabularySize)
        tape = Tape(team: team)
        tape.isRecording = false
    }

    /// Feeds ids; afterwards ``logits`` predicts what follows.
    public func read(_ ids: some Collection<Int32>) {
        for id in ids {
            tape.reset()
            withUnsafePointer(to: id) { pointer in
                let result = model.forward(
                    tokens: UnsafeBufferPointer(start: pointer, count: 1), batchSize: 1, steps: 1, on: tape,
                    context: ForwardContext(state: state, probe: probe))
                for index in logits.indices { logits[index] = result.logits.data[index] }
            }
        }
    }

    /// Forgets everything read.
    public func reset() {
        state.reset()
        for index in logits.indices { logits[index] = 0 }
    }

    /// The likeliest next id; the lowest of equals.
    public func greedyChoice() -> Int32 {
        Int32(logits.indices.max { logits[$0] < logits[$1] || (logits[$0] == logits[$1] && $0 > $1) } ?? 0)
    }

    /// The distribution that ``choose(_:_:)`` draws from.
    public func probabilities(_ options: SamplingOptions) -> [Float] {
        guard options.temperature > 0 else {
            let choice = Int(greedyChoice())
            return logits.indices.map { $0 == choice ? 1 : 0 }
        }
        var scores = logits.map { Double($0) / options.temperature }
        if let topK = options.topK, topK > 0, topK < scores.count {
            let threshold = scores.sorted(by: >)[topK - 1]
            for index in scores.indices where scores[index] < threshold { scores[index] = -.infinity }
        }
        let largest = scores.max() ?? 0, powers = scores.map { exp($0 - largest) }, sum = powers.reduce(0, +)
        return powers.map { Float($0 / sum) }
    }

    /// Draws the next id; it is not read yet.
    public func choose(_ options: SamplingOptions, _ random: inout RandomSource) -> Int32 {
        let probabilities = probabilities(options)
        var rest = random.uniform()
        for (index, probability) in probabilities.enumerated() {
            rest -= Double(probability)
            if rest < 0 { return Int32(index) }
        }
        return Int32(probabilities.lastIndex { $0 > 0 } ?? 0)
    }

    /// Draws and reads `count` characters.
    public func generate(_ count: Int, options: SamplingOptions, random: inout RandomSource) -> [Int32] {
        (0..<count).map { _ in
            let id = choose(options, &random)
            read([id])
            return id
        }
    }
}
