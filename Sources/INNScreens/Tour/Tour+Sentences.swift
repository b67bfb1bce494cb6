import INNKit

/// What the tour says, stop by stop.
extension Tour {
    @Sendable static func reading(_ tour: TourState, _ state: AppState) -> String {
        guard let frame = state.run.generation, let peak = frame.peak(\.surprisal) else { return waiting }
        let (letter, word) = (frame.name(peak.index), frame.word(at: peak.index))
        let mark = state.look.colors == .mono ? "A dark shade below a letter" : "A bright colour behind a letter"
        return "The network has read this text letter by letter and guessed every letter before it came. "
            + "\(mark) is surprise: most at “\(letter)” in “\(word)”, \(bits(peak.value)), a chance of 1 in "
            + "\(oneIn(peak.value))."
    }

    /// What a surprisal says of the chance that was given.
    private static func oneIn(_ bits: Float) -> String {
        Format.grouped(Int(bounded: raised(2, to: Double(bits)).rounded()))
    }

    @Sendable static func guessing(_ tour: TourState, _ state: AppState) -> String {
        guard let frame = state.run.generation, let current = frame.current else { return waiting }
        let (best, drawn) = (frame.likeliest, frame.name(current))
        let share = Format.percent(Double(frame.probabilities[best]))
        return "It has now written “\(drawn)” itself, drawn at random by its guesses. For the letter after that it "
            + "favours “\(frame.symbols[best])”, the longest bar, with \(share). To guess the next letter is all that "
            + "it was trained for."
    }

    @Sendable static func speaking(_ tour: TourState, _ state: AppState) -> String {
        guard let frame = state.run.generation, let current = frame.current else { return waiting }
        let chosen = state.run.selection.neuron
        let (share, times) = (Format.percent(frame.openShare), frame.timesHeardMost(chosen))
        let rounds = frame.rounds > 1 ? " They speak in \(frame.rounds) rounds per letter." : ""
        return "It is made of \(frame.neurons) small networks, its neurons, a row each. A mark: that neuron spoke at "
            + "the letter above, as at \(share) of all places.\(rounds) “heard” names whose message counted most: "
            + "neuron \(chosen), \(times) times in \(current + 1) letters."
    }

    @Sendable static func hearing(_ tour: TourState, _ state: AppState) -> String {
        let round = state.run.generationRound
        guard let frame = state.run.generation, let edge = frame.strongestEdge(round) else { return waiting }
        let share = Format.percent(Double(edge.weight))
        let equal = Format.percent(1 / Double(max(1, frame.neurons - 1)))
        return "Who hears whom at this one letter: rows listen, columns speak. Neuron \(edge.listener) gives neuron "
            + "\(edge.speaker) \(share) of its attention, more than any other pair has"
            + (frame.rounds > 1 ? " in round \(round + 1)" : "")
            + ". Shared out equally it would be \(equal)."
    }

    @Sendable static func listening(_ tour: TourState, _ state: AppState) -> String {
        let round = state.run.generationRound
        guard let frame = state.run.generation, let before = tour.before, frame.position != before.position,
            let now = frame.mostHeard(round), let earlier = before.mostHeard(round), now.count == earlier.count
        else { return waiting }
        let changed = zip(now, earlier).count { $0 != $1 }
        return "Ten letters later \(changed) of \(now.count) neurons hear a different neuron most. "
            + (changed > 0
                ? "Nothing here is wired for good: at every letter each neuron chooses anew whom to listen to. That is "
                    + "the idea of this kind of network."
                : "In this network whom a neuron listens to does not depend on the letter.")
    }

    @Sendable static func lesion(_ tour: TourState, _ state: AppState) -> String {
        guard let twin = state.run.generation?.twin, let cost = twin.cost else { return waiting }
        let change = cost > 0 ? "worse" : "better"
        return "Neuron \(state.run.selection.neuron) is now switched off and the whole text read again, beside a twin "
            + "that has all neurons. Their guesses differ by \(bits(twin.meanDivergence)) on average (mean KL; 0 is no "
            + "difference). Without the neuron they are \(bits(abs(cost))) per letter \(change) (ΔBPC, "
            + "n \(twin.costCount) letters)."
    }

    @Sendable static func whereItMattered(_ tour: TourState, _ state: AppState) -> String {
        guard let frame = state.run.generation, let peak = frame.peak(\.divergence) else { return waiting }
        let values = frame.read.compactMap(\.divergence)
        let (ending, small) = (frame.ending(at: peak.index), values.count { $0 < 0.01 })
        return (state.look.colors == .mono ? "A dark shade" : "Bright")
            + " is now where the guesses differ from the twin's: most after “\(ending)”, by \(bits(peak.value)). "
            + "At \(small) of \(values.count) letters they hardly do, by less than .01 bits: there the neuron is not "
            + "needed."
    }

    @Sendable static func otherGuess(_ tour: TourState, _ state: AppState) -> String {
        guard let frame = state.run.generation, let current = frame.current, let twin = frame.twin else {
            return waiting
        }
        let changes = frame.symbols.indices.map { abs(frame.probabilities[$0] - twin.probabilities[$0]) }
        guard let most = changes.indices.max(by: { changes[$0] < changes[$1] }) else { return waiting }
        let own = Format.percent(Double(frame.probabilities[most]))
        let other = Format.percent(Double(twin.probabilities[most]))
        return "( went back to the last place where they differ much. After “\(frame.ending(at: current))” the twin "
            + "gives “\(frame.symbols[most])” \(other); without the neuron it is \(own). ) goes on to the next such "
            + "place."
    }

    @Sendable static func undone(_ tour: TourState, _ state: AppState) -> String {
        guard let frame = state.run.generation, frame.twin == nil else { return waiting }
        return "The neuron is back, the text was read once more, and nothing differs from the twin any longer: not "
            + "nearly nothing, but not one bit. Whatever you switch off can be given back."
    }

    @Sendable static func uniform(_ tour: TourState, _ state: AppState) -> String {
        guard let twin = state.run.generation?.twin, let cost = twin.cost else { return waiting }
        let change = cost > 0 ? "worse" : "better"
        return "Now every neuron hears all others equally instead of choosing. That makes the guesses "
            + "\(bits(abs(cost))) per letter \(change) (ΔBPC, n \(twin.costCount) letters). "
            + (cost > 0
                ? "On this short text it matters who hears whom."
                : "On this short text it does not matter who hears whom.")
    }

    @Sendable static func cast(_ tour: TourState, _ state: AppState) -> String {
        guard let insight = state.run.insight else {
            return
                "All neurons, a row each, with how often they fire. What each of them is for is being measured: they "
                + "are switched off in turn over text that the network was not trained on. The result will stand here, "
                + "in a while and by itself."
        }
        let measured = insight.cast.filter { $0.deltaBPC != nil }
        let most = measured.max { ($0.deltaBPC?.mean ?? 0) < ($1.deltaBPC?.mean ?? 0) }
        let intro = "All neurons, a row each, switched off in turn over text that the network was not trained on. "
        guard let most, let cost = most.deltaBPC else { return intro + "None of them is measured yet." }
        return intro + "Of the \(measured.count) measured so far neuron \(most.neuron) costs most: without it the "
            + "guesses are \(bits(Float(cost.mean))) per letter worse (n "
            + "\(Format.grouped(insight.network.characters)) letters)."
    }

    @Sendable static func goodbye(_ tour: TourState, _ state: AppState) -> String {
        "That was the tour; Enter brings back what was here before it. I explains the pane you are on and every word "
            + "in it, ? lists all keys, b switches things off, and “inn-tui train” trains a network of your own."
    }
}

/// What the sentences look for in a frame.
extension GenerationFrame {
    /// What was read, up to the present character.
    var read: ArraySlice<GenerationCharacter> { text.prefix(current.map { $0 + 1 } ?? 0) }

    func name(_ index: Int) -> String { symbols[text[index].symbol] }

    /// Where a value is largest in what was read.
    func peak(_ value: (GenerationCharacter) -> Float?) -> (index: Int, value: Float)? {
        read.indices.compactMap { index in value(text[index]).map { (index, $0) } }.filter { $0.1.isFinite }
            .max { ($0.1, $1.0) < ($1.1, $0.0) }.map { (index: $0.0, value: $0.1) }
    }

    private func letters(_ range: Range<Int>) -> String {
        TextGlyph.glyphs(of: range.map(name)).map { $0.isSpace ? " " : $0.letters }.joined()
    }

    private func isSpace(_ index: Int) -> Bool { [" ", "␣"].contains(name(index)) }

    /// The word that a character is part of.
    func word(at index: Int) -> String {
        var (start, end) = (index, index + 1)
        while start > 0, !isSpace(start - 1), index - start < 20 { start -= 1 }
        while end < text.count, !isSpace(end), end - index < 20 { end += 1 }
        return letters(start..<end)
    }

    /// The last characters up to one, with the beginning of its word.
    func ending(at index: Int) -> String {
        var start = max(0, index - 2)
        while start > 0, !isSpace(start - 1), index - start < 14 { start -= 1 }
        return letters(start..<index + 1)
    }

    /// The id of the likeliest next character.
    var likeliest: Int {
        probabilities.indices.max { (probabilities[$0], $1) < (probabilities[$1], $0) } ?? 0
    }

    /// Share of gates that were open in what was read.
    var openShare: Double {
        let gates = read.flatMap(\.gates)
        return gates.isEmpty ? 0 : Double(gates.count { $0 > 0.5 }) / Double(gates.count)
    }

    /// How often a neuron was the one whose messages weighed most, over all rounds of what was read.
    func timesHeardMost(_ neuron: Int) -> Int { read.reduce(0) { $0 + $1.heard.count { $0 == neuron } } }

    /// The largest weight of a round, over all pairs, mean over heads.
    func strongestEdge(_ round: Int) -> (listener: Int, speaker: Int, weight: Float)? {
        guard let weights = weights(round: round, head: nil), let most = weights.max() else { return nil }
        let index = weights.firstIndex(of: most) ?? 0
        return (index / neurons, index % neurons, most)
    }

    /// Whom each neuron hears most in a round.
    func mostHeard(_ round: Int) -> [Int]? {
        weights(round: round, head: nil).map { weights in
            (0..<neurons).map { listener in
                let row = weights[listener * neurons..<(listener + 1) * neurons]
                return (row.firstIndex(of: row.max() ?? 0) ?? row.startIndex) - row.startIndex
            }
        }
    }
}
