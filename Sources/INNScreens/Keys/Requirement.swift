import INNKit

/// What has to be so for a key to do anything, and what to tell who presses it when it is not.
struct Requirement<State: Sendable>: Sendable {
    /// Why the key does nothing now, one phrase for the status line of at most ``longestReason`` columns; nil when it
    /// does.
    let refusal: @Sendable (State) -> String?
    /// The same where it is about the run alone, so that asking needs no context of a screen: the footer asks for every
    /// key of every frame.
    private let refusalOfRun: (@Sendable (RunState) -> String?)?
    /// Whether it always holds.
    let isNone: Bool

    /// What the narrowest terminal shows of a reason.
    static var longestReason: Int { 38 }

    init(_ reason: String, _ holds: @escaping @Sendable (State) -> Bool) {
        self.init({ holds($0) ? nil : reason }, ofRun: nil)
    }

    /// - Parameter refusal: the reason that fits the state.
    init(refusal: @escaping @Sendable (State) -> String?) { self.init(refusal, ofRun: nil) }

    private init(
        _ refusal: @escaping @Sendable (State) -> String?, ofRun: (@Sendable (RunState) -> String?)?,
        isNone: Bool = false
    ) {
        (self.refusal, refusalOfRun, self.isNone) = (refusal, ofRun, isNone)
    }

    func holds(_ state: State) -> Bool { refusal(state) == nil }

    /// This one, and then another one: what is missing first is what is said.
    func and(_ other: Self) -> Self {
        let (first, second) = (refusal, other.refusal)
        guard let ownOfRun = refusalOfRun, let otherOfRun = other.refusalOfRun else {
            return Self({ first($0) ?? second($0) }, ofRun: nil)
        }
        return Self({ first($0) ?? second($0) }, ofRun: { ownOfRun($0) ?? otherOfRun($0) })
    }

    func and(_ reason: String, _ holds: @escaping @Sendable (State) -> Bool) -> Self { and(Self(reason, holds)) }

    static var none: Self { Self({ _ in nil }, ofRun: { _ in nil }, isNone: true) }
}

extension Requirement where State: RunReading {
    fileprivate static func run(_ refusal: @escaping @Sendable (RunState) -> String?) -> Self {
        Self({ refusal($0.run) }, ofRun: refusal)
    }

    private static func run(_ reason: String, _ holds: @escaping @Sendable (RunState) -> Bool) -> Self {
        run { holds($0) ? nil : reason }
    }

    /// A family without neurons will never be measured: waiting does not help.
    private static var neurons: Self {
        run("this family has no neurons to look at") { $0.runInfo.modelFamily == "inn" }
    }

    static var probe: Self { neurons.and(run("nothing is measured yet") { $0.probe != nil }) }
    static var severalRounds: Self {
        probe.and(run("this network has one round") { ($0.probe?.snapshot.rounds ?? 0) > 1 })
    }
    static var roundBefore: Self { severalRounds.and(run("this is the first round") { $0.shownRound > 0 }) }
    static var roundAfter: Self {
        severalRounds.and(run("this is the last round") { $0.shownRound + 1 < $0.probe?.snapshot.rounds ?? 0 })
    }
    static var severalProbes: Self {
        probe.and(run("there is one measurement so far") { $0.data.probes.entries.count > 1 })
    }
    static var insight: Self { neurons.and(run("not analysed yet") { $0.insight != nil }) }
    static var reports: Self { run("there is no report yet") { $0.data.history.stepRange != nil } }
    static var network: Self {
        run { run in
            if run.generation != nil, run.generator == .ready { return nil }
            guard run.generator == .opening else { return "no network is open: inn-tui explore" }
            return run.runInfo.isLive ? "the next step's weights are awaited" : "the network is still being opened"
        }
    }
    static var liveTraining: Self { run(whyNotTraining) }

    /// Pausing is of a training, or of the playback of its measurements.
    static var pausing: Self {
        run { $0.selection.isReplaying || $0.canPlay ? nil : whyNotTraining($0) }
    }

    private static func whyNotTraining(_ run: RunState) -> String? {
        guard run.runInfo.isLive else {
            return run.isGrowing ? "it is another process that trains" : "nothing is being trained here"
        }
        return switch run.trainer {
        case .training, .paused: nil
        case .stopping, .savingFailed: "training is ending"
        case .finished: "training has finished"
        case .failed: "training has failed"
        }
    }
}

extension Requirement {
    /// A screen's requirement as one of the whole state.
    func lifted<View>(_ view: KeyPath<AppState, View> & Sendable) -> Requirement<AppState>
    where State == ScreenContext<View> {
        if isNone { return .none }
        if let refusalOfRun { return .run(refusalOfRun) }
        let refusal = refusal
        return Requirement<AppState>({ refusal($0.context(view)) }, ofRun: nil)
    }
}
