import INNKit
import INNScreens
import INNTerminal
import Synchronization

/// Carries what happens on other threads to the screens, in order and without loss; the sender never waits.
final class ActionQueue: TrainingSink {
    private let actions = Mutex<[Action]>([])
    private let waker: TerminalWaker

    init(waker: TerminalWaker) { self.waker = waker }

    func send(_ action: Action) {
        actions.withLock { $0.append(action) }
        waker.wake()
    }

    /// Replaces a frame of the generator that nobody has seen yet.
    func send(_ frame: GenerationFrame) {
        actions.withLock { actions in
            if case .generation = actions.last { actions.removeLast() }
            actions.append(.generation(frame))
        }
        waker.wake()
    }

    func receive(_ event: TrainingEvent) { send(.training(event)) }

    /// Takes everything that has arrived.
    func drain() -> [Action] {
        actions.withLock { actions in
            defer { actions = [] }
            return actions
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
