import INNKit
import INNScreens
import Synchronization

/// Carries what happens on other threads to the screens, in order and without loss; the sender never waits.
package final class ActionQueue: TrainingSink {
    private struct State {
        var actions: [Action] = []
        var isOpen = true

        mutating func append(_ action: Action) {
            if isOpen { actions.append(action) }
        }
    }

    private let state = Mutex(State())
    private let wake: @Sendable () -> Void

    /// - Parameter wake: wakes the thread that drains the queue.
    package init(wake: @escaping @Sendable () -> Void) { self.wake = wake }

    package func send(_ action: Action) {
        state.withLock { $0.append(action) }
        wake()
    }

    /// Replaces a frame of the generator that nobody has seen yet.
    package func send(_ frame: GenerationFrame) {
        state.withLock { state in
            if case .generation = state.actions.last { state.actions.removeLast() }
            state.append(.generation(frame))
        }
        wake()
    }

    package func receive(_ event: TrainingEvent) { send(.training(event)) }

    /// Takes everything that has arrived.
    package func drain() -> [Action] {
        state.withLock { state in
            defer { state.actions = [] }
            return state.actions
        }
    }

    /// Forgets what has arrived and all that will: nobody drains the queue any more.
    package func close() { state.withLock { $0 = State(isOpen: false) } }
}
