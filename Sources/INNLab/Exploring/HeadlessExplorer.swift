import INNKit
import INNScreens

/// The explorer without a terminal: types keys and waits for everything that they set going.
package struct HeadlessExplorer {
    private let model: OpenedModel
    private let session: GeneratorSession
    private let service: GeneratorService

    /// - Parameter prompt: nil for the explorer's own.
    package init(_ model: OpenedModel, prompt: String?, dataDirectory: String?) {
        self.model = model
        let queue = ActionQueue {}
        session = GeneratorSession(
            model.network, alphabet: model.alphabet,
            prompt: prompt ?? model.alphabet.prompt(GenerationStart.defaultPrompt),
            sampling: SamplingChoice())
        service = GeneratorService(queue: queue, probes: ModelProbes(model, dataDirectory: dataDirectory, queue: queue))
    }

    /// Opens the network in the state, then types the keys; what does not concern the network is left out.
    package func type(_ keys: [Key], _ state: inout AppState) {
        _ = reduce(&state, .generator(.ready))
        service.probes.start()
        settle(&state)
        for key in keys {
            for effect in reduce(&state, .key(key)) {
                switch effect {
                case .generator(let command): service.perform(command, session)
                case .intervene(let set, let replays): service.perform(.intervene(set, replays: replays), session)
                case .terminal, .trainer, .library, .open: break
                }
            }
            settle(&state)
        }
    }

    private func settle(_ state: inout AppState) {
        while session.hasWork { session.work() }
        service.probes.finish()
        for action in service.queue.drain() { _ = reduce(&state, action) }
        _ = reduce(&state, .generation(session.frame()))
    }
}
