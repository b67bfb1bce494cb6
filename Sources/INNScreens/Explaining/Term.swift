import INNKit

/// A word or an abbreviation on the screens that needs saying what it means.
enum Term: String, CaseIterable, Sendable {
    case bpc = "BPC"
    case deltaBPC = "ΔBPC"
    case klDivergence = "KL"
    case surprisal
    case probability = "p, Δp"
    case drawn, temperature, topK = "top-k", seed
    case sampleSize = "n"
    case neuron
    case fires
    case gate = "gate, g"
    case work = "at work"
    case weight = "a"
    case logRatio = "log2 a·(N−1)"
    case round, head
    case hears = "hears"
    case flow
    case causalEffect = "causal effect"
    case baseline
    case lesion
    case effectiveNeurons = "N_eff"
    case entropy
    case dynamism = "dynamism, differs per character"
    case hub = "listened to, k"
    case community
    case diversity = "D"
    case zScore = "z"
    case tuning
    case cluster = "cluster, group"
    case silhouette
    case stability
    case label
    case specialisation
    case information = "tells of x(t), predicts x(t+1)"
    case null = "null, chance"
    case untrained
    case interval = "95 %"
    case precision = "P, R"
    case logit
    case saturated = "sat"
    case smoothed = "mean"
    case validation = "valid"
    case references = "uniform, unigram, bigram, paper"
    case learningRate = "learning rate"
    case gradientNorm = "gradient norm"
    case events = "◆ ★ ▴ ◇"
    case step
    case epoch
    case probe
    case roles = "↓ ↑ ↕ ·"
    case rank = "rank correlation"
    case ranks = "rank"
    case communication
    case megabytes = "MB"

    /// What the header and the status line say on every screen.
    static let everywhere: [Term] = [.step, .bpc, .validation, .effectiveNeurons, .dynamism, .lesion]

    /// One phrase that a stranger understands.
    var meaning: String {
        switch self {
        case .bpc:
            "bits per character: how many yes-or-no questions the network needs on average to know the next character; "
                + """
                a text of 27 symbols at random takes 4.75, and less is better (per byte where the network reads \
                bytes)
                """
        case .deltaBPC: "how many bits per character more it needs with a change than without; positive: it got worse"
        case .klDivergence:
            "Kullback–Leibler divergence in bits: how differently two networks expect the next character; "
                + "0 when they expect exactly the same"
        case .surprisal:
            """
            −log2 of the probability that the network gave to the character that came: 0 bits for what it was \
            sure of, 
            """
                + "1 for what it gave one half, 8 for one in 256"
        case .probability:
            "the probability that the network gives to a character to come next, and how much a change moved it"
        case .drawn: "the probability with which a character is really drawn, after temperature and top-k"
        case .temperature:
            """
            below 1 likely characters are drawn more often than the network says, above 1 less; 0: always the \
            likeliest
            """
        case .topK: "only the k likeliest characters may be drawn"
        case .seed: "the number from which all random draws follow: the same seed draws the same text"
        case .sampleSize: "how many characters a figure is a mean over; the fewer, the more of it is chance"
        case .neuron:
            """
            here a small network with a memory of its own, not a single number; each has a number from 0, and \
            n3·2 is neuron 3 in round 2
            """
        case .fires:
            "a neuron fires at a character when its gate is above .5 (without gates: when its message is large)"
        case .gate: "a number from 0 to 1 by which a neuron multiplies what it says to the others: 0 is silence"
        case .work:
            "the share of neurons that spoke at a character; where silent ones skip their memory, of memories that ran"
        case .weight:
            """
            routing weight: the share of its attention that one neuron gives to another; what a neuron hears adds \
            up to 1
            """
        case .logRatio:
            """
            a weight compared with hearing all N−1 others alike, in doublings: 0 as alike, +1 twice as much, −1 \
            half as much
            """
        case .round: "the neurons read a character in several rounds: in each they think, then listen to one another"
        case .head:
            "each neuron listens with several heads, each with weights of its own; without a number it is their mean"
        case .hears: "i hears j: messages flow from j to i; i listens to j, j speaks"
        case .flow: "what really arrives: weight × gate × size of the message, averaged over characters"
        case .causalEffect:
            """
            what becomes of the predictions when an edge or a neuron is taken away; ✓ was measured, the rest is \
            estimated
            """
        case .baseline: "the same network with nothing changed, fed the same characters"
        case .lesion: "a neuron taken away: nobody hears it and it has no part in the prediction"
        case .effectiveNeurons:
            "effective number of neurons: how many really different ones there are; 1 when all are copies, N at most"
        case .entropy:
            """
            how evenly attention is spread, relative to the most even; 100 % hears all alike, 0 one alone; \
            “concentrated” is what is missing to 100 %
            """
        case .dynamism:
            """
            how far whom the neurons hear depends on the character, even where it is even on average; in nats, 1 \
            being 1.44 bits
            """
        case .hub: "how much a neuron is heard in all, 1 being the mean; above 1.5, and surely so, it is a hub"
        case .community: "neurons that hear one another more than chance would have it"
        case .diversity: "diversity: the share of what neurons hold that is not common to all; 0 when all are copies"
        case .zScore: "by how many standard deviations a figure lies above what chance gives; below 2 it is chance"
        case .tuning: "the mean gate of a neuron at each character of the alphabet"
        case .cluster:
            "neurons whose figures rise and fall together, joined by average linkage on 1 − correlation (Pearson)"
        case .silhouette: "how well the groups are told apart: 1 clearly, 0 not at all"
        case .stability:
            """
            how alike a cluster comes out when it is made again from other draws of the text (bootstraps): 1 \
            always the same
            """
        case .label:
            "the category of characters that a neuron fits best; F1 is the balance of hits and misses, 1 at best, "
                + "in brackets the same of untrained neurons that fire as often"
        case .specialisation:
            "how much neurons differ in what they are for: 0 all alike, near 1 each for something else"
        case .information: "bits that a neuron's firing tells about the present character x(t), or the next one x(t+1)"
        case .null:
            "what the same figure comes to when the text is shifted against the neurons: a real effect is above it"
        case .untrained: "networks of the same make that never learned; what they do as well is no achievement"
        case .interval:
            "the range that holds the true figure with 95 % confidence, from blocks of text drawn again and again"
        case .precision:
            """
            precision: of the characters a rule names, how often the neuron fires; recall: of its firings, how \
            many the rule names
            """
        case .logit:
            "the score of a character before scores are turned into probabilities; in nats, 1 is a factor of 2.7"
        case .saturated: "share of gates that are nearly shut or nearly open: below .1 or above .9"
        case .smoothed: "running mean of the training loss: it lags a little and wobbles less"
        case .validation:
            """
            the same loss over text that is not trained on; where it rises while training falls, the network \
            learns by heart
            """
        case .references:
            """
            lines to compare with: all symbols alike; only how frequent each is; how frequent each is after the \
            one before; 
            """
                + "the published result"
        case .learningRate: "how far one step moves the weights"
        case .gradientNorm:
            "length of the slope that a step follows, before it is clipped; a spike is a batch that does not fit"
        case .events:
            """
            under and on the loss: ◆ a validation, ★ the best checkpoint so far, ▴ a checkpoint, ◇ something changed \
            in the network, ~ another learning rate, ▲ a jump, ✖ no number, ← rolled back, › resumed
            """
        case .step: "one update of all weights, after one batch of text"
        case .epoch: "how many times the training text was read"
        case .probe: "a look at the neurons over held-out text, taken now and then while training goes on"
        case .roles:
            """
            what a neuron is connected to: ↓ receives the character, ↑ is read for the prediction, ↕ both, · only \
            other neurons
            """
        case .megabytes: "millions of bytes on the disk"
        case .ranks:
            "one of the processes, on one computer or many, that train together; each computes its part of every batch"
        case .communication: "passing gradients and weights on between the ranks, instead of computing"
        case .rank: "whether two figures put the edges into the same order: 1 the same, 0 unrelated"
        }
    }
}
