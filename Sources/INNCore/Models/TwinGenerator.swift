/// Generates or reads a text with a changed network, and with the same network unchanged beside it: the baseline twin
/// is fed the same characters, so that what an intervention costs is visible at every one of them.
///
/// Moving back is quick: states are kept every few characters, and the few in between are read again. Positions older
/// than the kept states are read again from the start. Every position gives the same bits whichever way it is reached.
/// Used by one thread.
public final class TwinGenerator {
    /// How interventions take effect.
    public enum Mode: String, Codable, Sendable, CaseIterable {
        /// From the present character on: it is read again, what came before stays in memory as it is.
        case fromNow = "from now"
        /// As if they had always held: everything is read again.
        case replay
    }

    public let model: any LanguageModel
    /// How characters are drawn when the text is at its end.
    public var options: SamplingOptions
    /// Decides what is drawn: the same seed at the same position draws alike.
    public private(set) var seed: UInt64
    /// The text: read so far, and what lies ahead after moving back or of a given text.
    public private(set) var text: [Int32] = []
    /// Characters read; the present character is the one before it.
    public var position: Int { baseline.state.position }
    /// −log₂ p of each character of the text up to the furthest position, in the changed network and in the baseline;
    /// nil for the first.
    public private(set) var surprisals: [(changed: Double?, baseline: Double?)] = []
    /// What is changed at present.
    public private(set) var interventions = InterventionSet.none

    /// Characters of the text that were given rather than drawn: they stay when interventions change.
    private var givenCount = 0
    private let baseline: TextGenerator
    private let changed: TextGenerator
    private let recorder: TraceRecorder
    /// Watches the baseline where the networks have parted; before that there is only one to be watched.
    private let baselineRecorder: TraceRecorder
    /// From which character (0-based) which interventions hold, ascending; none before the first.
    private var timeline: [(start: Int, set: InterventionSet, compiled: CompiledInterventions?)] = []
    private var kept: [Kept] = []
    private let interval: Int, keptLimit: Int
    private var present: TwinStep?

    private struct Kept {
        let baseline: TextGenerator.Snapshot
        /// Nil while the networks have not parted.
        let changed: TextGenerator.Snapshot?
    }

    /// - Parameters:
    ///   - interval: characters between two kept states.
    ///   - keptStates: how many are kept, the latest.
    public init(
        _ model: any LanguageModel, options: SamplingOptions = SamplingOptions(), seed: UInt64 = 1, interval: Int = 16,
        keptStates: Int = 64
    ) {
        self.model = model
        self.options = options
        self.seed = seed
        self.interval = max(1, interval)
        keptLimit = max(1, keptStates)
        baseline = TextGenerator(model)
        changed = TextGenerator(model)
        recorder = TraceRecorder(model.shape)
        baselineRecorder = TraceRecorder(model.shape)
    }

    /// What the networks did at the present character; nil before the first.
    public var step: TwinStep? { present }

    /// The distribution that the next character would be drawn from, see ``TextGenerator/probabilities(_:)``.
    public var drawingProbabilities: [Float] { front.probabilities(options) }

    // MARK: Text

    /// Starts over with a text that is given, such as a prompt; reads the first `count` characters of it, by default
    /// all.
    public func start(_ ids: [Int32], reading count: Int? = nil) {
        forget()
        text = ids
        givenCount = ids.count
        advance(count ?? ids.count)
    }

    /// Draws from now on with another seed; drawn text ahead is dropped.
    public func reseed(_ seed: UInt64) {
        self.seed = seed
        dropDrawnText()
    }

    /// Goes on by a number of characters: through the text that is there, then by drawing more.
    public func advance(_ count: Int = 1) {
        guard count > 0 else { return }
        for index in 0..<count {
            if position == text.count { text.append(front.draw(options, seed: seed)) }
            readNext(isLast: index == count - 1)
        }
    }

    /// Goes to a position, 0…; behind the end of the text it draws more.
    public func move(to target: Int) {
        let target = max(0, target)
        if target <= position { rewind(to: target - 1) }
        if target > position { advance(target - position) } else if target == 0 { present = nil }
    }

    // MARK: Interventions

    /// Replaces all interventions, for example by ``interventions`` with one more. Drawn text ahead of the present
    /// character is dropped; given text stays.
    ///
    /// - Parameter averages: of this model; needed by some interventions.
    /// - Throws: ``INNError`` when one does not fit the model; nothing has changed then.
    public func intervene(_ set: InterventionSet, averages: NeuronAverages? = nil, mode: Mode) throws {
        let target = position
        let start = mode == .fromNow ? max(0, target - 1) : 0
        let resolved = set.resolved(at: max(0, target - 1))
        let compiled = try model.compile(resolved, averages: averages)
        dropDrawnText()
        interventions = resolved
        timeline.removeAll { $0.start >= start }
        if compiled != nil || !timeline.isEmpty { timeline.append((start, resolved, compiled)) }
        kept.removeAll { $0.baseline.position > start }
        move(to: target)
    }

    /// The interventions in force at a character (0-based).
    public func interventions(at index: Int) -> InterventionSet {
        timeline.last { $0.start <= index }?.set ?? .none
    }

    // MARK: Course

    /// A text, from which of its characters (0-based) on which interventions hold, and the seed of what is drawn behind
    /// it: all that the state at a position follows from.
    public struct Course: Sendable, Equatable {
        public var text: [Int32]
        /// Characters that were given rather than drawn.
        public var givenCount: Int
        public var changes: [(start: Int, interventions: InterventionSet)]
        public var seed: UInt64

        public init(
            text: [Int32], givenCount: Int, changes: [(start: Int, interventions: InterventionSet)], seed: UInt64
        ) {
            (self.text, self.givenCount, self.changes, self.seed) = (text, givenCount, changes, seed)
        }

        public static func == (a: Course, b: Course) -> Bool {
            a.text == b.text && a.givenCount == b.givenCount && a.changes.elementsEqual(b.changes, by: ==)
                && a.seed == b.seed
        }
    }

    public var course: Course {
        Course(text: text, givenCount: givenCount, changes: timeline.map { ($0.start, $0.set) }, seed: seed)
    }

    /// Starts over with a text that was read or drawn before, under the changes of then; reads none of it yet. At every
    /// position the bits are those of the generator that gave the course, where its model was the same.
    ///
    /// - Parameter averages: of this model; needed by some interventions.
    /// - Throws: ``INNError`` when an intervention does not fit the model; nothing has changed then.
    public func take(_ course: Course, averages: NeuronAverages? = nil) throws {
        let compiled = try course.changes.map { try model.compile($0.interventions, averages: averages) }
        timeline = []
        forget()
        timeline = zip(course.changes, compiled).map { ($0.start, $0.interventions, $1) }
        interventions = timeline.last?.set ?? .none
        text = course.text
        givenCount = course.givenCount
        seed = course.seed
    }

    /// Both networks, ready to go on by themselves from the present position with the same random numbers.
    /// The state of the generator does not change.
    public func freeRun() -> FreeRun {
        FreeRun(
            model, baseline: baseline, changed: front, interventions: timeline.last?.compiled, options: options,
            seed: seed)
    }

    private func dropDrawnText() {
        text.removeLast(text.count - max(position, min(text.count, givenCount)))
        surprisals.removeLast(max(0, surprisals.count - text.count))
    }

    private func forget() {
        baseline.reset()
        changed.reset()
        kept.removeAll()
        surprisals.removeAll()
        present = nil
        timeline =
            timeline.isEmpty ? [] : [(0, timeline[timeline.count - 1].set, timeline[timeline.count - 1].compiled)]
        if timeline.allSatisfy({ $0.compiled == nil }) { timeline = [] }
    }

    // MARK: Reading

    /// Whether the networks have read something differently.
    private var hasParted: Bool { timeline.first.map { position > $0.start } ?? false }
    /// The network whose output counts.
    private var front: TextGenerator { hasParted ? changed : baseline }

    /// Reads the next character of the text with both networks.
    private func readNext(isLast: Bool) {
        let index = position
        let id = text[index]
        if index % interval == 0 { keep() }
        let expected = NextCharacter(logits: baseline.logits)
        let changedExpected = hasParted ? NextCharacter(logits: changed.logits) : expected
        let parts = timeline.first.map { index >= $0.start } ?? false
        if parts, !hasParted { changed.take(over: baseline) }
        baseline.probe = isLast ? (parts ? baselineRecorder : recorder) : nil
        changed.probe = isLast ? recorder : nil
        if parts {
            changed.hold(timeline.last { $0.start <= index }?.compiled)
            changed.read([id])
        }
        baseline.read([id])
        let surprisal = index == 0 ? (nil, nil) : (changedExpected.surprisal(id), expected.surprisal(id))
        if index < surprisals.count { surprisals[index] = surprisal } else { surprisals.append(surprisal) }
        guard isLast else { return }
        present = TwinStep(
            position: index, id: id, surprisal: surprisal.0, baselineSurprisal: surprisal.1, trace: recorder.trace,
            baselineTrace: parts ? baselineRecorder.trace : recorder.trace,
            next: NextCharacter(logits: front.logits), baselineNext: NextCharacter(logits: baseline.logits))
    }

    private func keep() {
        guard kept.last.map({ $0.baseline.position < position }) ?? true else { return }
        if kept.count == keptLimit { kept.removeFirst() }
        kept.append(Kept(baseline: baseline.snapshot(), changed: hasParted ? changed.snapshot() : nil))
    }

    /// Goes back to a position before the present one.
    private func rewind(to target: Int) {
        let target = max(0, target)
        kept.removeAll { $0.baseline.position > target }
        if let last = kept.last {
            baseline.restore(last.baseline)
            if let snapshot = last.changed { changed.restore(snapshot) } else { changed.reset() }
        } else {
            baseline.reset()
            changed.reset()
        }
        while position < target { readNext(isLast: false) }
    }
}

/// What both networks did at one character.
public struct TwinStep: Sendable, Equatable {
    /// 0-based place of the character in the text.
    public var position: Int
    public var id: Int32
    /// −log₂ p of the character before it was read, in the changed network and in the baseline; nil for the first of a
    /// text.
    public var surprisal: Double?, baselineSurprisal: Double?
    /// Gates and routing of the changed network at the character, and of the baseline.
    public var trace: CharacterTrace, baselineTrace: CharacterTrace
    /// What each network expects after it.
    public var next: NextCharacter, baselineNext: NextCharacter

    /// KL(p‖p′) in bits, p being the baseline's next character; exactly 0 while nothing differs.
    public var divergence: Double { baselineNext.divergence(from: next) }
}
