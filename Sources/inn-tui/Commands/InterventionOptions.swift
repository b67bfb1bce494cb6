import ArgumentParser
import INNKit
import INNLab

/// Interventions on the command line. Neurons count from 0, rounds and heads from 1, as on the screens.
struct InterventionOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Nobody hears this neuron and it has no say in the readout. Repeatable, like all of these.",
            valueName: "neuron"))
    var lesion: [Int] = []
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Its gate is 0; @2 at the end limits this, and those below, to round 2.", valueName: "neuron[@round]"))
    var mute: [InterventionText.Placed] = []
    @Option(name: .customLong("mean"), help: ArgumentHelp("What it says is its average.", valueName: "neuron[@round]"))
    var mean: [InterventionText.Placed] = []
    @Option(name: .long, help: ArgumentHelp("What it says is what it said elsewhere.", valueName: "neuron[@round]"))
    var resample: [InterventionText.Placed] = []
    @Option(
        name: .long,
        help: ArgumentHelp(
            "The listener no longer hears the speaker, and the others more.", valueName: "listener:speaker[@round]"))
    var cut: [InterventionText.Edge] = []
    @Option(
        name: .long,
        help: ArgumentHelp(
            "The listener no longer hears the speaker, and nobody else instead.", valueName: "listener:speaker[@round]")
    )
    var drop: [InterventionText.Edge] = []
    @Option(name: .long, help: ArgumentHelp("off, uniform, static or learned.", valueName: "mode[@round]"))
    var routing: [InterventionText.Routing] = []
    @Option(
        name: .long,
        help: ArgumentHelp("open, closed, frozen, hard, hard:0.3, loudest:4 or off.", valueName: "mode[@round]"))
    var gate: [InterventionText.Gate] = []
    @Option(name: .long, help: ArgumentHelp("What this head hears is 0.", valueName: "head[@round]"))
    var zeroHead: [InterventionText.Head] = []
    @Option(name: .long, help: ArgumentHelp("Empty all memories before every n-th character.", valueName: "n"))
    var resetEvery: Int?
    @Flag(name: .long, help: "Read the memories, but write them no more.")
    var freezeMemory = false
    @Flag(name: .long, help: "Do not run a memory where its neuron's gate, judged before, is silent; see compute.")
    var skipSilent = false

    var set: InterventionSet {
        var list: [Intervention] = lesion.map { .neuron($0, .lesion) }
        list +=
            mute.map { .neuron($0.number, .mute, round: $0.round) }
            + mean.map { .neuron($0.number, .mean, round: $0.round) }
        list += resample.map { .neuron($0.number, .resample, round: $0.round) }
        list += cut.map { .edge(listener: $0.listener, speaker: $0.speaker, .cut, round: $0.round) }
        list += drop.map { .edge(listener: $0.listener, speaker: $0.speaker, .drop, round: $0.round) }
        list += routing.map { .routing($0.change, round: $0.round) } + gate.map { .gate($0.change, round: $0.round) }
        list += zeroHead.map { .head($0.index, round: $0.round) }
        if let resetEvery { list.append(.memory(.resetEvery(resetEvery))) }
        if freezeMemory { list.append(.memory(.freeze)) }
        if skipSilent { list.append(.memory(.skipWhenSilent)) }
        return InterventionSet(list)
    }
}

extension InterventionText.Placed: ExpressibleByArgument {}
extension InterventionText.Edge: ExpressibleByArgument {}
extension InterventionText.Routing: ExpressibleByArgument {}
extension InterventionText.Gate: ExpressibleByArgument {}
extension InterventionText.Head: ExpressibleByArgument {}
