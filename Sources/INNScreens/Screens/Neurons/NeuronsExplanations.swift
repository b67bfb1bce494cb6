extension NeuronsScreen {
    var explanations: [Explanation] {
        [
            Explanation(
                "Neurons",
                what:
                    """
                    One line per neuron: what the network loses without it (ΔBPC) and where it loses it; c shows \
                    how often each fires instead.
                    """,
                reading:
                    """
                    The first line costs most. “predicts” is said only of what untrained networks do not do as \
                    well; otherwise it is “costs most on”.
                    """,
                surprise: "A neuron that fires a lot and costs nothing, or one that fires seldom and costs much.",
                n: Sample.insight,
                terms: [
                    .deltaBPC, .lesion, .fires, .gate, .saturated, .untrained, .hears, .round, .sampleSize, .cluster,
                    .neuron, .roles,
                ]),
            Explanation(
                "Neuron in detail",
                what:
                    """
                    The selected neuron; v turns the page: what it is for, its tuning, rules for when it fires, \
                    contexts it fires in, and what losing it does to each next character. Enter gives it the \
                    whole screen.
                    """,
                reading:
                    """
                    What it is for: bits lost when each kind of character comes next. Rules: after which \
                    characters it fires, with how many hits and misses.
                    """,
                surprise: "A rule or a label that “beats untrained”: that is something it has learned.",
                n: Sample.insight,
                terms: [
                    .deltaBPC, .bpc, .lesion, .interval, .untrained, .tuning, .precision, .information, .null, .label,
                    .logit,
                    .klDivergence, .fires, .gate, .hears, .sampleSize, .roles,
                ]),
            Explanation(
                "Gates over held-out text",
                what: "The gate of every neuron (row) at each character of a text that was not trained on.",
                reading:
                    """
                    A column is one moment: who speaks. Read along a row for when that neuron speaks; ← and → \
                    move the text.
                    """,
                surprise:
                    """
                    A row that lights up at the same place of every word, or one that changes its mind between \
                    rounds.
                    """,
                n: Sample.probe, terms: [.gate, .fires, .round, .probe]),
        ]
    }
}
