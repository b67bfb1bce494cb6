import INNKit

/// A view of the explorer: what is chosen on the screens, and where the network is in which text.
public struct Viewpoint: Codable, Equatable, Sendable {
    public var course: TextCourse
    public var choices: ScreenChoices

    public init(course: TextCourse, choices: ScreenChoices) { (self.course, self.choices) = (course, choices) }
}

/// What a user has chosen on the screens. What is as it is at first is not written down, so that a view stays short and
/// one of an earlier version can be read; what cannot be read is as it is at first.
public struct ScreenChoices: Equatable, Sendable {
    public var screen = ScreenID.overview
    /// The focused pane of each screen, by its name.
    var focus: [String: Int] = [:]
    var isMaximised = false
    var isDrawerOpen = false
    var selection = Selection()
    var interventions = InterventionState()
    var train = TrainView()
    var routing = RoutingView()
    var neurons = NeuronsView()
    var clusters = ClustersView()
    var generate = GenerateView()

    public init() {}
}

extension ScreenChoices: Codable {
    private enum CodingKeys: CodingKey {
        case screen, focus, isMaximised, isDrawerOpen, selection, interventions, train, routing, neurons, clusters
        case generate
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        func take<Value: Decodable>(_ value: inout Value, _ key: CodingKeys) {
            if let stored = try? values.decode(Value.self, forKey: key) { value = stored }
        }
        take(&screen, .screen)
        take(&focus, .focus)
        take(&isMaximised, .isMaximised)
        take(&isDrawerOpen, .isDrawerOpen)
        take(&selection, .selection)
        take(&interventions, .interventions)
        take(&train, .train)
        take(&routing, .routing)
        take(&neurons, .neurons)
        take(&clusters, .clusters)
        take(&generate, .generate)
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        let first = ScreenChoices()
        func put<Value: Encodable & Equatable>(_ path: KeyPath<ScreenChoices, Value>, _ key: CodingKeys) throws {
            if self[keyPath: path] != first[keyPath: path] { try values.encode(self[keyPath: path], forKey: key) }
        }
        try values.encode(screen, forKey: .screen)
        try put(\.focus, .focus)
        try put(\.isMaximised, .isMaximised)
        try put(\.isDrawerOpen, .isDrawerOpen)
        try put(\.selection, .selection)
        try put(\.interventions, .interventions)
        try put(\.train, .train)
        try put(\.routing, .routing)
        try put(\.neurons, .neurons)
        try put(\.clusters, .clusters)
        try put(\.generate, .generate)
    }
}

extension AppState {
    /// What is chosen now. What moves by itself, and windows, are no part of it.
    public var choices: ScreenChoices {
        var choices = ScreenChoices()
        choices.screen = screen
        choices.focus = Dictionary(uniqueKeysWithValues: focus.map { ($0.key.rawValue, $0.value) })
        (choices.isMaximised, choices.isDrawerOpen) = (isMaximised, isDrawerOpen)
        (choices.selection, choices.interventions) = (run.selection, run.interventions.settled)
        (choices.train, choices.routing, choices.neurons, choices.clusters) = (train, routing, neurons, clusters)
        choices.generate = generate
        choices.generate.isPlaying = false
        return choices
    }

    /// Chooses all that again, as far as this network has it.
    mutating func choose(_ stored: ScreenChoices) {
        var choices = stored
        if let shape = run.shape {
            choices.fit(
                neurons: shape.neurons, rounds: shape.rounds, heads: shape.heads, symbols: run.runInfo.vocabularySize)
        }
        screen = choices.screen
        focus = [:]
        for (name, pane) in choices.focus { if let id = ScreenID(rawValue: name) { focus[id] = pane } }
        isMaximised = choices.isMaximised
        (run.selection, run.interventions) = (choices.selection, choices.interventions)
        (train, routing, neurons, clusters) = (choices.train, choices.routing, choices.neurons, choices.clusters)
        generate = choices.generate
        generate.isPlaying = false
        (overlay, isDrawerUnder) = (choices.isDrawerOpen ? .ablation(run.interventions.form) : nil, false)
    }
}

extension ScreenChoices {
    /// Brings every number within what a network has: a view may come from another one, or from a stranger.
    ///
    /// - Parameter symbols: of its alphabet.
    public mutating func fit(neurons: Int, rounds: Int, heads: Int, symbols: Int) {
        func fitted(_ value: Int, _ count: Int) -> Int { max(0, min(value, max(1, count) - 1)) }
        selection.neuron = fitted(selection.neuron, neurons)
        selection.round = selection.round.map { fitted($0, rounds) }
        selection.head = selection.head.map { fitted($0, heads) }
        (routing.listener, routing.speaker) = (fitted(routing.listener, neurons), fitted(routing.speaker, neurons))
        (clusters.symbol, clusters.neuron) = (fitted(clusters.symbol, symbols), fitted(clusters.neuron, neurons))
        generate.speaker = generate.speaker.map { fitted($0, neurons) }
        generate.speed = fitted(generate.speed, GenerateView.speeds.count)
        // Where a list ends is known to what draws it.
        clusters.listOffset = max(0, clusters.listOffset)
        self.neurons.rasterOffset = max(0, self.neurons.rasterOffset)
        focus = focus.mapValues { max(0, $0) }
        interventions.form.fit(
            NetworkDimensions(rounds: max(1, rounds), neurons: max(1, neurons), heads: max(1, heads)))
    }
}
