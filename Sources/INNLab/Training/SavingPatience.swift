import Foundation
import INNKit

/// What happens without screens when the end of a run cannot be written: it is tried again for a while, since space may
/// come back.
package final class SavingPatience: @unchecked Sendable {
    private let seconds: Double
    private let control: TrainerControl
    private let say: @Sendable (String) -> Void
    /// When to give up; nil before the first failure. Used on the training thread only.
    private var end: Date?

    /// Seconds between two tries.
    private static let pause = 1.0

    /// - Parameters:
    ///   - seconds: how long to try.
    ///   - control: where requests to stop come in; one gives up.
    package init(seconds: Double, control: TrainerControl, say: @escaping @Sendable (String) -> Void) {
        self.seconds = seconds
        self.control = control
        self.say = say
    }

    /// Waits a moment and tries again, or gives up when the time is over.
    package func decide(_ error: INNError) -> SavingDecision {
        if end == nil, seconds > 0 {
            say("\(error.message) Trying again for \(durationPhrase(seconds)); Ctrl-C gives up.")
        }
        let end = end ?? Date(timeIntervalSinceNow: seconds)
        self.end = end
        guard Date() < end else { return .giveUp }
        return control.waitForSaving(until: Date(timeIntervalSinceNow: Self.pause)) ?? .retry
    }
}
