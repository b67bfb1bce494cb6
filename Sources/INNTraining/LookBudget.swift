/// How much time goes into looking at a network in training. On a device an update may take milliseconds where the
/// processor, which does the looking, takes minutes over the same network.
struct LookBudget {
    /// The share of training's time that looks may take; nil for any.
    let share: Double?
    private var spentSeconds = 0.0
    /// What the last look took, which the next one is expected to take.
    private var lastSeconds = 0.0

    init(share: Double?) { self.share = share }

    /// Whether another look like the last fits; the first one always does.
    ///
    /// - Parameter trainedSeconds: time that training has taken so far.
    func isAffordable(_ trainedSeconds: Double) -> Bool {
        guard let share else { return true }
        return spentSeconds + lastSeconds <= share * trainedSeconds
    }

    /// Takes a look and remembers how long it took.
    mutating func measure(_ look: () throws -> Void) rethrows {
        let clock = ContinuousClock()
        let start = clock.now
        try look()
        let elapsed = start.duration(to: clock.now).components
        lastSeconds = Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
        spentSeconds += lastSeconds
    }
}
