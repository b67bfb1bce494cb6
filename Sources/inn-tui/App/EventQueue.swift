import INNKit
import INNTerminal
import Synchronization

/// Carries training events from the trainer's thread to the screens without loss; the trainer never waits.
final class EventQueue: TrainingSink {
    private let events = Mutex<[TrainingEvent]>([])
    private let waker: TerminalWaker

    init(waker: TerminalWaker) { self.waker = waker }

    func receive(_ event: TrainingEvent) {
        events.withLock { $0.append(event) }
        waker.wake()
    }

    /// Takes everything that has arrived.
    func drain() -> [TrainingEvent] {
        events.withLock { events in
            defer { events = [] }
            return events
        }
    }
}

/// A printer that is silent until the screens are left.
final class SwitchedPrinter: TrainingSink {
    let printer = HeadlessPrinter(.lines)
    private let isOn = Mutex(false)

    func turnOn() { isOn.withLock { $0 = true } }

    func receive(_ event: TrainingEvent) {
        if isOn.withLock({ $0 }) { printer.receive(event) }
    }
}
