extension GenerateScreen {
    var explanations: [Explanation] {
        [
            Explanation(
                "Text",
                what:
                    """
                    What the network has read so far: the prompt (underlined), then what it drew itself, or a \
                    text that it is given. The block is the present character.
                    """,
                reading:
                    """
                    Colour is surprisal: dark where it knew what came, bright where it did not. c colours by the \
                    selected neuron's gate, by the KL or by how concentrated the routing was; ( and ) go to the \
                    next place where that is large.
                    """,
                surprise:
                    """
                    Starts of words are bright and their insides dark. A bright place inside a common word is \
                    worth a look.
                    """,
                n: Sample.text,
                terms: [
                    .surprisal, .klDivergence, .gate, .entropy, .work, .temperature, .topK, .seed, .baseline,
                    .sampleSize, .dynamism,
                    .effectiveNeurons, .neuron, .round,
                ]),
            Explanation(
                "Next character",
                what: "What the network expects to come next, likeliest first.",
                reading:
                    """
                    p is what it says, “drawn” what the next one is drawn from. A tick on a bar is what the \
                    untouched network says.
                    """,
                surprise: "One bar near 1 in the middle of a word is knowledge; many short ones are ignorance.",
                n: Sample.moment,
                terms: [.probability, .drawn, .temperature, .topK, .baseline]),
            Explanation(
                "Gates",
                what: "The gate of every neuron at the present character in the round on display.",
                reading:
                    """
                    A full bar speaks, an empty one is silent. ✖ marks what you changed, ▸ the selected neuron; \
                    the tick is its gate in the untouched network.
                    """,
                surprise: "A gate that opens at one place of every word only. [ and ] change the round.",
                n: Sample.moment,
                terms: [.gate, .fires, .round, .baseline, .work, .neuron, .roles]),
            Explanation(
                "Row hears column",
                what: "Who hears whom at this one character: rows listen, columns speak.",
                reading:
                    """
                    A bright cell: the row gives much of its attention to the column. , and . read cells, { and } \
                    choose a head.
                    """,
                surprise:
                    "Step on and watch: what changes from character to character is what makes routing worth having.",
                n: Sample.moment,
                terms: [.weight, .logRatio, .hears, .head, .round, .baseline, .neuron, .roles]),
            Explanation(
                "Against the baseline",
                what:
                    """
                    A twin of the network with nothing changed reads the same characters. Here is how far the \
                    changed one has moved away from it.
                    """,
                reading:
                    """
                    KL is about the next character; Δ surprisal about the one that just came; ΔBPC is the mean of \
                    that. Positive: the change made it worse.
                    """,
                surprise: "A KL of exactly 0 with a change in force: what you took away was not used here.",
                n: Sample.text,
                terms: [.klDivergence, .surprisal, .deltaBPC, .baseline, .lesion, .probability, .sampleSize]),
            Explanation(
                "Free-running: each goes on by itself, same random numbers",
                what:
                    """
                    The changed network and the untouched one each write on by themselves, with the same random \
                    numbers.
                    """,
                reading:
                    """
                    As long as both texts agree the change made no difference to what is drawn; the bars are the \
                    KL until then.
                    """,
                surprise: "Texts that agree for hundreds of characters, or part at once at a place of no importance.",
                n: { run in
                    run.generation?.freeRun.map { Format.counted($0.baseline.count, "character") + " of each" }
                        ?? "nothing is written yet: d starts it"
                },
                terms: [.klDivergence, .baseline, .seed, .temperature]),
            Explanation(
                "Who fires",
                what:
                    """
                    Each column is the character above it, each row a neuron, upper half round 1, lower half \
                    round 2; without colours ▴ fires in round 1, ▾ in round 2, ■ in both. The lanes “heard” name \
                    the neuron whose messages weigh most.
                    """,
                reading:
                    """
                    A mark: the gate was open there. Read down for who speaks together, along for when one speaks. \
                    H and L go back and on through earlier lines of the text; what lies ahead is faint. z shows \
                    several lines at once.
                    """,
                surprise: "A row that marks the same letter or place in the word again and again.",
                n: Sample.text,
                terms: [.gate, .fires, .round, .hears, .flow, .neuron, .roles]),
        ]
    }
}
