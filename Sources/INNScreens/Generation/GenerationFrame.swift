/// One character of a text that a network reads or writes step by step.
public struct GenerationCharacter: Equatable, Sendable {
    public enum Origin: String, Equatable, Sendable { case prompt, sampled, read }

    /// Symbol id.
    public var symbol: Int
    public var origin: Origin
    /// −log2 of the probability that the network gave to it beforehand, bits; nil for the first character.
    public var surprisal: Float?
    /// KL(p‖p′) of what comes next between the baseline p and the ablated network p′, bits; nil while nothing was
    /// ablated.
    public var divergence: Float?
    /// Gate of every neuron when it was read, `[rounds, neurons]`; activity where the network has no gates.
    public var gates: [Float]

    /// Share of neurons at work when it was read, over all rounds, see ``CharacterTrace/work``; nil where nothing is
    /// ever skipped.
    public var work: Float?

    /// Whom the most listened to when it was read, by round, see ``CharacterTrace/mostHeard(round:)``; nil where
    /// nobody was heard.
    public var heard: [Int?]
    /// How far each neuron listened to few others rather than to all alike when it was read, by round, see
    /// ``CharacterTrace/concentration(round:)``; nil where nobody was heard.
    public var concentration: [Float?]

    public init(
        symbol: Int, origin: Origin, surprisal: Float? = nil, divergence: Float? = nil, gates: [Float],
        work: Float? = nil, heard: [Int?] = [], concentration: [Float?] = []
    ) {
        self.symbol = symbol
        self.origin = origin
        self.surprisal = surprisal
        self.divergence = divergence
        self.gates = gates
        self.work = work
        self.heard = heard
        self.concentration = concentration
    }
}

/// What the same network without interventions says after the same characters.
public struct BaselineTwin: Equatable, Sendable {
    /// The baseline's next-character probabilities, `[symbols]`.
    public var probabilities: [Float]
    /// KL(baseline‖ablated) of the next character, bits.
    public var divergence: Float
    /// Surprisal of the last character with interventions minus without, bits; nil when it was predicted before there
    /// were any.
    public var surprisalDifference: Float?
    /// Mean KL in bits over the characters on display that were read with interventions, and their number.
    public var meanDivergence: Float
    public var count: Int
    /// Mean surprisal with interventions minus without over the characters on display that were predicted with them,
    /// bits, and their number; nil when there are none.
    public var cost: Float?
    public var costCount: Int
    /// The baseline's gates at the last character, `[rounds, neurons]`; empty when they were not taken.
    public var gates: [Float]
    /// The baseline's routing weights at the last character, `[rounds, heads, neurons, neurons]`; empty when they were
    /// not taken.
    public var routing: [Float]

    public init(
        probabilities: [Float], divergence: Float, surprisalDifference: Float? = nil, meanDivergence: Float, count: Int,
        cost: Float? = nil, costCount: Int = 0, gates: [Float] = [],
        routing: [Float] = []
    ) {
        self.probabilities = probabilities
        self.divergence = divergence
        self.surprisalDifference = surprisalDifference
        self.meanDivergence = meanDivergence
        self.count = count
        self.cost = cost
        self.costCount = costCount
        self.gates = gates
        self.routing = routing
    }
}

/// What the changed network and its baseline write when each goes on by itself with the same random numbers.
public struct FreeRunText: Equatable, Sendable {
    /// Symbol ids, equally many of both.
    public var baseline: [Int], changed: [Int]
    /// KL(baseline‖changed) in bits of each character up to the one at which they part.
    public var divergences: [Float]
    /// Index of the first character that differs; nil while there is none.
    public var parting: Int?
    /// Characters that will be written.
    public var length: Int

    public init(baseline: [Int], changed: [Int], divergences: [Float], parting: Int?, length: Int) {
        self.baseline = baseline
        self.changed = changed
        self.divergences = divergences
        self.parting = parting
        self.length = length
    }
}

/// How the next character is drawn, as the generate screen shows it.
public struct SamplingChoice: Equatable, Sendable {
    /// Divides the logits; 0 always takes the likeliest.
    public var temperature: Double
    /// Only the k likeliest may be drawn; nil for all.
    public var topK: Int?
    public var seed: UInt64

    public init(temperature: Double = 0.8, topK: Int? = nil, seed: UInt64 = 1) {
        self.temperature = temperature
        self.topK = topK
        self.seed = seed
    }
}

/// Everything the generate screen shows of one moment: the text so far and what the network does at its last character.
public struct GenerationFrame: Equatable, Sendable {
    public enum Source: Equatable, Sendable {
        /// Characters are drawn from the network's own distribution.
        case sampling
        /// Characters come from a given text, whatever the network expects.
        case reading(name: String, length: Int)
    }

    public var source: Source
    /// Display names of the alphabet, by id.
    public var symbols: [String]
    public var rounds: Int
    public var neurons: Int
    public var heads: Int
    /// Whether the neurons have gates; otherwise `gates` hold the loudness of their messages.
    public var hasGates: Bool
    /// The part of the text that is kept: characters read and, after a step back, characters that lie ahead.
    public var text: [GenerationCharacter]
    /// Position of `text[0]` in the whole text.
    public var textStart: Int
    /// Characters read so far; the character at `position - 1` is the current one.
    public var position: Int
    /// Next-character probabilities of the network as it stands, `[symbols]`.
    public var probabilities: [Float]
    /// The distribution that the next character is drawn from: with temperature and top-k, `[symbols]`.
    public var drawn: [Float]
    /// Routing weights at the current character, `[rounds, heads, neurons (listener), neurons (speaker)]`; empty before
    /// the first.
    public var routing: [Float]
    public var sampling: SamplingChoice
    /// Present while interventions are active.
    public var twin: BaselineTwin?
    /// Present while the free-running view is on.
    public var freeRun: FreeRunText?
    /// The position that is being read up to, when that takes several frames.
    public var goal: Int?
    /// Of a network in training: optimizer updates that its weights had seen; nil for one that does not change.
    public var weightsStep: Int?

    public init(
        source: Source = .sampling, symbols: [String], rounds: Int, neurons: Int, heads: Int, hasGates: Bool = true,
        text: [GenerationCharacter], textStart: Int = 0, position: Int, probabilities: [Float], drawn: [Float],
        routing: [Float],
        sampling: SamplingChoice, twin: BaselineTwin? = nil, freeRun: FreeRunText? = nil, goal: Int? = nil,
        weightsStep: Int? = nil
    ) {
        self.source = source
        self.symbols = symbols
        self.rounds = rounds
        self.neurons = neurons
        self.heads = heads
        self.hasGates = hasGates
        self.text = text
        self.textStart = textStart
        self.position = position
        self.probabilities = probabilities
        self.drawn = drawn
        self.routing = routing
        self.sampling = sampling
        self.twin = twin
        self.freeRun = freeRun
        self.goal = goal
        self.weightsStep = weightsStep
    }

    /// Whether every array has the length its shape promises; others are refused, because drawing indexes freely.
    var isConsistent: Bool {
        guard rounds >= 0, neurons >= 0, heads >= 0, textStart >= 0, position >= textStart,
            position - textStart <= text.count
        else { return false }
        let pairs = rounds * neurons
        return probabilities.count == symbols.count && drawn.count == symbols.count
            && (routing.isEmpty || routing.count == pairs * heads * neurons)
            && text.allSatisfy { symbols.indices.contains($0.symbol) && $0.gates.count == pairs }
            && (twin.map {
                $0.probabilities.count == symbols.count && ($0.gates.isEmpty || $0.gates.count == pairs)
                    && ($0.routing.isEmpty || $0.routing.count == pairs * heads * neurons)
            } ?? true)
            && (freeRun.map { run in
                run.baseline.count == run.changed.count
                    && (run.baseline + run.changed).allSatisfy(symbols.indices.contains)
                    && run.divergences.count <= run.baseline.count
                    && (run.parting.map(run.baseline.indices.contains) ?? true)
            } ?? true)
    }

    /// Index in `text` of the character read last; nil before the first.
    var current: Int? { position > textStart ? position - 1 - textStart : nil }

    /// Routing weights at the current character for one round, `[neurons, neurons]`: one head, or the mean over heads.
    func weights(round: Int, head: Int?) -> [Float]? { weights(of: routing, round: round, head: head) }

    /// The same of the baseline.
    func baselineWeights(round: Int, head: Int?) -> [Float]? {
        twin.flatMap { weights(of: $0.routing, round: round, head: head) }
    }

    private func weights(of routing: [Float], round: Int, head: Int?) -> [Float]? {
        guard !routing.isEmpty else { return nil }
        let size = neurons * neurons
        let base = round * heads * size
        if let head { return Array(routing[base + head * size..<base + (head + 1) * size]) }
        var mean = [Float](repeating: 0, count: size)
        for head in 0..<heads {
            for index in 0..<size { mean[index] += routing[base + head * size + index] / Float(heads) }
        }
        return mean
    }
}

/// Whether there is a network behind the generate screen.
public enum GeneratorStatus: Equatable, Sendable {
    /// There is none, and why.
    case absent(reason: String)
    case opening
    case ready
    case failed(message: String)
}
