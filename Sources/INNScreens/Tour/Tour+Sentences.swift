import INNKit

/// What the tour says, stop by stop.
extension Tour {
    @Sendable static func reading(_ tour: TourState, _ state: AppState) -> String {
        guard let frame = state.run.generation, let peak = frame.peak(\.surprisal) else { return waiting }
        let (letter, word) = (frame.name(peak.index), frame.word(at: peak.index))
        return "The network has read this text letter by letter and guessed each letter before it came. "
            + "Bright ones surprised it, most of all “\(letter)” in “\(word)”, by \(bits(peak.value))."
    }

    @Sendable static func guessing(_ tour: TourState, _ state: AppState) -> String {
        guard let frame = state.run.generation, let current = frame.current else { return waiting }
        let (best, drawn) = (frame.likeliest, frame.name(current))
        let share = Format.percent(Double(frame.probabilities[best]))
        return "It has drawn “\(drawn)” itself. Now it expects “\(frame.symbols[best])” most, with \(share); "
            + "that is all it ever does: guess the next letter."
    }

    @Sendable static func speaking(_ tour: TourState, _ state: AppState) -> String {
        guard let frame = state.run.generation, let current = frame.current else { return waiting }
        let chosen = state.run.selection.neuron
        let (share, times) = (Format.percent(frame.openShare), frame.timesHeardMost(chosen))
        return "It is made of \(frame.neurons) small networks, its neurons. A mark is one that spoke to the others, at "
            + "\(share) of all places. The most heard was most often neuron \(chosen): "
            + "\(times) times in \(current + 1) letters."
    }

    @Sendable static func hearing(_ tour: TourState, _ state: AppState) -> String {
        guard let frame = state.run.generation, let edge = frame.strongestEdge(state.run.generationRound) else {
            return waiting
        }
        let share = Format.share(Double(edge.weight))
        let alike = Format.share(1 / Double(max(1, frame.neurons - 1)))
        return "Rows listen, columns speak, at this one letter. Neuron \(edge.listener) hears \(edge.speaker) most of "
            + "all, with \(share) of its attention; hearing all alike would be \(alike)."
    }

    @Sendable static func listening(_ tour: TourState, _ state: AppState) -> String {
        let round = state.run.generationRound
        guard let frame = state.run.generation, let before = tour.before, frame.position != before.position,
            let now = frame.mostHeard(round), let earlier = before.mostHeard(round), now.count == earlier.count
        else { return waiting }
        let changed = zip(now, earlier).count { $0 != $1 }
        return "Ten letters on, \(changed) of \(now.count) neurons hear somebody else most. "
            + (changed > 0
                ? "Whom they listen to follows the text: that is what this kind of network is made for."
                : "Here whom they listen to does not follow the text.")
    }

    @Sendable static func lesion(_ tour: TourState, _ state: AppState) -> String {
        guard let twin = state.run.generation?.twin, let cost = twin.cost else { return waiting }
        let verb = cost > 0 ? "costs" : "saves"
        return "Without neuron \(state.run.selection.neuron) it has read everything again, beside an untouched twin. "
            + "Their guesses differ by \(bits(twin.meanDivergence)) on average, and the change "
            + "\(verb) \(bits(abs(cost))) per letter (n \(twin.costCount))."
    }

    @Sendable static func whereItMattered(_ tour: TourState, _ state: AppState) -> String {
        guard let frame = state.run.generation, let peak = frame.peak(\.divergence) else { return waiting }
        let values = frame.read.compactMap(\.divergence)
        let (ending, small) = (frame.ending(at: peak.index), values.count { $0 < 0.01 })
        return "Bright is where the neuron is missed: most after “\(ending)”, \(bits(peak.value)). "
            + "At \(small) of \(values.count) letters it is hardly missed, below .01 bits."
    }

    @Sendable static func otherGuess(_ tour: TourState, _ state: AppState) -> String {
        guard let frame = state.run.generation, let current = frame.current, let twin = frame.twin else {
            return waiting
        }
        let changes = frame.symbols.indices.map { abs(frame.probabilities[$0] - twin.probabilities[$0]) }
        guard let most = changes.indices.max(by: { changes[$0] < changes[$1] }) else { return waiting }
        let own = Format.percent(Double(frame.probabilities[most]))
        let other = Format.percent(Double(twin.probabilities[most]))
        return "After “\(frame.ending(at: current))” the untouched twin gives “\(frame.symbols[most])” \(other), "
            + "without the neuron it is \(own). ( and ) find such places."
    }

    @Sendable static func undone(_ tour: TourState, _ state: AppState) -> String {
        guard let frame = state.run.generation, frame.twin == nil else { return waiting }
        return "Undone: the neuron is back, and the network is the untouched one again, not nearly but bit for bit. "
            + "You can take anything away and give it back."
    }

    @Sendable static func uniform(_ tour: TourState, _ state: AppState) -> String {
        guard let twin = state.run.generation?.twin, let cost = twin.cost else { return waiting }
        let change = cost > 0 ? "get worse by" : "get no worse: they gain"
        return "Now every neuron hears all others alike, and the guesses \(change) \(bits(abs(cost))) per letter "
            + "(n \(twin.costCount)). "
            + (cost > 0 ? "So it matters who hears whom." : "Here it does not matter who hears whom.")
    }

    @Sendable static func cast(_ tour: TourState, _ state: AppState) -> String {
        let intro = "Here neurons are removed one after the other over text it never saw. "
        guard let insight = state.run.insight else {
            return intro + "That is being measured now; what each is for, and what it costs, will stand here."
        }
        let measured = insight.cast.filter { $0.deltaBPC != nil }
        let most = measured.max { ($0.deltaBPC?.mean ?? 0) < ($1.deltaBPC?.mean ?? 0) }
        guard let most, let cost = most.deltaBPC else { return intro + "None is done yet." }
        return intro + "Of \(measured.count) so far neuron \(most.neuron) costs most: \(bits(Float(cost.mean))) per "
            + "letter (n \(Format.grouped(insight.network.characters)))."
    }

    @Sendable static func goodbye(_ tour: TourState, _ state: AppState) -> String {
        "That was the tour. I explains the pane you are on and every word in it, ? lists the keys, b takes things "
            + "away, and inn-tui train grows a network of your own."
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
