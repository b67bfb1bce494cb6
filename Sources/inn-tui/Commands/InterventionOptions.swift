import ArgumentParser
import INNKit

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
    var mute: [Placed] = []
    @Option(name: .customLong("mean"), help: ArgumentHelp("What it says is its average.", valueName: "neuron[@round]"))
    var mean: [Placed] = []
    @Option(name: .long, help: ArgumentHelp("What it says is what it said elsewhere.", valueName: "neuron[@round]"))
    var resample: [Placed] = []
    @Option(
        name: .long,
        help: ArgumentHelp(
            "The listener no longer hears the speaker, and the others more.", valueName: "listener:speaker[@round]"))
    var cut: [Edge] = []
    @Option(
        name: .long,
        help: ArgumentHelp(
            "The listener no longer hears the speaker, and nobody else instead.", valueName: "listener:speaker[@round]")
    )
    var drop: [Edge] = []
    @Option(name: .long, help: ArgumentHelp("off, uniform, static or learned.", valueName: "mode[@round]"))
    var routing: [Routing] = []
    @Option(
        name: .long,
        help: ArgumentHelp("open, closed, frozen, hard, hard:0.3, loudest:4 or off.", valueName: "mode[@round]"))
    var gate: [Gate] = []
    @Option(name: .long, help: ArgumentHelp("What this head hears is 0.", valueName: "head[@round]"))
    var zeroHead: [Head] = []
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

/// An argument that may end with `@round`, rounds counted from 1.
private func split(_ argument: String) -> (text: Substring, round: Int?)? {
    let parts = argument.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2 else { return parts.count == 1 ? (parts[0], nil) : nil }
    guard let round = Int(parts[1]), round >= 1 else { return nil }
    return (parts[0], round - 1)
}

extension InterventionOptions {
    /// A neuron, perhaps in one round.
    struct Placed: ExpressibleByArgument {
        let number: Int, round: Int?

        init?(argument: String) {
            guard let (text, round) = split(argument), let number = Int(text) else { return nil }
            (self.number, self.round) = (number, round)
        }
    }

    /// A head, counted from 1 as it is typed and from 0 here, perhaps in one round.
    struct Head: ExpressibleByArgument {
        let index: Int, round: Int?

        init?(argument: String) {
            guard let (text, round) = split(argument), let number = Int(text), number >= 1 else { return nil }
            (self.index, self.round) = (number - 1, round)
        }
    }

    struct Edge: ExpressibleByArgument {
        let listener: Int, speaker: Int, round: Int?

        init?(argument: String) {
            guard let (text, round) = split(argument) else { return nil }
            let ends = text.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
            guard ends.count == 2, let listener = ends[0], let speaker = ends[1] else { return nil }
            (self.listener, self.speaker, self.round) = (listener, speaker, round)
        }
    }

    struct Routing: ExpressibleByArgument {
        let change: Intervention.RoutingChange, round: Int?

        init?(argument: String) {
            guard let (text, round) = split(argument), let change = Intervention.RoutingChange(rawValue: String(text))
            else { return nil }
            (self.change, self.round) = (change, round)
        }
    }

    struct Gate: ExpressibleByArgument {
        let change: Intervention.GateChange, round: Int?

        init?(argument: String) {
            guard let (text, round) = split(argument), let change = Self.change(text) else { return nil }
            (self.change, self.round) = (change, round)
        }

        private static func change(_ text: Substring) -> Intervention.GateChange? {
            switch text {
            case "open": .open
            case "closed": .closed
            case "frozen": .frozen
            case "off": .off
            case "hard": .hard(threshold: 0.5)
            default: numbered(text)
            }
        }

        private static func numbered(_ text: Substring) -> Intervention.GateChange? {
            if text.hasPrefix("hard:") { return Float(text.dropFirst(5)).map { .hard(threshold: $0) } }
            return text.hasPrefix("loudest:") ? Int(text.dropFirst(8)).map { .loudest($0) } : nil
        }
    }
}
