import INNKit
import INNScreens

/// The explorer without a terminal: types keys and waits for everything that they set going.
package struct HeadlessExplorer {
    private let model: OpenedModel
    private let session: GeneratorSession
    private let service: GeneratorService
    private let dataDirectory: String?

    /// - Parameter prompt: nil for the explorer's own.
    package init(_ model: OpenedModel, prompt: String?, dataDirectory: String?) {
        (self.model, self.dataDirectory) = (model, dataDirectory)
        let queue = ActionQueue {}
        session = GeneratorSession(
            model.network, alphabet: model.alphabet,
            prompt: prompt ?? model.alphabet.prompt(GenerationStart.defaultPrompt),
            sampling: SamplingChoice())
        service = GeneratorService(
            queue: queue, probes: ModelProbes(ProbeSubject(model, dataDirectory: dataDirectory), queue: queue))
    }

    /// Where the network is in its text.
    var course: TextCourse { session.course }

    /// - Throws: ``INNError`` when the network cannot have been where a view is.
    package func requireFitting(_ view: Viewpoint) throws { _ = try session.fitting(view.course) }

    /// Opens the network in the state, goes to a view if there is one, then types the keys; what does not concern the
    /// network is left out.
    ///
    /// - Parameter look: is shown the screens before the first key and after every key.
    package func type(
        _ keys: [Key], at view: Viewpoint? = nil, _ state: inout AppState, look: (AppState) -> Void = { _ in }
    ) {
        _ = reduce(&state, .generator(.ready))
        service.probes.start()
        settle(&state)
        var isAnalysed = false
        analyse(for: &state, once: &isAnalysed)
        look(state)
        for action in (view.map { [.view($0)] } ?? []) + keys.map(Action.key) {
            perform(reduce(&state, action))
            settle(&state)
            analyse(for: &state, once: &isAnalysed)
            look(state)
        }
    }

    private func perform(_ effects: [Effect]) {
        for effect in effects {
            switch effect {
            case .generator(let command): service.perform(command, session)
            case .intervene(let set, let replays): service.perform(.intervene(set, replays: replays), session)
            case .terminal, .trainer, .library, .open: break
            }
        }
    }

    /// Finds out what the neurons do once a screen that tells it is on display. Where that cannot be measured, the
    /// screen says what there is.
    private func analyse(for state: inout AppState, once isAnalysed: inout Bool) {
        guard [.neurons, .clusters].contains(state.screen), !isAnalysed else { return }
        isAnalysed = true
        guard
            let explored = ExploredNetwork(model, dataDirectory: dataDirectory),
            let light = try? explored.lightAnalysis(over: explored.corpus()),
            let insight = try? light.measure(explored.weights, selected: state.selection.neuron)
        else { return }
        _ = reduce(&state, .insight(insight))
    }

    private func settle(_ state: inout AppState) {
        while session.hasWork { session.work() }
        if let sentence = session.takeAnnouncement() { service.queue.send(.message(sentence)) }
        service.probes.finish()
        for action in service.queue.drain() { perform(reduce(&state, action)) }
        _ = reduce(&state, .generation(session.frame()))
    }
}
