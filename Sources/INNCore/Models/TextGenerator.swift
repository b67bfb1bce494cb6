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
    /// Everything read since the last ``reset()``.
    public private(set) var history: [Int32] = []
    /// What is changed in the network, every memory reset at its position.
    public private(set) var interventions = InterventionSet.none
    private var compiled: CompiledInterventions?
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
                    context: ForwardContext(state: state, probe: probe, interventions: compiled))
                for index in logits.indices { logits[index] = result.logits.data[index] }
            }
            history.append(id)
        }
    }

    /// Changes the network from now on: what has been read stays in its memory as it is. See ``replay()`` for the other
    /// way.
    ///
    /// - Parameter averages: averages of the model; needed by some interventions.
    /// - Throws: ``INNError`` when an intervention does not fit the model; nothing has changed then.
    public func intervene(_ set: InterventionSet, averages: NeuronAverages? = nil) throws {
        let resolved = set.resolved(at: state.position)
        hold(try model.compile(resolved, averages: averages))
        interventions = resolved
    }

    /// Takes over interventions that were worked out before.
    package func hold(_ compiled: CompiledInterventions?) {
        self.compiled = compiled
        interventions = compiled?.set ?? .none
    }

    /// Reads everything again from the start, as if the present interventions had always held.
    public func replay() {
        let text = history
        reset()
        read(text)
    }

    /// Where a generator stands, to come back to.
    public struct Snapshot: Sendable {
        package let state: [Float], logits: [Float]
        /// Characters read.
        public let position: Int
    }

    public func snapshot() -> Snapshot {
        Snapshot(
            state: Array(UnsafeBufferPointer(start: state.data, count: state.count)), logits: logits,
            position: state.position)
    }

    /// Goes back to where a snapshot was taken; the text up to there must still be the same.
    public func restore(_ snapshot: Snapshot) {
        precondition(
            snapshot.state.count == state.count && snapshot.position <= history.count,
            "a snapshot of another text or model")
        snapshot.state.withUnsafeBufferPointer { state.data.update(from: $0.baseAddress!, count: state.count) }
        state.position = snapshot.position
        logits = snapshot.logits
        history.removeLast(history.count - snapshot.position)
    }

    /// Takes over text, memory and scores of another generator of the same model.
    package func take(over other: TextGenerator) {
        state.copy(from: other.state)
        logits = other.logits
        history = other.history
    }

    /// Forgets everything read; interventions stay.
    public func reset() {
        state.reset()
        for index in logits.indices { logits[index] = 0 }
        history.removeAll(keepingCapacity: true)
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
        let largest = scores.max() ?? 0
        let powers = scores.map { exp($0 - largest) }
        let sum = powers.reduce(0, +)
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

    /// Draws the next id as a function of the seed and of how much has been read, so that the same text continues alike
    /// whichever way it was reached; it is not read yet.
    public func draw(_ options: SamplingOptions, seed: UInt64) -> Int32 {
        var random = RandomSource(seed: RandomSource.key(seed, UInt64(history.count), 0x9E3))
        return choose(options, &random)
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
