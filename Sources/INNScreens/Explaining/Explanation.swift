import INNKit

/// What a pane shows, for somebody who sees it for the first time.
struct Explanation: Sendable {
    /// Title of the pane that it explains; a test compares them, since panes are known by their order alone.
    let pane: String
    /// What is drawn, and how it is defined.
    let what: String
    let reading: String
    /// What to look up from, and what it would mean.
    let surprise: String
    /// What the figures rest on: how many characters, of which text, with which weights.
    let sample: @Sendable (RunState) -> String
    /// The words and abbreviations of the pane that are not those of everyday English.
    let terms: [Term]

    init(
        _ pane: String, what: String, reading: String, surprise: String,
        n sample: @escaping @Sendable (RunState) -> String, terms: [Term]
    ) {
        (self.pane, self.what, self.reading, self.surprise) = (pane, what, reading, surprise)
        (self.sample, self.terms) = (sample, terms)
    }
}

/// Phrases for ``Explanation/sample``.
enum Sample {
    /// What probes were taken over.
    static func probe(_ run: RunState) -> String {
        guard let snapshot = run.probe?.snapshot else { return "nothing is measured yet" }
        return Format.grouped(snapshot.sampleCount)
            + " characters of held-out text, which the network was not trained on, with the weights of step "
            + Format.grouped(snapshot.step)
    }

    /// What an analysis was taken over, or the probes where there is none.
    static func insight(_ run: RunState) -> String {
        guard let insight = run.insight else {
            return run.probe == nil ? "nothing is measured yet" : probe(run) + "; the analysis is not done yet"
        }
        return Format.grouped(insight.network.characters) + " characters of held-out text, with the weights of step "
            + Format.grouped(insight.step)
            + (insight.depth == .light ? "; a light analysis: short, and one neuron after the other" : "")
    }

    /// The one character that the generate screen stands at.
    static func moment(_ run: RunState) -> String {
        guard let frame = run.generation, let current = frame.current else { return "no character was read yet" }
        return "1: the character “\(frame.symbols[frame.text[current].symbol])” at position "
            + Format.grouped(frame.position)
    }

    /// The characters on display on the generate screen.
    static func text(_ run: RunState) -> String {
        guard let frame = run.generation, let current = frame.current else { return "no character was read yet" }
        return Format.counted(current + 1, "character") + " that were read"
            + (frame.textStart > 0 ? ", the last of \(Format.grouped(frame.position))" : "")
    }

    /// What the curves of training were made of.
    static func reports(_ run: RunState) -> String {
        guard let latest = run.data.history.latest else { return "there is no report yet" }
        let count = run.data.history.train.points.reduce(0) { $0 + $1.count }
        return Format.counted(count, "report") + " up to step " + Format.grouped(latest.step)
            + ", each over the text since the one before"
    }
}
