import INNKit
import INNScreens
import Synchronization

/// Reads and writes text with the newest weights of a training, and measures what interventions do to them, beside the
/// trainer and without its knowledge. Starts when it is first looked at or asked for something; used by one thread.
package final class LiveGenerator {
    private let session: TrainingSession
    private let queue: ActionQueue
    private let isWanted = SharedFlag()
    private var thread: GeneratorThread?
    private var isWatched = false

    /// Short: what is drawn behind it is what the weights have learned. Begins with a space, so that the word is read
    /// as a word and not as the end of one.
    private static let prompt = " the "

    package init(_ session: TrainingSession, queue: ActionQueue) { (self.session, self.queue) = (session, queue) }

    package func send(_ command: GeneratorCommand) { started().send(command) }

    /// Says whether the generate screen is on display.
    package func watch(_ isWatched: Bool) {
        guard isWatched != self.isWatched else { return }
        self.isWatched = isWatched
        started().watch(isWatched)
    }

    /// Ends it and waits until nothing is computed any more.
    package func finish() {
        isWanted.lower()
        thread?.finish()
        thread = nil
    }

    private func started() -> GeneratorThread {
        if let thread { return thread }
        let settings = session.settings
        let started = GeneratorThread(
            queue: queue, probes: ModelProbes(ProbeSubject(session), queue: queue),
            weights: TrainedWeights(session) { [isWanted] in isWanted.isUp }
        ) {
            let network = try settings.model.makeModel(seed: settings.seed)
            let alphabet = settings.alphabet
            return GeneratorSession(
                network, alphabet: alphabet, prompt: alphabet.prompt(Self.prompt),
                sampling: SamplingChoice())
        }
        thread = started
        return started
    }
}

/// A flag that one thread lowers and others look at.
private final class SharedFlag: Sendable {
    private let value = Atomic<Bool>(true)
    var isUp: Bool { value.load(ordering: .relaxed) }
    func lower() { value.store(false, ordering: .relaxed) }
}
