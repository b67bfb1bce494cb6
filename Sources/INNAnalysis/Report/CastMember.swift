import INNCore

/// One neuron in one line: what it is for, when it fires, who listens to it and what losing it costs.
public struct CastMember: Codable, Sendable, Equatable {
    public var neuron: Int
    /// Where it costs most; nil when no category stands out, or was not removed.
    public var label: CausalLabel?
    /// Why it is not claimed that the neuron predicts that; nil when it is, see ``CausalTuning/doubt(_:)``.
    public var doubt: String?
    /// When it fires, such as `silent after “␣”`; of the round in which that is clearest.
    public var firing: String
    /// Listeners that hear most of it, over all rounds, the one that hears most first.
    public var listeners: [Int]
    /// What losing it costs, bits per character; nil when it was not removed.
    public var deltaBPC: Interval?

    /// What the label says of it.
    public var verb: String { doubt == nil ? "predicts" : "costs most on" }

    /// The line without the number.
    public var sentence: String {
        var parts: [String] = []
        if let label {
            parts.append(
                "\(verb) \(label.category.phrase) (\(Self.bits(label.cost.mean)) bits there, "
                    + "\(Self.bits(label.elsewhere)) elsewhere\(doubt.map { "; \($0)" } ?? ""))")
        } else if deltaBPC != nil {
            parts.append("no category stands out")
        }
        parts.append(firing)
        if !listeners.isEmpty {
            parts.append("heard most by \(listeners.map(String.init).joined(separator: ", "))")
        }
        if let deltaBPC { parts.append("ΔBPC \(Self.bits(deltaBPC.mean))") }
        return parts.joined(separator: " · ")
    }

    /// `+.215`, with two significant digits below .1.
    static func bits(_ value: Double) -> String {
        let text = Findings.decimals(abs(value))
        return (value < 0 ? "−" : "+") + (text.hasPrefix("0.") ? String(text.dropFirst()) : text)
    }
}

extension NetworkAnalysis {
    /// Every neuron in one line, those that cost most first.
    public var cast: [CastMember] {
        let heard = Listeners(routing, neurons: neurons)
        let tuning = causal?.tuning
        let members = (0..<neurons).map { neuron in
            let label = tuning?.neuron(neuron)?.label
            return CastMember(
                neuron: neuron, label: label, doubt: label.flatMap { tuning?.doubt($0) },
                firing: firingPhrase(neuron), listeners: heard.most(of: neuron),
                deltaBPC: causal?.neurons.first { $0.neuron == neuron }?.deltaBPC)
        }
        return members.sorted {
            ($0.deltaBPC?.mean ?? -.infinity, $1.neuron) > ($1.deltaBPC?.mean ?? -.infinity, $0.neuron)
        }
    }

    /// When a neuron fires, from the unit of it whose gate depends most on the character just read.
    private func firingPhrase(_ neuron: Int) -> String {
        let own = (0..<rounds).map { unit(round: $0, neuron: neuron) }
        func place(_ unit: NeuronAnalysis) -> String { rounds > 1 ? " in round \(unit.round + 1)" : "" }
        if own.allSatisfy(\.isDead) { return "never fires" }
        if own.allSatisfy({ $0.firing.rate == 1 }) { return "always fires" }
        let phrases = own.compactMap { unit in contrast(unit).map { (unit, $0) } }
        guard let (unit, found) = phrases.max(by: { $0.1.strength < $1.1.strength }) else {
            // A rate is one round's, and says whose.
            let most = own.max { $0.firing.rate < $1.firing.rate } ?? own[0]
            return "fires at " + percentText(most.firing.rate) + place(most)
        }
        let names = found.symbols.map { "“\(symbols[$0])”" }.joined(separator: " ")
        let place = place(unit)
        return "\(found.fires ? "fires after" : "silent after") \(names)\(place)"
    }

    /// The symbols, up to three, at which a unit's gate is open when it is mostly closed, or the other way round.
    private func contrast(_ unit: NeuronAnalysis) -> (fires: Bool, symbols: [Int], strength: Double)? {
        let mean = unit.firing.mean
        let fires = mean < 0.5
        let clear = symbols.indices.compactMap { symbol -> (symbol: Int, weight: Double)? in
            guard let gate = unit.tuning.value(symbol: symbol, lag: 0), gate.count >= CausalTuning.leastSupport else {
                return nil
            }
            let value = Double(gate.mean)
            guard fires ? value > 0.8 : value < 0.2 else { return nil }
            return (symbol, Double(gate.count) * abs(value - mean))
        }.sorted { ($0.weight, $1.symbol) > ($1.weight, $0.symbol) }
        guard !clear.isEmpty else { return nil }
        return (fires, clear.prefix(3).map(\.symbol), clear.reduce(0) { $0 + $1.weight })
    }
}

/// Who hears how much of whom, by flow over all rounds.
private struct Listeners {
    private let flow: [Double]
    private let neurons: Int

    init(_ routing: [RoutingAnalysis], neurons: Int) {
        self.neurons = neurons
        flow = (0..<(neurons * neurons)).map { edge in routing.reduce(0.0) { $0 + Double($1.flow[edge]) } }
    }

    func most(of speaker: Int) -> [Int] {
        (0..<neurons).filter { flow[$0 * neurons + speaker] > 0 }.sorted {
            (flow[$0 * neurons + speaker], $1) > (flow[$1 * neurons + speaker], $0)
        }.prefix(2).map { $0 }
    }
}
