import INNKit

/// Two minutes with a network: what it does with a text, who in it speaks and listens, and what becomes of its guesses
/// when one is taken away. Every sentence is made of figures on display.
enum Tour {
    /// A text of its own, so that the tour is the same on every machine: what is drawn may differ in the last bit.
    static let text =
        " the war began in one nine three nine when the german army crossed the border of poland "
        + "and the king of england "

    static let steps: [TourStep] = [
        TourStep(.generate, pane: 0, offer: "the first stop", sentence: reading),
        TourStep(.generate, pane: 1, offer: "→ writes one letter", keys: { _ in [.right] }, sentence: guessing),
        TourStep(
            .generate, pane: 6, offer: "who speaks", keys: keysToMostHeard, sentence: speaking),
        TourStep(.generate, pane: 3, offer: "who hears whom", sentence: hearing),
        TourStep(
            .generate, pane: 3, offer: "L writes ten letters", keys: { _ in [.character("L")] }, sentence: listening),
        TourStep(
            .generate, pane: 4, offer: "b w n switches it off", keys: { _ in drawer("wn") }, sentence: lesion),
        TourStep(
            .generate, pane: 0, offer: "c c colours by the change",
            keys: { _ in [.character("c"), .character("c")] }, sentence: whereItMattered),
        TourStep(
            .generate, pane: 1, offer: "( to the last such place", keys: { _ in [.character("(")] },
            sentence: otherGuess),
        TourStep(.generate, pane: 4, offer: "b u takes it back", keys: { _ in drawer("u") }, sentence: undone),
        TourStep(
            .generate, pane: 4, offer: "b r: all hear all equally", keys: { _ in drawer("r") }, sentence: uniform),
        TourStep(
            .neurons, pane: 0, offer: "b U undoes it, 3: the neurons",
            keys: { _ in drawer("U") + [.character("3")] }, sentence: cast),
        TourStep(.generate, pane: 0, offer: "5 goes back", keys: { _ in [.character("5")] }, sentence: goodbye),
    ]

    /// What a stop says while its keys are still at work.
    static let waiting = "One moment: it is being read."

    static func bits(_ value: Float) -> String { Format.fixed(Double(value), value < 1 ? 2 : 1) + " bits" }

    /// Keys typed into the ablation drawer, which opens for them and closes again.
    private static func drawer(_ keys: String) -> [Key] {
        [.character("b")] + keys.map(Key.character) + [.escape]
    }

    /// From the selected neuron to the one that was most often the most heard.
    @Sendable private static func keysToMostHeard(_ state: AppState) -> [Key] {
        guard let frame = state.run.generation, frame.neurons > 0 else { return [] }
        let counts = (0..<frame.neurons).map(frame.timesHeardMost)
        let chosen = counts.firstIndex(of: counts.max() ?? 0) ?? 0
        let delta = chosen - min(state.run.selection.neuron, frame.neurons - 1)
        return Array(repeating: delta > 0 ? .down : .up, count: abs(delta))
    }
}
