import Foundation
import INNKit
import INNScreens

/// Carries out commands and reports to the screens.
struct GeneratorService: Sendable {
    let queue: ActionQueue
    let probes: ModelProbes

    /// Everything but playing and stopping, which are a matter of time.
    func perform(_ command: GeneratorCommand, _ session: GeneratorSession) {
        do {
            switch command {
            case .step(let count): step(count, session)
            case .prompt(let text): session.setPrompt(text)
            case .sampling(let choice): session.setSampling(choice)
            case .read(let path): take(Result { try GivenText(path, alphabet: session.alphabet) }, from: path, session)
            case .goTo(let position): session.go(to: position)
            case .find(let wanted, let backwards): queue.send(.message(session.find(wanted, backwards: backwards)))
            case .seek(let interest, let backwards):
                if let sentence = session.seek(interest, backwards: backwards) { queue.send(.message(sentence)) }
            case .freeRun(let isOn): session.isFreeRunning = isOn
            case .intervene(let set, let replays): try intervene(set, replays: replays, session)
            case .tellCourse(let use): queue.send(.course(session.course, for: use))
            case .take(let course):
                take(course, given: course.file.flatMap { try? GivenText($0, alphabet: session.alphabet) }, session)
            case .play, .followTraining, .stop: break
            }
        } catch {
            queue.send(.message(Self.sentence(error)))
        }
    }

    /// Goes on or back. Only the session knows where it is: the screens show where it was.
    private func step(_ count: Int, _ session: GeneratorSession) {
        let before = session.position
        if count > 0 { session.advance(count) } else { session.back(-count) }
        guard session.position == before else { return }
        queue.send(.message(count > 0 ? "the text ends here" : "this is the beginning of the text"))
    }

    /// Begins to read a text that was asked for, or says why that is not possible.
    func take(_ text: Result<GivenText, any Error>, from path: String, _ session: GeneratorSession) {
        switch text {
        case .success(let text): session.read(text)
        case .failure(let error): queue.send(.pathRefused(path: path, problem: Self.sentence(error)))
        }
    }

    /// Brings a session to newer weights of its training.
    func take(_ weights: NetworkWeights, _ session: GeneratorSession) {
        do {
            try session.take(weights) { probes.averages() }
        } catch {
            queue.send(.message(Self.sentence(error)))
        }
    }

    /// Goes to where another session was.
    func take(_ course: TextCourse, given: GivenText?, _ session: GeneratorSession) {
        do {
            let needsAverages = course.changes.contains { $0.interventions.needsAverages }
            let averages = needsAverages ? probes.averages() : nil
            if let remark = try session.take(course, given: given, averages: averages) { queue.send(.message(remark)) }
        } catch {
            queue.send(.message(Self.sentence(error)))
        }
        queue.send(.interventions(session.interventions))
        probes.measure(session.interventions)
    }

    private static func sentence(_ error: any Error) -> String { (error as? INNError)?.message ?? "\(error)" }

    private func intervene(_ set: InterventionSet, replays: Bool, _ session: GeneratorSession) throws {
        defer {
            queue.send(.interventions(session.interventions))
            probes.measure(session.interventions)
        }
        try session.intervene(set, averages: set.needsAverages ? probes.averages() : nil, replays: replays)
    }
}
