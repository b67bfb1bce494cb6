import INNKit

extension RunState {
    /// Which neurons receive the character and which are read; nil where every neuron does both, as in the paper.
    var roles: NeuronRoles? { runInfo.roles.flatMap { $0.areUniform ? nil : $0 } }

    /// The sign of a neuron's role, to stand beside its number; empty where there are no roles.
    func roleSign(_ neuron: Int) -> String { roles?.sign(neuron) ?? "" }
}

extension NeuronRole {
    /// In goes down and out goes up, as in a network drawn from top to bottom and read back.
    var sign: Unicode.Scalar {
        switch self {
        case .input: "↓"
        case .output: "↑"
        case .both: "↕"
        case .interneuron: "·"
        }
    }

    /// What such a neuron does, for people.
    var phrase: String {
        switch self {
        case .input: "receives the character"
        case .output: "is read"
        case .both: "receives the character and is read"
        case .interneuron: "interneuron"
        }
    }
}

extension NeuronRoles {
    func sign(_ neuron: Int) -> String { String(Character(role(neuron).sign)) }

    /// One line that says what the signs mean.
    var legend: String {
        "beside neurons: "
            + members.map { String(Character($0.role.sign)) + " " + $0.role.phrase }.joined(separator: "   ")
    }
}

/// Puts the sign of a neuron's role into one cell; nothing where there are no roles.
func drawRole(_ roles: NeuronRoles?, _ neuron: Int, x: Int, y: Int, _ look: Look, _ buffer: inout CellBuffer) {
    guard let role = roles?.role(neuron) else { return }
    buffer.put(role.sign, x: x, y: y, role == .interneuron ? look.theme.faint : look.theme.key)
}
