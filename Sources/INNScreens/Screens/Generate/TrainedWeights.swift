/// Which weights of a training the generate screen reads with: a key, and what is said about it.
let weightBindings: [KeyBinding<ScreenContext<GenerateView>>] = [
    KeyBinding(
        "generate.weights", .screen(.generate), [.character("W")], "weights",
        "while training: keep these weights, or draw the text anew whenever there are newer ones", isHint: true,
        when: Requirement("only a training has newer weights") {
            $0.generation?.weightsStep != nil && $0.run.isGrowing
        }
    ) {
        $0.view.keepsWeights.toggle()
        $0.show(
            $0.view.keepsWeights
                ? "these weights are kept; W follows training again" : "the text follows training again")
        return [.generator(.followTraining(!$0.view.keepsWeights))]
    }
]

/// The weights that the text on display was read with; nil where they never change.
func weightsNote(_ state: ScreenContext<GenerateView>) -> String? {
    state.generation?.weightsStep.map {
        "weights of step " + Format.grouped($0) + (state.view.keepsWeights ? ", kept" : "")
    }
}
