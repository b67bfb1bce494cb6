extension TrainScreen {
    var explanations: [Explanation] {
        [
            Explanation(
                "Loss, bits per character",
                what:
                    """
                    How well the network guesses the next character while it learns. Each dot column shows the \
                    least and the most of what it stands for.
                    """,
                reading:
                    """
                    Down is better. i puts a cursor with exact values on it, + and - zoom, y makes the axis \
                    logarithmic. The marks below are events.
                    """,
                surprise: "A jump upwards (▲), a gap (✖, not a number), validation that rises while training falls.",
                n: Sample.reports, terms: [.bpc, .smoothed, .validation, .events, .references, .step, .sampleSize]),
            Explanation(
                "Learning rate",
                what: "How far one step moves the weights; it follows a plan: up at first, then slowly down.",
                reading:
                    "Compare with the loss above: most is learned while the rate is high, the last bit when it falls.",
                surprise:
                    """
                    A kink that is in no plan: somebody changed the rate (~ on the loss), or training was rolled \
                    back.
                    """,
                n: Sample.reports, terms: [.learningRate, .step]),
            Explanation(
                "Gradient norm",
                what: "The length of the slope that each step follows, before it is clipped.",
                reading: "It should stay within one order of magnitude.",
                surprise: "Spikes that grow more frequent announce a training that falls apart.",
                n: Sample.reports, terms: [.gradientNorm, .step]),
            Explanation(
                "Characters per second",
                what:
                    """
                    How much text the training reads per second. Where several processes train together, above it \
                    each one's speed while it computes, and the share of the time in which not even the slowest \
                    computes, because gradients and weights are on their way.
                    """,
                reading: "Level while nothing else runs. All ranks wait for the slowest.",
                surprise:
                    """
                    A drop: something else uses the machine, or it got too warm. One rank far behind the others: \
                    its computer is busy or slower.
                    """,
                n: Sample.reports, terms: [.ranks, .communication, .step]),
            Explanation(
                "Run",
                what:
                    """
                    What is trained, on what, and how far it is; of weights that came without their training what is \
                    known of them.
                    """,
                reading:
                    """
                    “seen” counts characters with repetition, “epoch” is how many times that is the whole \
                    training text. Where a graphics card trains: its limit is the rate of large matrix products, \
                    measured before the first step; the rest of the time goes into everything between products.
                    """,
                surprise: "A notice below it, in colour: something that must not be overlooked.",
                n: Sample.reports, terms: [.bpc, .validation, .epoch, .seed, .step]),
            Explanation(
                "Events and log",
                what: "What happened in this training, and what libraries printed.",
                reading: "The number is the step. The marks are those under the loss curve.",
                surprise: "“loss spike”, “rolled back” and “loss not finite”.",
                n: { Format.counted($0.data.marks.count, "event") }, terms: [.step, .learningRate]),
        ]
    }
}
