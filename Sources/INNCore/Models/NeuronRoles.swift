/// Which neurons receive the character and which are read: the first so many, and the last so many.
public struct NeuronRoles: Sendable, Equatable {
    public let neurons: Int
    /// How many receive the character, and how many are read.
    public let inputs: Int, outputs: Int

    /// - Parameters:
    ///   - inputs: how many receive the character; nil for all.
    ///   - outputs: how many are read; nil for all.
    public init(neurons: Int, inputs: Int? = nil, outputs: Int? = nil) {
        self.neurons = neurons
        self.inputs = min(inputs ?? neurons, neurons)
        self.outputs = min(outputs ?? neurons, neurons)
    }

    /// Whether every neuron receives the character and is read, as in the paper.
    public var areUniform: Bool { inputs == neurons && outputs == neurons }
    /// Whether no neuron that receives the character is read.
    public var areDisjoint: Bool { inputs + outputs <= neurons }

    public func isInput(_ neuron: Int) -> Bool { neuron < inputs }
    public func isOutput(_ neuron: Int) -> Bool { neuron >= neurons - outputs }

    public func role(_ neuron: Int) -> NeuronRole {
        switch (isInput(neuron), isOutput(neuron)) {
        case (true, true): .both
        case (true, false): .input
        case (false, true): .output
        case (false, false): .interneuron
        }
    }

    /// The roles that occur, in the order in which a character passes them, each with its neurons.
    public var members: [(role: NeuronRole, neurons: Range<Int>)] {
        NeuronRole.allCases.compactMap { role in
            let own = (0..<neurons).filter { self.role($0) == role }
            return own.first.map { (role, $0..<($0 + own.count)) }
        }
    }
}

/// Which symbols reach which of the neurons that receive the character.
struct SymbolSenses: Sendable {
    private let vocabulary: Int
    /// `[neurons, vocabulary]`
    private let isReceived: [Bool]

    /// - Parameter senses: the ids that each neuron receives.
    init(_ senses: [[Int32]], vocabulary: Int) {
        self.vocabulary = vocabulary
        isReceived = senses.flatMap { ids in (0..<Int32(vocabulary)).map(ids.contains) }
    }

    func receives(_ neuron: Int, _ token: Int32) -> Bool { isReceived[neuron * vocabulary + Int(token)] }
}

/// What a neuron has to do with the world outside.
public enum NeuronRole: String, Codable, Sendable, CaseIterable {
    case input
    /// It receives the character and is read.
    case both
    case interneuron, output

    /// For people, for example `2 inputs`.
    public func counted(_ count: Int) -> String {
        let (noun, rest) =
            switch self {
            case .input: ("input", "")
            case .both: ("input", count == 1 ? " that is read" : " that are read")
            case .interneuron: ("interneuron", "")
            case .output: ("output", "")
            }
        return "\(count) \(noun)" + (count == 1 ? "" : "s") + rest
    }
}
