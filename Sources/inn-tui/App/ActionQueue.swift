import INNKit
import INNScreens
import INNTerminal
import Synchronization

/// Carries what happens on other threads to the screens, in order and without loss; the sender never waits.
final class ActionQueue: TrainingSink {
    private struct State {
        var actions: [Action] = []
        var isOpen = true

        mutating func append(_ action: Action) {
            if isOpen { actions.append(action) }
        }
    }

    private let state = Mutex(State())
    private let waker: TerminalWaker

    init(waker: TerminalWaker) { self.waker = waker }

    func send(_ action: Action) {
        state.withLock { $0.append(action) }
        waker.wake()
    }

    /// Replaces a frame of the generator that nobody has seen yet.
    func send(_ frame: GenerationFrame) {
        state.withLock { state in
            if case .generation = state.actions.last { state.actions.removeLast() }
            state.append(.generation(frame))
        }
        waker.wake()
    }

    func receive(_ event: TrainingEvent) { send(.training(event)) }

    /// Takes everything that has arrived.
    func drain() -> [Action] {
        state.withLock { state in
            defer { state.actions = [] }
            return state.actions
        }
    }

    /// Forgets what has arrived and all that will: nobody drains the queue any more.
    func close() { state.withLock { $0 = State(isOpen: false) } }
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
