import INNKit

/// Screen 5: one character at a time: the text so far, what comes next, who speaks and who hears whom now.
struct GenerateScreen: Screen {
    typealias View = GenerateView

    let id = ScreenID.generate
    let title = "Generate"

    let panes: [Pane<View>] = [
        Pane("Text", note: generationNote, render: renderGeneratedText),
        Pane("Next character", numbers: { ScreenNumbers.nextCharacters($0.run) }, render: renderNextCharacters),
        Pane("Gates", note: gatesNote, numbers: { ScreenNumbers.momentGates($0.run) }, render: renderMomentGates),
        Pane(
            "Row hears column", note: momentRoutingNote, numbers: { ScreenNumbers.momentRouting($0.run) },
            render: renderMomentRouting),
        Pane(
            "Against the baseline",
            note: { state in
                state.generation?.twin.flatMap { twin in
                    twin.cost.map { state.look.unit.worded("ΔBPC ") + signed(Double($0), 3) + " · n \(twin.costCount)" }
                } ?? ""
            }, render: renderTwin),
        Pane("Free-running: each goes on by itself, same random numbers", note: freeRunNote, render: renderFreeRun),
        Pane("Who fires", note: rasterNote, render: renderRaster),
    ]

    let bindings: [KeyBinding<State>] =
        stepBindings + samplingBindings + textBindings + shownBindings + interestBindings + workBindings
        + weightBindings
    let scroll = (up: Key.left, down: Key.right)

    func layout(_ area: Rect, _ state: State) -> [Rect] { GenerateLayout(state).areas(area) }

    func leastHeight(_ state: State) -> Int { state.isRasterShown ? 9 : 12 }

    func click(_ state: inout State, pane: Int, area: Rect, x: Int, y: Int) -> [Effect] {
        switch pane {
        case 0: clickText(&state, area, x: x, y: y)
        case 2: clickGate(&state, area, x: x, y: y)
        case 3: clickRouting(&state, area, x: x, y: y)
        case 6: clickRaster(&state, area, x: x, y: y)
        default: []
        }
    }

    func unwind(_ state: inout State) -> [Effect]? { state.generation?.goal == nil ? nil : [.generator(.play(nil))] }

    func aim(_ form: inout AblationForm, _ state: State) {
        if state.view.speaker != nil { (form.listener, form.speaker) = (form.neuron, state.momentSpeaker) }
    }

    func csv(_ state: State) -> String {
        guard let frame = state.generation else { return "" }
        let pairs = (0..<frame.rounds).flatMap { round in
            (0..<frame.neurons).map { "gate_round\(round + 1)_neuron\($0)" }
        }
        let names = ["position", "symbol", "origin", "surprisalBits", "divergenceBits", "work"]
        var text = (names + pairs).joined(separator: ",") + "\n"
        // Types that are said here save the compiler seconds.
        func written(_ value: Float?) -> String { value.map { "\($0)" } ?? "" }
        for (index, character) in frame.text.enumerated() {
            let symbol = frame.symbols[character.symbol]
            var fields: [String] = ["\(frame.textStart + index)"]
            fields.append("\"" + (symbol == "\"" ? "\"\"" : symbol) + "\"")
            fields.append(character.origin.rawValue)
            fields += [written(character.surprisal), written(character.divergence), written(character.work)]
            fields += character.gates.map { "\($0)" }
            text += fields.joined(separator: ",") + "\n"
        }
        return text
    }
}

private let context = KeyContext.screen(.generate)

extension Requirement<ScreenContext<GenerateView>> {
    /// A network that is open and has neurons.
    fileprivate static var openNeurons: Self {
        network.and("this family has no neurons to look at") { ($0.generation?.neurons ?? 0) > 0 }
    }
}

private let stepBindings: [KeyBinding<ScreenContext<GenerateView>>] = {
    func step(
        _ name: String, _ keys: [Key], _ label: String, _ help: String, _ count: Int, isHint: Bool = false
    ) -> KeyBinding<ScreenContext<GenerateView>> {
        KeyBinding("generate.\(name)", context, keys, label, help, isHint: isHint, when: .network) {
            $0.step(count)
        }
    }
    return [
        step("forward", [.right, .character("l")], "step", "one character on", 1, isHint: true),
        step("back", [.left, .character("h")], "step", "one character back", -1, isHint: true),
        step("forward10", [.character("L"), .pageDown], "ten", "ten characters on", 10),
        step("back10", [.character("H"), .pageUp], "ten", "ten characters back", -10),
        KeyBinding(
            "generate.first", context, [.character("g"), .home], "start", "back to the end of the prompt",
            when: .network, idle: "this is its end"
        ) { $0.jumpToStart() },
        KeyBinding(
            "generate.last", context, [.character("G"), .end], "end", "to the last character that was read",
            when: .network, idle: "nothing was read behind this place"
        ) { state in
            guard let frame = state.generation else { return [] }
            let ahead = frame.textStart + frame.text.count - frame.position
            return state.step(ahead)
        },
        KeyBinding(
            "generate.play", context, [.character(" ")], "play", "play, or pause; stops a long jump", isHint: true,
            when: .network
        ) {
            if $0.generation?.goal != nil { return $0.stopPlaying() + [.generator(.play(nil))] }
            $0.view.isPlaying.toggle()
            return [$0.view.isPlaying ? .generator(.play($0.view.charactersPerSecond)) : .generator(.play(nil))]
        },
        KeyBinding(
            "generate.slower", context, [.character("<")], "speed", "play at half the speed", when: .network
        ) { $0.changeSpeed(-1) },
        KeyBinding(
            "generate.faster", context, [.character(">")], "speed", "play at twice the speed", when: .network
        ) { $0.changeSpeed(1) },
    ]
}()

private let textBindings: [KeyBinding<ScreenContext<GenerateView>>] = [
    KeyBinding(
        "generate.find", context, [.character("/")], "find",
        "find characters in the text, also in the part that was not read yet", when: .network
    ) {
        $0.askFor(.find)
    },
    KeyBinding(
        "generate.findNext", context, [.character("n")], "next", "next place found",
        when: .network.and("/ says what to find first") { !$0.view.wanted.isEmpty }
    ) {
        $0.stopPlaying() + [.generator(.find($0.view.wanted, backwards: false))]
    },
    KeyBinding(
        "generate.findPrevious", context, [.character("N")], "previous", "previous place found",
        when: .network.and("/ says what to find first") { !$0.view.wanted.isEmpty }
    ) {
        $0.stopPlaying() + [.generator(.find($0.view.wanted, backwards: true))]
    },
    KeyBinding(
        "generate.position", context, [.character("p")], "position", "go to a position of the text", when: .network
    ) {
        $0.askFor(.position)
    },
    KeyBinding(
        "generate.freeRun", context, [.character("d")], "free run",
        "free-running divergence: both networks go on by themselves from here, on or off", isHint: true,
        when: .network.and("nothing is switched off yet; b does it") {
            $0.view.isFreeRunning || $0.generation?.twin != nil || !$0.interventions.active.isEmpty
        }
    ) {
        $0.view.isFreeRunning.toggle()
        $0.show($0.view.isFreeRunning ? "both write on by themselves from here" : "free run ended")
        return [.generator(.freeRun($0.view.isFreeRunning))]
    },
]

private let samplingBindings: [KeyBinding<ScreenContext<GenerateView>>] = [
    KeyBinding(
        "generate.prompt", context, [.character("i")], "prompt", "type another prompt", isHint: true,
        when: .network
    ) { state in
        guard let frame = state.generation else { return [] }
        let prompt = frame.text.prefix { $0.origin == .prompt }.map { frame.symbols[$0.symbol] }
        let typed = TextGlyph.glyphs(of: prompt).map(\.letters).joined()
        return state.askFor(.prompt, frame.textStart == 0 ? typed : "")
    },
    KeyBinding(
        "generate.temperature", context, [.character("T")], "temperature", "temperature of the draws",
        when: .network
    ) { state in
        state.askFor(.temperature, state.generation.map { Format.trimmed($0.sampling.temperature, 3) } ?? "")
    },
    KeyBinding(
        "generate.topK", context, [.character("K")], "top-k", "draw among the k likeliest characters only",
        when: .network
    ) { state in
        state.askFor(.topK, state.generation?.sampling.topK.map(String.init) ?? "")
    },
    KeyBinding(
        "generate.reseed", context, [.character("r")], "reseed", "draw again from here with the next seed",
        when: .network
    ) { state in
        guard var sampling = state.generation?.sampling else { return [] }
        sampling.seed &+= 1
        // Narrow screens have no room for it, and at the end of a text nothing is drawn yet.
        state.show("from here on with seed \(sampling.seed)")
        return [.generator(.sampling(sampling))]
    },
    KeyBinding("generate.seed", context, [.character("S")], "seed", "type the seed of the draws", when: .network) {
        state in
        state.askFor(.seed, state.generation.map { String($0.sampling.seed) } ?? "")
    },
    KeyBinding(
        "generate.read", context, [.character("R")], "read a text",
        "read the characters of a file instead of drawing them", when: .network
    ) {
        $0.askFor(.textFile)
    },
]

private let shownBindings: [KeyBinding<ScreenContext<GenerateView>>] = [
    KeyBinding(
        "generate.coloring", context, [.character("c")], "colour",
        "colour the text by surprisal, the selected neuron's gate, KL against the baseline, or routing",
        when: .network.and("this family has surprisal alone") { ($0.generation?.neurons ?? 0) > 0 }
    ) {
        $0.view.coloring = $0.view.coloring.next
        return []
    },
    KeyBinding(
        "generate.raster", context, [.character("v")], "raster",
        "who fires at each character, under the text: on or off", when: .openNeurons
    ) {
        $0.view.raster = !$0.isRasterShown
        return []
    },
    KeyBinding(
        "generate.neuronUp", context, [.up, .character("k")], "neuron", "select the neuron above", when: .openNeurons,
        idle: "this is the first"
    ) { $0.selectNeuron(-1) },
    KeyBinding(
        "generate.neuronDown", context, [.down, .character("j")], "neuron", "select the neuron below",
        when: .openNeurons, idle: "this is the last"
    ) { $0.selectNeuron(1) },
    KeyBinding(
        "generate.speakerBack", context, [.character(",")], "speaker",
        "look at the previous neuron that the selected one hears", when: .openNeurons, idle: "this is the first"
    ) { $0.moveMomentSpeaker(-1) },
    KeyBinding(
        "generate.speakerOn", context, [.character(".")], "speaker",
        "look at the next neuron that the selected one hears", when: .openNeurons, idle: "this is the last"
    ) { $0.moveMomentSpeaker(1) },
    KeyBinding(
        "generate.roundBack", context, [.character("[")], "round", "previous round", isHint: true,
        when: .network.and("this network has one round") { ($0.generation?.rounds ?? 0) > 1 }, idle: "this is the first"
    ) {
        $0.selection.moveRound(-1, from: $0.generationRound, of: $0.generation?.rounds ?? 1)
        return []
    },
    KeyBinding(
        "generate.roundOn", context, [.character("]")], "round", "next round", isHint: true,
        when: .network.and("this network has one round") { ($0.generation?.rounds ?? 0) > 1 }, idle: "this is the last"
    ) {
        $0.selection.moveRound(1, from: $0.generationRound, of: $0.generation?.rounds ?? 1)
        return []
    },
    KeyBinding(
        "generate.headBack", context, [.character("{")], "head", "previous head; before the first: mean over heads",
        when: .network.and("this network has one head") { ($0.generation?.heads ?? 1) > 1 }
    ) {
        $0.selection.changeHead(-1, of: $0.generation?.heads ?? 1)
        return []
    },
    KeyBinding(
        "generate.headOn", context, [.character("}")], "head", "next head; after the last: mean over heads",
        when: .network.and("this network has one head") { ($0.generation?.heads ?? 1) > 1 }
    ) {
        $0.selection.changeHead(1, of: $0.generation?.heads ?? 1)
        return []
    },
]

extension ScreenContext<GenerateView> {
    /// Effects that move by `count` characters, backwards when negative.
    mutating func step(_ count: Int) -> [Effect] {
        let pause = stopPlaying()
        return count == 0 ? pause : pause + [.generator(.step(count))]
    }

    fileprivate mutating func jumpToStart() -> [Effect] {
        guard let frame = run.generation else { return [] }
        let prompt = frame.textStart + (frame.text.lastIndex { $0.origin == .prompt }.map { $0 + 1 } ?? 0)
        return step(min(prompt, frame.position) - frame.position)
    }

    mutating func stopPlaying() -> [Effect] {
        guard view.isPlaying else { return [] }
        view.isPlaying = false
        return [.generator(.play(nil))]
    }

    fileprivate mutating func changeSpeed(_ delta: Int) -> [Effect] {
        view.speed = max(0, min(GenerateView.speeds.count - 1, view.speed + delta))
        show(Format.counted(Int(bounded: view.charactersPerSecond), "character") + " per second")
        return view.isPlaying ? [.generator(.play(view.charactersPerSecond))] : []
    }

    fileprivate mutating func selectNeuron(_ delta: Int) -> [Effect] {
        let last = (run.generation?.neurons ?? 1) - 1
        selection.neuron = max(0, min(last, selection.neuron + delta))
        return []
    }
}

/// Where the text stands and how the next character is drawn.
private func generationNote(_ state: ScreenContext<GenerateView>) -> String {
    guard let frame = state.generation else { return "" }
    var parts = [weightsNote(state), "position " + Format.grouped(frame.position)].compactMap(\.self)
    if let goal = frame.goal { parts.append("reading on to " + Format.grouped(goal) + ", Esc stops") }
    switch frame.source {
    case .reading(let name, let length): parts.append("reading \(name), " + Format.grouped(length) + " characters")
    case .sampling:
        parts.append("temperature " + Format.trimmed(frame.sampling.temperature, 3))
        if let topK = frame.sampling.topK { parts.append("top \(topK)") }
        parts.append("seed \(frame.sampling.seed)")
    }
    if state.view.isPlaying {
        parts.append("▸ " + Format.fixed(state.view.charactersPerSecond, 0) + state.look.unit.worded(" chars/s"))
    }
    return parts.joined(separator: " · ")
}

func generationRoundNote(_ state: RunState) -> String {
    guard let frame = state.generation, frame.rounds > 1 else { return "" }
    return "round \(state.generationRound + 1)/\(frame.rounds)"
}

/// What the panes say while there is nothing to show.
func generationMissing(_ state: RunState) -> [String] {
    switch state.generator {
    case .absent(let reason): [reason]
    case .opening: [state.runInfo.isLive ? "waiting for the weights of the next step" : "opening the network"]
    case .ready: ["waiting for the first character"]
    case .failed(let message): [message]
    }
}
