extension OverviewScreen {
    var explanations: [Explanation] {
        [
            Explanation(
                "Loss, bits per character",
                what:
                    """
                    How well the network guesses the next character while it learns: bits per character, over the \
                    steps.
                    """,
                reading:
                    """
                    Down is better. Compare the end of the curve with the lines of reference: below “bigram” it \
                    uses more than the character before.
                    """,
                surprise:
                    """
                    A jump upwards (▲ marks it); validation that rises while training falls; a curve that stops \
                    above “bigram”.
                    """,
                n: Sample.reports,
                terms: [.bpc, .smoothed, .validation, .events, .references, .step]),
            Explanation(
                "Routing: who listens (row) to whom",
                what: "How much each neuron (row) hears each other one (column), averaged over held-out text.",
                reading:
                    """
                    A bright cell: the row hears the column much. A bright column: somebody that all hear. The \
                    diagonal is empty, no neuron hears itself.
                    """,
                surprise:
                    """
                    All cells alike means that on average everybody is heard alike; see then whether it “differs \
                    per character”, as the light at the top right says.
                    """,
                n: Sample.probe,
                terms: [
                    .weight, .logRatio, .head, .round, .hears, .entropy, .dynamism, .effectiveNeurons, .probe, .neuron,
                    .roles,
                ]),
            Explanation(
                "Firing rate",
                what:
                    """
                    At which share of the characters each neuron fires, now and, as a small curve, since training \
                    began.
                    """,
                reading:
                    """
                    A long bar speaks all the time, a short one seldom: the seldom ones may have something \
                    special to say.
                    """,
                surprise:
                    """
                    A neuron at 0 says nothing at all, one at 1 says the same everywhere; a curve that falls to 0 \
                    is a neuron that dies out.
                    """,
                n: Sample.probe,
                terms: [.fires, .gate, .round, .probe, .neuron, .roles]),
            Explanation(
                "Tuning: gate at each character",
                what: "The mean gate of every neuron at each character of the alphabet.",
                reading: "Read along a neuron: where it is bright, that character opens its gate.",
                surprise:
                    """
                    A neuron bright at vowels only, or at the space only. The gates of an untrained network \
                    follow the characters too, so look at screen 4 before you believe it.
                    """,
                n: Sample.probe,
                terms: [.tuning, .gate, .round, .sampleSize, .cluster, .neuron]),
            Explanation(
                "Generated text",
                what: "Text that the network wrote by itself at the steps that stand beside it.",
                reading: "Newest last. Look for words, then for endings, then for sentences.",
                surprise: "The same words over and over: its memory is stuck, or the temperature is low.",
                n: { run in Format.counted(run.data.samples.count, "sample") + " so far" },
                terms: [.temperature, .step]),
        ]
    }
}
