/// What has to be so for a key to do anything, and what to tell who presses it when it is not.
struct Requirement: Sendable {
    /// One phrase for the status line.
    let reason: String
    let holds: @Sendable (AppState) -> Bool

    init(_ reason: String, _ holds: @escaping @Sendable (AppState) -> Bool) {
        self.reason = reason
        self.holds = holds
    }
}

extension Requirement {
    static let none = Requirement("") { _ in true }
    static let probe = Requirement("nothing is measured yet; a probe snapshot comes with training") { $0.probe != nil }
    static let severalRounds = Requirement("this network has one round") { ($0.probe?.snapshot.rounds ?? 0) > 1 }
    static let insight = Requirement("not analysed yet") { $0.insight != nil }
    static let reports = Requirement("there is no report yet") { $0.data.history.stepRange != nil }
    static let runs = Requirement("there are no runs here") { $0.runs.current != nil }
    static let network = Requirement("no network is open here: inn-tui explore opens one") {
        $0.generation != nil && $0.generator == .ready
    }
    static let liveTraining = Requirement("nothing is being trained here") {
        $0.runInfo.isLive && ($0.trainer == .training || $0.trainer == .paused)
    }
    static let typedLines = Requirement("nothing was typed here before") { !$0.recallable.isEmpty }
}
