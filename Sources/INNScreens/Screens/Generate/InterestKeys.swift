import INNKit

/// Keys that go to the next and the previous place where what the text is coloured by is large.
let interestBindings: [KeyBinding<ScreenContext<GenerateView>>] = [
    KeyBinding(
        "generate.placeBack", .screen(.generate), [.character("(")], "place",
        "previous place of interest: where what c colours by is large, or the selected neuron turns on",
        isHint: true, when: canSeek
    ) { $0.seek(backwards: true) },
    KeyBinding(
        "generate.placeOn", .screen(.generate), [.character(")")], "place",
        "next place of interest; reads or draws on until there is one", isHint: true, when: canSeek
    ) { $0.seek(backwards: false) },
]

private let canSeek = Requirement<ScreenContext<GenerateView>>.network.and("KL is 0: b changes something first") {
    $0.view.coloring != .divergence || !$0.interventions.active.isEmpty
        || $0.generation?.text.contains { $0.divergence != nil } == true
}

extension ScreenContext<GenerateView> {
    /// What makes a place interesting: what the text is coloured by.
    var interest: Interest {
        guard let frame = run.generation, frame.neurons > 0 else { return .surprisal }
        let round = run.generationRound
        switch view.coloring {
        case .surprisal: return .surprisal
        case .divergence: return .divergence
        case .gate: return .opening(neuron: min(selection.neuron, frame.neurons - 1), round: round)
        case .routing: return .concentration(round: round)
        }
    }

    fileprivate mutating func seek(backwards: Bool) -> [Effect] {
        stopPlaying() + [.generator(.seek(interest, backwards: backwards))]
    }
}
