import INNKit

extension RunState {
    /// Dimensions of the network on display; nil when nothing is known of it yet.
    var shape: NetworkDimensions? {
        if let frame = generation {
            return NetworkDimensions(
                rounds: frame.rounds, neurons: frame.neurons, heads: frame.heads,
                hasSelfEdges: Self.hasDiagonal(frame.routing, frame.neurons))
        }
        return probe.map { entry in
            let s = entry.snapshot
            return NetworkDimensions(
                rounds: s.rounds, neurons: s.neurons, heads: s.heads,
                hasSelfEdges: Self.hasDiagonal(s.routing, s.neurons))
        }
    }

    /// Whether any neuron of any matrix hears itself.
    private static func hasDiagonal(_ routing: [Float], _ neurons: Int) -> Bool {
        // Only the diagonals are looked at: this is asked several times for every frame.
        (0..<(neurons > 0 ? routing.count / neurons : 0)).contains { row in routing[row * neurons + row % neurons] != 0
        }
    }

    /// Whether there is a running network to intervene in: one that generates, or one in training.
    var canIntervene: Bool { shape != nil && runInfo.modelFamily == "inn" && (generator == .ready || runInfo.isLive) }

    /// Whether an active intervention acts on this neuron by name.
    func isChanged(neuron: Int) -> Bool {
        interventions.active.list.contains { intervention in
            switch intervention {
            case .neuron(let changed, _, _), .gate(_, let changed?, _), .memory(_, let changed?, _): changed == neuron
            default: false
            }
        }
    }

    /// Whether an active intervention acts on the edge over which `listener` hears `speaker`.
    func isChanged(listener: Int, speaker: Int, round: Int) -> Bool {
        interventions.active.list.contains { intervention in
            guard case .edge(let i, let j, _, let place) = intervention else { return false }
            return i == listener && j == speaker && (place ?? round) == round
        }
    }

    /// A neuron's label, marked when an intervention acts on it.
    func marked(_ label: String) -> String { Int(label).map(isChanged) == true ? "✖" + label : label }
}
