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
            case .step(let count): count > 0 ? session.advance(count) : session.back(-count)
            case .prompt(let text): session.setPrompt(text)
            case .sampling(let choice): session.setSampling(choice)
            case .read(let path): try session.read(path)
            case .goTo(let position): session.go(to: position)
            case .find(let wanted, let backwards): queue.send(.message(session.find(wanted, backwards: backwards)))
            case .freeRun(let isOn): session.isFreeRunning = isOn
            case .intervene(let set, let replays): try intervene(set, replays: replays, session)
            case .play, .stop: break
            }
        } catch {
            let problem = (error as? INNError)?.message ?? "\(error)"
            if case .read(let path) = command {
                queue.send(.pathRefused(path: path, problem: problem))
            } else {
                queue.send(.message(problem))
            }
        }
    }

    private func intervene(_ set: InterventionSet, replays: Bool, _ session: GeneratorSession) throws {
        defer {
            queue.send(.interventions(session.interventions))
            probes.measure(session.interventions)
        }
        try session.intervene(set, averages: set.needsAverages ? probes.averages() : nil, replays: replays)
    }
}
