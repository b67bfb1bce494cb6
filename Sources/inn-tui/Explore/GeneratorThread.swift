import Foundation
import INNKit
import INNScreens

/// Runs a ``GeneratorSession`` on a thread of its own: commands go in, frames come out, the newest replacing one nobody has seen.
final class GeneratorThread: @unchecked Sendable {
    enum Command {
        case step(Int)
        /// Characters per second; nil pauses.
        case play(Double?)
        case prompt(String)
        case sampling(SamplingChoice)
        case read(path: String)
        case intervene(InterventionSet, replays: Bool)
        case stop
    }

    private let queue: ActionQueue
    private let condition = NSCondition()
    /// Guarded by the condition.
    private var commands: [Command] = []
    private let survey: ModelProbes
    private let ended = DispatchSemaphore(value: 0)

    /// Starts the thread; the first frame follows.
    ///
    /// - Parameter makeSession: is called on the thread.
    init(queue: ActionQueue, survey: ModelProbes, makeSession: @escaping @Sendable () -> GeneratorSession) {
        self.queue = queue
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
    func finish() {
        send(.stop)
        // Cuts short what the thread may wait for.
        survey.stop()
        ended.wait()
        // And what it has asked for meanwhile.
        survey.stop()
    }

    func send(_ command: Command) {
        condition.lock()
        commands.append(command)
        condition.signal()
        condition.unlock()
    }

    /// The commands that wait; blocks until there is one or the time has come.
    private func take(until deadline: Date?) -> [Command] {
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
        survey.start()
        var pace: Double?, next = Date()
        while true {
            for command in take(until: pace == nil ? nil : next) {
                switch command {
                case .stop: return
                case .play(let speed):
                    pace = speed
                    next = Date()
                default: perform(command, session)
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
            }
            queue.send(session.frame())
        }
    }

    private func perform(_ command: Command, _ session: GeneratorSession) {
        do {
            switch command {
            case .step(let count): count > 0 ? session.advance(count) : session.back(-count)
            case .prompt(let text): session.setPrompt(text)
            case .sampling(let choice): session.setSampling(choice)
            case .read(let path): try session.read(path)
            case .intervene(let set, let replays): try intervene(set, replays: replays, session)
            case .play, .stop: break
            }
        } catch {
            queue.send(.message((error as? INNError)?.message ?? "\(error)"))
        }
    }

    private func intervene(_ set: InterventionSet, replays: Bool, _ session: GeneratorSession) throws {
        defer {
            queue.send(.interventions(session.interventions))
            survey.measure(session.interventions)
        }
        try session.intervene(set, averages: set.needsBaseline ? survey.averages() : nil, replays: replays)
    }
}
