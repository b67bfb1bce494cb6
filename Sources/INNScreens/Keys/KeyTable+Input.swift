import INNKit

private let hasEarlier = Requirement<AppState>("nothing was typed here before") { !$0.recallable.isEmpty }

extension KeyTable {
    /// Keys of the line in which the user types a prompt or a number; every other character goes into the line.
    static let inputBindings: [KeyBinding<AppState>] =
        [
            KeyBinding("input.take", .input, [.enter], "take", "take the text", isHint: true) { $0.takeInput() },
            KeyBinding(
                "input.older", .input, [.up], "earlier", "the line typed before", isHint: true,
                when: hasEarlier
            ) { $0.recall(1) },
            KeyBinding(
                "input.newer", .input, [.down], "later", "the line typed after", when: hasEarlier
            ) { $0.recall(-1) },
            KeyBinding(
                "input.complete", .input, [.tab], "complete", "complete the path of a file", isHint: true,
                when: Requirement("this is no path") { $0.isTypingPath }
            ) { state in
                guard case .input(let input) = state.overlay else { return [] }
                return [.library(.complete(input.text))]
            },
            KeyBinding("input.close", .input, [.escape], "cancel", "close without a change", isHint: true) { state in
                guard case .input(let input) = state.overlay else { return [] }
                if input.purpose == .runFilter { state.runs.filter = "" }
                if input.purpose == .saveFolder { return state.askAboutSaving() }
                return state.closeOverlay()
            },
            KeyBinding("input.redraw", .input, [.control("l")], "redraw", "draw the whole screen again") { _ in
                [.terminal(.redrawAll)]
            },
            KeyBinding(
                "input.interrupt", .input, [.control("c")], "interrupt", "quit, or the quit dialog while training"
            ) { $0.interrupt() },
        ] + editingBindings("input", .input)
}

extension Overlay.InputState {
    var title: String {
        switch purpose {
        case .prompt: "Prompt: the text that the network reads first"
        case .temperature: "Temperature: 0 always takes the likeliest character"
        case .topK: "Top-k: draw among the k likeliest only; empty for all"
        case .seed: "Seed of the random draws"
        case .runFilter: "Words that the name, model, corpus or state of a run must contain"
        case .saveFolder: "Folder for the last checkpoint, on a disk with some space; it is made when missing"
        case .textFile: "File that the network reads instead of drawing characters"
        case .find: "Find in the text; then n goes to the next place, N to the previous one"
        case .position: "Go to this position in the text"
        case .bookmarkName: "Name of this view; one that is kept under it already is replaced"
        }
    }
}

extension AppState {
    mutating func askFor(_ purpose: Overlay.InputState.Purpose, _ text: String = "") -> [Effect] {
        overlay = .input(.init(purpose: purpose, text: text))
        return []
    }

    var isTypingPath: Bool {
        if case .input(let input) = overlay { [.textFile, .saveFolder].contains(input.purpose) } else { false }
    }

    /// Earlier lines that the open text entry may bring back.
    var recallable: [String] {
        guard case .input(let input) = overlay else { return [] }
        switch input.purpose {
        case .prompt, .textFile: return generate.typed
        case .find: return generate.sought
        case .temperature, .topK, .seed, .runFilter, .position, .saveFolder, .bookmarkName: return []
        }
    }

    fileprivate mutating func recall(_ delta: Int) -> [Effect] {
        guard case .input(var input) = overlay, !recallable.isEmpty else { return [] }
        let lines = recallable
        let place = (input.recalled ?? -1) + delta
        input.recalled = place < 0 ? nil : min(place, lines.count - 1)
        input.field = TextField(input.recalled.map { lines[lines.count - 1 - $0] } ?? "")
        overlay = .input(input)
        return []
    }

    /// Puts a completion in place of the path that it was asked for.
    mutating func complete(typed: String, to completion: String, candidates: Int) {
        guard case .input(var input) = overlay, isTypingPath, input.text == typed else { return }
        if completion.count > typed.count { input.field = TextField(completion) }
        input.problem = candidates == 0 ? "no such file" : candidates > 1 ? "\(candidates) files begin like this" : nil
        overlay = .input(input)
    }

    /// Opens the entry of a path again that could not be read, unless something else was opened meanwhile.
    mutating func refuse(path: String, _ problem: String) {
        guard overlay == nil || overlay?.context == .ablation else { return show(problem) }
        isDrawerUnder = overlay != nil
        var input = Overlay.InputState(purpose: .textFile, text: path, isSuggested: false)
        input.problem = problem
        overlay = .input(input)
    }

    /// Turns the typed line into its effect, or says why it cannot be.
    mutating func takeInput() -> [Effect] {
        guard case .input(var input) = overlay else { return [] }
        do {
            let effects = try effects(of: input)
            overlay = nil
            return effects
        } catch {
            input.problem = error.sentence
            overlay = .input(input)
            return []
        }
    }

    private struct Refusal: Error { let sentence: String }

    private mutating func effects(of input: Overlay.InputState) throws(Refusal) -> [Effect] {
        let text = input.text.split(separator: " ").joined(separator: " ")
        switch input.purpose {
        case .prompt:
            return generate(input.text, in: \.typed, .prompt(input.text))
        case .textFile:
            guard !text.isEmpty else { throw Refusal(sentence: "type the path of a text file") }
            return generate(input.text, in: \.typed, .read(path: input.text))
        case .saveFolder:
            guard !text.isEmpty else { throw Refusal(sentence: "type the path of a folder") }
            run.trainer = .stopping
            return [.trainer(.saveElsewhere(path: input.text))]
        case .runFilter: return []
        case .bookmarkName:
            guard !text.isEmpty else { throw Refusal(sentence: "type a name for this view") }
            return [.generator(.tellCourse(.bookmark(name: text)))]
        case .find:
            guard !input.text.isEmpty else { throw Refusal(sentence: "type the characters to look for") }
            return generate(input.text, in: \.sought, .find(input.text, backwards: false))
        case .position:
            guard let place = Int(text), place > 0, place <= 100_000_000 else {
                throw Refusal(sentence: "type a whole number of at least 1")
            }
            return change(\.generate) { $0.stopPlaying() + [.generator(.goTo(place))] }
        case .temperature, .topK, .seed: return [.generator(.sampling(try sampling(of: input.purpose, text)))]
        }
    }

    private func sampling(of purpose: Overlay.InputState.Purpose, _ text: String) throws(Refusal) -> SamplingChoice {
        var sampling = run.generation?.sampling ?? SamplingChoice()
        if purpose == .temperature {
            guard let value = Double(text), value >= 0, value <= 100 else {
                throw Refusal(sentence: "type a number from 0 to 100, such as 0.8")
            }
            sampling.temperature = value
        } else if purpose == .topK {
            guard text.isEmpty || (Int(text).map { $0 > 0 } ?? false) else {
                throw Refusal(sentence: "type a whole number of at least 1, or nothing for all")
            }
            sampling.topK = Int(text)
        } else {
            guard let value = UInt64(text) else { throw Refusal(sentence: "type a whole number of at least 0") }
            sampling.seed = value
        }
        return sampling
    }

    /// Keeps the typed line, and has the generator do something else than play.
    private mutating func generate(
        _ line: String, in lines: WritableKeyPath<GenerateView, [String]>, _ command: GeneratorCommand
    ) -> [Effect] {
        change(\.generate) {
            $0.view.remember(line, in: lines)
            return $0.stopPlaying() + [.generator(command)]
        }
    }
}
