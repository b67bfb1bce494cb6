import Foundation
import INNKit
import INNScreens

/// Runs a ``GeneratorSession`` on a thread of its own: commands go in, frames come out, the newest replacing one nobody
/// has seen.
package final class GeneratorThread: @unchecked Sendable {
    private enum Message: Sendable {
        case command(GeneratorCommand)
        /// What came of a text that was asked for; `number` says by which request.
        case text(Result<GivenText, any Error>, path: String, number: Int)
        /// Whether somebody looks at what the session shows.
        case watched(Bool)
        case weights(NetworkWeights, isEnd: Bool)
        /// As ``text``, for a view that is returned to.
        case resumed(TextCourse, GivenText?, number: Int)
    }

    private let queue: ActionQueue
    private let messages = Monitor<[Message]>()
    private let service: GeneratorService
    private let readText: GivenText.Reader
    private let probes: ModelProbes
    private let ended = Monitor<Bool>()
    /// Where the network was in its text at the end; known once ``finish()`` has returned.
    package private(set) var lastCourse: TextCourse?
    // Used by the thread alone.
    private var weights: FollowedWeights?
    private var pace: Double?
    private var next = Date()
    /// Texts asked for so far; only the last one counts.
    private var textRequests = 0
    /// Commands that wait for a text that is being read, to which they apply; nil when there is none.
    private var held: [GeneratorCommand]?

    /// Starts the thread; the first frame follows.
    ///
    /// - Parameters:
    ///   - weights: where the network's weights come from while it is trained; nil for weights that stay.
    ///   - readText: reads a text that is asked for, without holding up this thread.
    ///   - makeSession: is called on the thread.
    package init(
        queue: ActionQueue, probes: ModelProbes, weights: TrainedWeights? = nil,
        readText: @escaping GivenText.Reader = GivenText.read,
        makeSession: @escaping @Sendable () throws -> GeneratorSession
    ) {
        self.queue = queue
        self.readText = readText
        service = GeneratorService(queue: queue, probes: probes)
        self.probes = probes
        self.weights = weights.map(FollowedWeights.init)
        let thread = Thread { [self] in
            do {
                work(try makeSession())
            } catch {
                queue.send(.generator(.failed(message: (error as? INNError)?.message ?? "\(error)")))
            }
            ended.open()
        }
        thread.name = "generator"
        thread.stackSize = 4 << 20
        thread.start()
    }

    /// Ends the thread and what is being measured, and waits for both; not for a text that is being read.
    package func finish() {
        send(.stop)
        // Cuts short what the thread may wait for.
        probes.stop()
        ended.pass()
        // And what it has asked for meanwhile.
        probes.stop()
    }

    package func send(_ command: GeneratorCommand) { messages.send(.command(command)) }

    /// Says whether somebody looks: only then newer weights are asked for.
    package func watch(_ isWatched: Bool) { messages.send(.watched(isWatched)) }

    private func work(_ session: GeneratorSession) {
        if weights == nil {
            queue.send(.generator(.ready))
            queue.send(session.frame())
        }
        service.probes.start()
        while true {
            let pending = pace == nil || session.isRereading ? (session.hasWork ? Date.distantPast : nil) : next
            let deadline = [pending, canFollow(session) ? weights?.due : nil].compactMap(\.self).min()
            for message in messages.take(until: deadline) {
                switch message {
                case .command(.stop):
                    lastCourse = session.course
                    return
                case .command(let command): obey(command, session)
                case .text(let text, let path, let number) where number == textRequests:
                    service.take(text, from: path, session)
                    obeyHeld(session)
                case .resumed(let course, let text, let number) where number == textRequests:
                    service.take(course, given: text, session)
                    obeyHeld(session)
                case .text, .resumed: break
                case .watched(let isWatched): weights?.isWatched = isWatched
                case .weights(let newest, let isEnd): take(newest, isEnd: isEnd, session)
                }
            }
            goOn(session)
            if !session.isRereading, weights == nil || session.weightsStep != nil {
                weights?.rest()
                queue.send(session.frame())
            }
            if weights?.isDue == true, canFollow(session) {
                weights?.ask { [messages] in messages.send(.weights($0, isEnd: $1)) }
            }
        }
    }

    private func obeyHeld(_ session: GeneratorSession) {
        let waiting = held ?? []
        held = nil
        for command in waiting { obey(command, session) }
    }

    private func canFollow(_ session: GeneratorSession) -> Bool { session.goal == nil && session.canFollowTraining }

    private func take(_ newest: NetworkWeights, isEnd: Bool, _ session: GeneratorSession) {
        // The user may want to keep what there is, or have gone far away, since they were asked for.
        let isFirst = session.weightsStep == nil
        guard weights?.arrive(isEnd: isEnd, isUsable: isFirst || canFollow(session)) == true || isFirst else { return }
        if isFirst { queue.send(.generator(.ready)) }
        service.take(newest, session)
    }

    private func obey(_ command: GeneratorCommand, _ session: GeneratorSession) {
        switch command {
        case .read(let path):
            textRequests += 1
            held = []
            readText(path, session.alphabet) { [messages, number = textRequests] in
                messages.send(.text($0, path: path, number: number))
            }
        case .take(let course) where course.file != nil:
            textRequests += 1
            held = []
            readText(course.file ?? "", session.alphabet) { [messages, number = textRequests] in
                messages.send(.resumed(course, try? $0.get(), number: number))
            }
        case .prompt, .take:
            // A text that was asked for before is no longer wanted.
            textRequests += 1
            held = nil
            service.perform(command, session)
        case _ where held != nil: held?.append(command)
        case .followTraining(let isFollowing): weights?.isFollowing = isFollowing
        case .intervene: service.perform(command, session)
        case .play(let speed):
            pace = speed
            if speed == nil { session.stay() }
            next = Date()
        default:
            while session.isRereading { session.work() }
            service.perform(command, session)
        }
    }

    private func goOn(_ session: GeneratorSession) {
        if session.isRereading {
            session.work()
        } else if let speed = pace, Date() >= next {
            session.advance(1)
            // A machine that cannot keep the pace goes as fast as it can, without a backlog.
            next = max(next.addingTimeInterval(1 / speed), Date())
            if session.isAtEnd {
                pace = nil
                queue.send(.playStopped)
            }
        } else if pace == nil, session.hasWork {
            session.work()
            if let sentence = session.takeAnnouncement() { queue.send(.message(sentence)) }
        }
    }
}
