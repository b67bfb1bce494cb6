import Foundation
import INNKit
import INNScreens

/// A text that a network draws or reads one character at a time, with everything the generate screen shows of each.
/// Used by one thread.
package final class GeneratorSession {
    private let network: any LanguageModel
    let alphabet: Alphabet
    let symbols: [String]
    let twin: TwinGenerator
    /// What was recorded of each character up to the furthest one read.
    package private(set) var characters: [GenerationCharacter] = []
    private(set) var promptCount = 0
    private var source = GenerationFrame.Source.sampling
    /// Of the text that is read; nil where characters are drawn.
    private(set) var givenPath: String?
    private(set) var sampling: SamplingChoice
    /// The position that is being read up to in slices.
    var goal: Int?
    /// The place of interest that is looked for on the way there.
    var search: PlaceSearch?
    /// The position to go back to from there.
    var landing: Int?
    /// What ``work()`` has to say.
    private var announcement: String?
    /// Whether both networks go on by themselves from every position.
    var isFreeRunning = false {
        didSet { freeRun = nil }
    }
    private var freeRun: FreeRun?
    /// Of a network in training: optimizer updates that the weights had seen; nil for a stored network and before the
    /// first weights have come.
    private(set) var weightsStep: Int?
    /// The position up to which the text is being read, or drawn, again after it has changed what reads it.
    private var target: Int?

    /// Characters that both write in the free-running view.
    private static let freeRunLength = 240
    /// Characters before and after the present one that a frame carries.
    private static let kept = (before: 2000, ahead: 400)
    /// Characters behind the present one whose gates are remembered; more than a frame carries, so that a few steps
    /// back need no reading.
    private static let remembered = 2 * kept.before
    /// Characters that one command may draw at most when it goes to a position.
    private static let farthest = 100_000
    /// Characters that are drawn behind the prompt when the first weights of a training come, so that there is
    /// something to look at.
    package static let firstCharacters = 160

    package init(_ network: any LanguageModel, alphabet: Alphabet, prompt: String, sampling: SamplingChoice) {
        self.network = network
        self.alphabet = alphabet
        self.sampling = sampling
        symbols = alphabet.symbols
        twin = TwinGenerator(network, options: Self.options(sampling), seed: sampling.seed)
        setPrompt(prompt)
    }

    private static func options(_ sampling: SamplingChoice) -> SamplingOptions {
        SamplingOptions(temperature: sampling.temperature, topK: sampling.topK)
    }

    // MARK: Text

    /// Forgets everything and reads a prompt; characters that are not in the alphabet are normalised as in training.
    func setPrompt(_ text: String) {
        (source, givenPath) = (.sampling, nil)
        begin(alphabet.encode(text), isPrompt: true)
    }

    /// Forgets everything and reads a text, whatever the network expects.
    package func read(_ text: GivenText) {
        (source, givenPath) = (.reading(name: text.name, length: text.ids.count), text.path)
        begin(text.ids, isPrompt: false)
    }

    private func begin(_ ids: [Int32], isPrompt: Bool) {
        leavePosition()
        target = nil
        characters = []
        promptCount = isPrompt ? ids.count : 0
        twin.start(ids, reading: 0)
        advance(isPrompt ? ids.count : 1)
    }

    /// Begins what another session was at, with nothing read yet; the text itself is the generator's.
    func begin(_ course: TextCourse, length: Int) {
        leavePosition()
        characters = []
        promptCount = course.promptCount
        givenPath = course.file
        source =
            course.file.map { .reading(name: URL(fileURLWithPath: $0).lastPathComponent, length: length) } ?? .sampling
        sampling = course.sampling
        twin.options = Self.options(sampling)
    }

    /// Whether there is nothing more to read: a given text has ended.
    var isAtEnd: Bool {
        if case .reading(_, let length) = source { return twin.position >= length }
        return false
    }

    /// Goes on character by character.
    func advance(_ count: Int) {
        leavePosition()
        readOn(count)
    }

    private func readOn(_ count: Int) {
        for _ in 0..<max(0, count) {
            guard !isAtEnd else { return }
            twin.advance()
            record()
        }
    }

    /// Goes back; what was read stays on display as text that lies ahead.
    func back(_ count: Int) {
        leavePosition()
        twin.move(to: max(0, twin.position - max(0, count)))
        rememberGates()
    }

    /// Draws differently from here on.
    func setSampling(_ choice: SamplingChoice) {
        leavePosition()
        sampling = choice
        twin.options = Self.options(choice)
        twin.reseed(choice.seed)
        forgetDropped()
    }

    // MARK: Going far

    /// What was measured from the position so far no longer counts.
    func leavePosition() {
        (goal, search, landing) = (nil, nil, nil)
        freeRun = nil
    }

    /// Goes to a position; positions ahead are read in slices by ``work()``.
    func go(to position: Int) {
        if position <= twin.position {
            back(twin.position - max(0, position))
        } else {
            leavePosition()
            if case .reading(_, let length) = source {
                goal = min(position, length)
            } else {
                goal = min(position, twin.position + Self.farthest)
            }
        }
    }

    /// Stops on the way to a position far ahead.
    func stay() { (goal, search, landing) = (nil, nil, nil) }

    /// Goes to the end of the next or previous place where the text reads like this, on from the other end when there
    /// is none left.
    ///
    /// - Returns: what is to be said about it.
    func find(_ wanted: String, backwards: Bool) -> String {
        let pattern = alphabet.encode(wanted)
        let ends = Self.ends(of: pattern, in: twin.text)
        let found =
            backwards ? ends.last { $0 < twin.position } ?? ends.last : ends.first { $0 > twin.position } ?? ends.first
        guard let found else { return "“\(wanted)” is nowhere in the \(twin.text.count) characters of the text" }
        go(to: found)
        return "“\(wanted)” ends at position \(found), \(ends.firstIndex(of: found)! + 1) of \(ends.count)"
    }

    /// Positions behind every occurrence of a pattern, ascending.
    private static func ends(of pattern: [Int32], in text: [Int32]) -> [Int] {
        guard !pattern.isEmpty, pattern.count <= text.count else { return [] }
        return (0...text.count - pattern.count).filter { start in
            pattern.indices.allSatisfy { text[start + $0] == pattern[$0] }
        }.map { $0 + pattern.count }
    }

    /// Whether ``work()`` has something left to do.
    var hasWork: Bool {
        isRereading || goal != nil || isFreeRunning && (freeRun?.baseline.count ?? 0) < Self.freeRunLength
    }

    /// A slice of what takes long, short enough to answer a key in between.
    func work() {
        if let target {
            readOn(min(8, target - twin.position))
            if twin.position >= target || isAtEnd { self.target = nil }
        } else if let goal {
            let slice = min(goal - twin.position, 32)
            readOn(slice)
            if search != nil {
                announcement = lookAhead()
                return
            }
            guard twin.position >= goal || isAtEnd else { return }
            self.goal = nil
            if let landing { back(twin.position - landing) }
        } else if isFreeRunning {
            let run = freeRun ?? twin.freeRun()
            run.advance(min(16, Self.freeRunLength - run.baseline.count))
            freeRun = run
        }
    }

    /// What is to be said after ``work()``, once.
    func takeAnnouncement() -> String? {
        defer { announcement = nil }
        return announcement
    }

    var position: Int { twin.position }
    var neurons: Int { network.shape.neurons }
    /// Characters of a given text; nil where characters are drawn.
    var givenLength: Int? { if case .reading(_, let length) = source { length } else { nil } }

    // MARK: Interventions

    package var interventions: InterventionSet { twin.interventions }

    /// - Throws: ``INNError`` when an intervention does not fit the network; nothing has changed then.
    package func intervene(_ set: InterventionSet, averages: NeuronAverages?, replays: Bool) throws {
        leavePosition()
        guard weightsStep == nil else { return try interveneInTraining(set, averages) }
        let target = twin.position
        try twin.intervene(set, averages: averages, mode: replays ? .replay : .fromNow)
        forgetDropped()
        guard target > 0 else { return }
        guard replays else { return record() }
        // Every character on display is read again, so that its colours are those of the changed network.
        twin.move(to: max(0, target - Self.kept.before))
        while twin.position < target {
            twin.advance()
            record()
        }
    }

    // MARK: A network in training

    /// Whether the text is not back yet where it was when something changed; what there is of it is not to be shown.
    var isRereading: Bool { target != nil }

    /// Whether the text is short enough to be read again with every newer weights.
    var canFollowTraining: Bool { twin.position <= Self.kept.before }

    /// Takes newer weights. A text that is given is read again with them, and what follows a prompt is drawn anew by
    /// the same random numbers, so that all on display belongs to one network; ``work()`` does it, in slices.
    ///
    /// - Parameter averages: of the network with these weights, asked for when interventions need them.
    /// - Throws: ``INNError`` when the weights are of another network.
    package func take(_ weights: NetworkWeights, averages: () -> NeuronAverages?) throws {
        guard weights.step != weightsStep else { return }
        try weights.load(into: network)
        let end = weightsStep == nil ? promptCount + Self.firstCharacters : target ?? twin.position
        weightsStep = weights.step
        if case .reading = source {
            startOver(with: twin.text, until: end)
        } else {
            startOver(with: Array(twin.text.prefix(promptCount)), until: end)
        }
        if interventions.needsAverages {
            try twin.intervene(interventions, averages: averages(), mode: .replay)
        }
    }

    private func startOver(with ids: [Int32], until end: Int) {
        leavePosition()
        twin.start(ids, reading: 0)
        characters = []
        target = end > 0 ? end : nil
    }

    /// The same for a session over a training: the text stays and is read again, in slices as well.
    private func interveneInTraining(_ set: InterventionSet, _ averages: NeuronAverages?) throws {
        let end = target ?? twin.position
        var text = twin.text
        if case .sampling = source { text = Array(text.prefix(end)) }
        startOver(with: text, until: end)
        try twin.intervene(set.resolved(at: max(0, end - 1)), averages: averages, mode: .replay)
    }

    private func forgetDropped() { characters.removeLast(max(0, characters.count - twin.text.count)) }

    private func record() {
        guard let step = twin.step else { return }
        let origin: GenerationCharacter.Origin =
            if case .reading = source { .read } else { step.position < promptCount ? .prompt : .sampled }
        let isChanged = !twin.interventions(at: step.position).isEmpty || step.divergence != 0
        let character = GenerationCharacter(
            symbol: Int(step.id), origin: origin, surprisal: step.surprisal.map(Float.init),
            divergence: isChanged ? Float(step.divergence) : nil, gates: step.trace.gates,
            work: !hasGates || step.trace.work.isEmpty
                ? nil : step.trace.work.reduce(0, +) / Float(step.trace.work.count),
            heard: (0..<step.trace.rounds).map(step.trace.mostHeard),
            concentration: (0..<step.trace.rounds).map(step.trace.concentration))
        if step.position < characters.count {
            characters[step.position] = character
        } else {
            characters.append(character)
        }
        if step.position >= Self.remembered { characters[step.position - Self.remembered].gates = [] }
    }

    /// Reads the text around a position far back again when the gates there were forgotten.
    private func rememberGates() {
        let position = twin.position
        let shown = max(0, position - Self.kept.before)..<position
        guard network.shape.hasNeurons, characters[shown].contains(where: \.gates.isEmpty) else { return }
        twin.move(to: max(0, position - Self.remembered))
        while twin.position < min(characters.count, position + Self.kept.ahead) {
            twin.advance()
            if let step = twin.step { characters[step.position].gates = step.trace.gates }
        }
        twin.move(to: position)
    }

    // MARK: Frame

    /// What the generate screen shows of this moment.
    func frame() -> GenerationFrame {
        let c = network.shape
        let position = twin.position
        let step = twin.step
        let start = max(0, position - Self.kept.before)
        let reach = min(characters.count, position + Self.kept.ahead)
        let end =
            network.shape.hasNeurons ? characters[position..<reach].firstIndex(where: \.gates.isEmpty) ?? reach : reach
        let next = step?.next.probabilities ?? [Float](repeating: 1 / Float(symbols.count), count: symbols.count)
        return GenerationFrame(
            source: source, symbols: symbols, rounds: c.rounds, neurons: c.neurons, heads: c.heads, hasGates: hasGates,
            text: Array(characters[start..<end]), textStart: start, position: position, probabilities: next,
            drawn: twin.drawingProbabilities,
            routing: step?.trace.routing ?? [], sampling: sampling, twin: step.flatMap { baseline($0, from: start) },
            freeRun: isFreeRunning ? freeRunText() : nil, goal: goal, weightsStep: weightsStep)
    }

    private func freeRunText() -> FreeRunText? {
        freeRun.map { run in
            FreeRunText(
                baseline: run.baseline.map(Int.init), changed: run.changed.map(Int.init),
                divergences: run.divergences.map(Float.init),
                parting: run.parting, length: Self.freeRunLength)
        }
    }

    private var hasGates: Bool {
        if case .inn(let configuration) = network.modelConfiguration { configuration.gate != .off } else { false }
    }

    private func baseline(_ step: TwinStep, from start: Int) -> BaselineTwin? {
        guard !twin.interventions.isEmpty || step.divergence != 0 else { return nil }
        let measured = characters[start..<min(characters.count, step.position + 1)].compactMap(\.divergence)
        let costs = (start..<min(characters.count, step.position + 1)).compactMap(surprisalChange)
        return BaselineTwin(
            probabilities: step.baselineNext.probabilities, divergence: Float(step.divergence),
            surprisalDifference: surprisalChange(step.position).map(Float.init),
            meanDivergence: measured.isEmpty ? 0 : measured.reduce(0, +) / Float(measured.count), count: measured.count,
            cost: costs.isEmpty ? nil : Float(costs.reduce(0, +) / Double(costs.count)), costCount: costs.count,
            gates: step.baselineTrace.gates, routing: step.baselineTrace.routing)
    }

    /// Surprisal of a character with interventions minus without, bits; nil when it was predicted before there were
    /// any.
    private func surprisalChange(_ index: Int) -> Double? {
        guard index > 0, characters[index - 1].divergence != nil, let changed = twin.surprisals[index].changed,
            let plain = twin.surprisals[index].baseline
        else { return nil }
        return changed - plain
    }
}
