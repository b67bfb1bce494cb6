import Foundation
import INNKit
import INNScreens

/// Runs a ``GeneratorSession`` on a thread of its own: commands go in, frames come out, the newest replacing one nobody
/// has seen.
package final class GeneratorThread: @unchecked Sendable {
    private let queue: ActionQueue
    private let condition = NSCondition()
    /// Guarded by the condition.
    private var commands: [GeneratorCommand] = []
    private let service: GeneratorService
    private let survey: ModelProbes
    private let ended = DispatchSemaphore(value: 0)

    /// Starts the thread; the first frame follows.
    ///
    /// - Parameter makeSession: is called on the thread.
    package init(queue: ActionQueue, survey: ModelProbes, makeSession: @escaping @Sendable () -> GeneratorSession) {
        self.queue = queue
        service = GeneratorService(queue: queue, survey: survey)
        self.survey = survey
        let thread = Thread { [self] in
            work(makeSession())
            ended.signal()
        }
        thread.name = "generator"
        thread.stackSize = 4 << 20
        thread.start()
    }

    /// Ends the thread and what is being measured, and waits for both.
    package func finish() {
        send(.stop)
        // Cuts short what the thread may wait for.
        survey.stop()
        ended.wait()
        // And what it has asked for meanwhile.
        survey.stop()
    }

    package func send(_ command: GeneratorCommand) {
        condition.lock()
        commands.append(command)
        condition.signal()
        condition.unlock()
    }

    /// The commands that wait; blocks until there is one or the time has come.
    private func take(until deadline: Date?) -> [GeneratorCommand] {
        condition.lock()
        defer { condition.unlock() }
        while commands.isEmpty {
            guard let deadline else {
                condition.wait()
                continue
            }
            if !condition.wait(until: deadline) { break }
        }
        defer { commands = [] }
        return commands
    }

    private func work(_ session: GeneratorSession) {
        queue.send(.generator(.ready))
        queue.send(session.frame())
        service.survey.start()
        var pace: Double?
        var next = Date()
        while true {
            let deadline = pace == nil ? (session.hasWork ? Date.distantPast : nil) : next
            for command in take(until: deadline) {
                switch command {
                case .stop: return
                case .play(let speed):
                    pace = speed
                    if speed == nil { session.stay() }
                    next = Date()
                default: service.perform(command, session)
                }
            }
            if let speed = pace, Date() >= next {
                session.advance(1)
                // A machine that cannot keep the pace goes as fast as it can, without a backlog.
                next = max(next.addingTimeInterval(1 / speed), Date())
                if session.isAtEnd {
                    pace = nil
                    queue.send(.playStopped)
                }
            } else if pace == nil, session.hasWork {
                session.work()
            }
            queue.send(session.frame())
        }
    }
}
