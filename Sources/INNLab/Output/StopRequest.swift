import Synchronization

/// Whether the system or another program, rather than the user at the keys, has asked this process to end.
package enum StopRequest {
    private static let moment = Mutex<ContinuousClock.Instant?>(nil)

    /// How long the process then waits for somebody to read what it still has to say.
    package static let patience: Duration = .seconds(3)

    package static func note() { moment.withLock { if $0 == nil { $0 = .now } } }

    /// The time since the first request; nil when there was none.
    package static var age: Duration? { moment.withLock { $0?.duration(to: .now) } }
}
