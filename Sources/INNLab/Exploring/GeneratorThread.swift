import Foundation
import INNKit
import INNScreens

/// Runs a ``GeneratorSession`` on a thread of its own: commands go in, frames come out, the newest replacing one nobody
/// has seen.
package final class GeneratorThread: @unchecked Sendable {
    private let queue: ActionQueue
    private let commands = Monitor<[GeneratorCommand]>()
    private let service: GeneratorService
    private let probes: ModelProbes
    private let ended = Monitor<Bool>()

    /// Starts the thread; the first frame follows.
    ///
    /// - Parameter makeSession: is called on the thread.
    package init(queue: ActionQueue, probes: ModelProbes, makeSession: @escaping @Sendable () -> GeneratorSession) {
        self.queue = queue
        service = GeneratorService(queue: queue, probes: probes)
        self.probes = probes
        let thread = Thread { [self] in
            work(makeSession())
            ended.open()
        }
        thread.name = "generator"
        thread.stackSize = 4 << 20
        thread.start()
    }

    /// Ends the thread and what is being measured, and waits for both.
    package func finish() {
        send(.stop)
        // Cuts short what the thread may wait for.
        probes.stop()
        ended.pass()
        // And what it has asked for meanwhile.
        probes.stop()
    }

    package func send(_ command: GeneratorCommand) { commands.send(command) }

    private func work(_ session: GeneratorSession) {
        queue.send(.generator(.ready))
        queue.send(session.frame())
        service.probes.start()
        var pace: Double?
        var next = Date()
        while true {
            let deadline = pace == nil ? (session.hasWork ? Date.distantPast : nil) : next
            for command in commands.take(until: deadline) {
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
