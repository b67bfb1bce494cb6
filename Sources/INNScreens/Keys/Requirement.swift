/// What has to be so for a key to do anything, and what to tell who presses it when it is not.
struct Requirement<State: Sendable>: Sendable {
    /// One phrase for the status line.
    let reason: String
    let holds: @Sendable (State) -> Bool
    /// The same where it is about the run alone, so that asking needs no context of a screen: the footer asks for every
    /// key of every frame.
    private let holdsForRun: (@Sendable (RunState) -> Bool)?

    init(_ reason: String, _ holds: @escaping @Sendable (State) -> Bool) {
        self.init(reason, holds, ofRun: nil)
    }

    private init(
        _ reason: String, _ holds: @escaping @Sendable (State) -> Bool, ofRun: (@Sendable (RunState) -> Bool)?
    ) {
        (self.reason, self.holds, holdsForRun) = (reason, holds, ofRun)
    }

    static var none: Self { Self("", { _ in true }, ofRun: { _ in true }) }
}

extension Requirement where State: RunReading {
    fileprivate static func run(_ reason: String, _ holds: @escaping @Sendable (RunState) -> Bool) -> Self {
        Self(reason, { holds($0.run) }, ofRun: holds)
    }

    static var probe: Self {
        run("nothing is measured yet; a probe snapshot comes with training") { $0.probe != nil }
    }
    static var severalRounds: Self {
        run("this network has one round") { ($0.probe?.snapshot.rounds ?? 0) > 1 }
    }
    static var insight: Self { run("not analysed yet") { $0.insight != nil } }
    static var reports: Self { run("there is no report yet") { $0.data.history.stepRange != nil } }
    static var network: Self {
        run("no network is open here: inn-tui explore opens one") { $0.generation != nil && $0.generator == .ready }
    }
    static var liveTraining: Self {
        run("nothing is being trained here") { $0.runInfo.isLive && ($0.trainer == .training || $0.trainer == .paused) }
    }
}

extension Requirement {
    /// A screen's requirement as one of the whole state.
    func lifted<View>(_ view: KeyPath<AppState, View> & Sendable) -> Requirement<AppState>
    where State == ScreenContext<View> {
        if let holdsForRun { return .run(reason, holdsForRun) }
        let holds = holds
        return Requirement<AppState>(reason) { holds($0.context(view)) }
    }
}
