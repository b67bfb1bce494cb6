import INNKit

/// The interventions that are active, and how they came about.
struct InterventionState: Codable, Equatable, Sendable {
    /// What a change acts on.
    enum Reach: String, Codable, Sendable {
        /// The text of a network that is open.
        case text
        /// A training in progress from its next step on, and what is shown of it.
        case training
        /// What is shown of a training, which itself goes on without the change.
        case display
    }

    var active = InterventionSet.none
    private(set) var reach = Reach.text
    /// Sets that were asked for and not answered yet, the oldest first. An answer to one of them must not undo those
    /// that were typed after it.
    private var awaited: [InterventionSet] = []
    /// Earlier sets, for undo; the newest last.
    var earlier: [InterventionSet] = []
    /// Whether a change recomputes the text so far, or acts from now on.
    var replays = false
    /// Whether the screens show differences from the baseline.
    var isComparing = false
    /// What the drawer was set to last.
    var form = AblationForm()

    static let maximumEarlier = 64

    init() {}

    init(_ contents: RunContents) {
        active = contents.interventions
        if contents.info.isLive { reach = .training }
    }

    var modeName: String { replays ? "replay" : "from now" }

    /// The same with nothing under way: what was asked for is taken for granted.
    var settled: InterventionState {
        var settled = self
        settled.awaited = []
        return settled
    }

    mutating func change(to set: InterventionSet) -> [Effect] {
        guard set != active else { return [] }
        remember()
        return ask(for: set, replays: replays)
    }

    private mutating func remember() {
        earlier.append(active)
        if earlier.count > Self.maximumEarlier { earlier.removeFirst() }
    }

    /// Takes a set as the active one and has the network take it. What is shown of a training is computed anew.
    mutating func ask(for set: InterventionSet, replays: Bool) -> [Effect] {
        active = set
        awaited.append(set)
        switch reach {
        case .text: return [.intervene(set, replays: replays)]
        case .training: return [.trainer(.intervene(set)), .intervene(set, replays: true)]
        case .display: return [.intervene(set, replays: true)]
        }
    }

    /// Takes the last change back. With nothing left the text is computed anew: then nothing of it remains in the
    /// memory either.
    mutating func undo() -> [Effect] {
        guard let last = earlier.popLast() else { return [] }
        return ask(for: last, replays: replays || last.isEmpty)
    }

    mutating func clear() -> [Effect] {
        guard !active.isEmpty else { return [] }
        remember()
        return ask(for: .none, replays: true)
    }
}

// MARK: Answers

extension InterventionState {
    /// The set that is in force in the trainer: what is shown follows it where the two belong together.
    mutating func follow(trainer set: InterventionSet) -> [Effect] {
        guard reach != .display else { return [] }
        let before = active
        receive(set)
        return reach == .training && active != before ? [.intervene(active, replays: true)] : []
    }

    /// The set that is in force in the network on display, or that another process trains with.
    mutating func follow(network set: InterventionSet) {
        // While training itself changes the trainer has the say.
        if reach != .training { receive(set) }
    }

    /// The set that is really in force: the answer to what was asked for, also where that was refused, or news.
    private mutating func receive(_ set: InterventionSet) {
        awaited.removeFirst(min(awaited.count, (awaited.firstIndex(of: set) ?? 0) + 1))
        if awaited.isEmpty { active = set }
    }
}

// MARK: Training itself, or what is shown

extension InterventionState {
    /// From now on changes act on the other of the two. None is made by the choice itself: training keeps what it has,
    /// and what was shown alone is taken back.
    ///
    /// - Parameter set: what is changed in training.
    mutating func switchReach(training set: InterventionSet) -> [Effect] {
        (awaited, earlier) = ([], [])
        switch reach {
        case .text: return []
        case .training:
            reach = .display
            return []
        case .display:
            reach = .training
            guard active != set else { return [] }
            active = set
            return [.intervene(set, replays: true)]
        }
    }

    /// There is no training left to act on.
    mutating func endTraining() {
        guard reach == .training else { return }
        reach = .display
        awaited = []
    }
}
