extension KeyTable {
    /// Keys of the line in which the user types a prompt or a number; every other character goes into the line.
    static let inputBindings: [KeyBinding] = [
        KeyBinding("input.take", .input, [.enter], "take", "take the text", isHint: true) { $0.takeInput() },
        KeyBinding("input.erase", .input, [.backspace, .delete], "erase", "erase the last character") { $0.editQuery { _ = $0.popLast() } },
        KeyBinding("input.clear", .input, [.control("u")], "clear", "erase the whole line", isHint: true) { $0.editQuery { $0 = "" } },
        KeyBinding("input.close", .input, [.escape], "cancel", "close without a change", isHint: true) { state in
            if case let .input(input) = state.overlay, input.purpose == .runFilter { state.runs.filter = "" }
            return state.closeOverlay()
        },
        KeyBinding("input.redraw", .input, [.control("l")], "redraw", "draw the whole screen again") { _ in [.redrawAll] },
        KeyBinding("input.interrupt", .input, [.control("c")], "interrupt", "quit, or the quit dialog while training") { $0.interrupt() },
    ]
}

extension Overlay.InputState {
    var title: String {
        switch purpose {
        case .prompt: "Prompt: the text that the network reads first"
        case .temperature: "Temperature: 0 always takes the likeliest character"
        case .topK: "Top-k: draw among the k likeliest only; empty for all"
        case .seed: "Seed of the random draws"
        case .runFilter: "Words that the name, model, corpus or state of a run must contain"
        case .textFile: "File that the network reads instead of drawing characters"
        }
    }
}

extension AppState {
    mutating func askFor(_ purpose: Overlay.InputState.Purpose, _ text: String = "") -> [Effect] {
        overlay = .input(.init(purpose: purpose, text: text))
        return []
    }

    /// Turns the typed line into its effect, or says why it cannot be.
    mutating func takeInput() -> [Effect] {
        guard case var .input(input) = overlay else { return [] }
        var sampling = generation?.sampling ?? SamplingChoice()
        let text = input.text.split(separator: " ").joined(separator: " ")
        func refuse(_ problem: String) -> [Effect] {
            input.problem = problem
            overlay = .input(input)
            return []
        }
        switch input.purpose {
        case .prompt:
            overlay = nil
            generate.isPlaying = false
            return [.setPrompt(input.text)]
        case .textFile:
            guard !text.isEmpty else { return refuse("type the path of a text file") }
            overlay = nil
            generate.isPlaying = false
            return [.readText(path: input.text)]
        case .runFilter:
            overlay = nil
            return []
        case .temperature:
            guard let value = Double(text), value >= 0, value <= 100 else { return refuse("type a number from 0 to 100, such as 0.8") }
            sampling.temperature = value
        case .topK:
            guard text.isEmpty || (Int(text).map { $0 > 0 } ?? false) else { return refuse("type a whole number of at least 1, or nothing for all") }
            sampling.topK = Int(text)
        case .seed:
            guard let value = UInt64(text) else { return refuse("type a whole number of at least 0") }
            sampling.seed = value
        }
        overlay = nil
        return [.setSampling(sampling)]
    }
}
