import INNKit
import INNScreens

extension GeneratorThread {
    /// Starts the thread on an opened network, which is its own from then on.
    package convenience init(
        exploring model: OpenedModel, _ start: GenerationStart, dataDirectory: String?, queue: ActionQueue
    ) {
        let probes = ModelProbes(ProbeSubject(model, dataDirectory: dataDirectory), queue: queue)
        let network = UncheckedBox(model.network)
        let alphabet = model.alphabet
        self.init(queue: queue, probes: probes) {
            GeneratorSession(
                network.value, alphabet: alphabet,
                prompt: start.prompt ?? alphabet.prompt(GenerationStart.defaultPrompt), sampling: start.sampling)
        }
        if let file = start.file { send(.read(path: file)) }
    }
}

/// Hands a network over to the one thread that uses it from then on.
private struct UncheckedBox<Value>: @unchecked Sendable {
    let value: Value
    init(_ value: Value) { self.value = value }
}
