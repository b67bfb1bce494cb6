/// What has to be so for a key to do anything, and what to tell who presses it when it is not.
struct Requirement<State: Sendable>: Sendable {
    /// One phrase for the status line.
    let reason: String
    let holds: @Sendable (State) -> Bool

    init(_ reason: String, _ holds: @escaping @Sendable (State) -> Bool) {
        self.reason = reason
        self.holds = holds
    }

    static var none: Self { Requirement("") { _ in true } }
}

extension Requirement where State: RunReading {
    static var probe: Self {
        Requirement("nothing is measured yet; a probe snapshot comes with training") { $0.run.probe != nil }
    }
    static var severalRounds: Self {
        Requirement("this network has one round") { ($0.run.probe?.snapshot.rounds ?? 0) > 1 }
    }
    static var insight: Self { Requirement("not analysed yet") { $0.run.insight != nil } }
    static var reports: Self { Requirement("there is no report yet") { $0.run.data.history.stepRange != nil } }
    static var network: Self {
        Requirement("no network is open here: inn-tui explore opens one") {
            $0.run.generation != nil && $0.run.generator == .ready
        }
    }
    static var liveTraining: Self {
        Requirement("nothing is being trained here") {
            $0.run.runInfo.isLive && ($0.run.trainer == .training || $0.run.trainer == .paused)
        }
    }
}
