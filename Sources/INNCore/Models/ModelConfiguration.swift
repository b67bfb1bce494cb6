/// The families of models that train, evaluate and generate through ``LanguageModel``.
public enum ModelFamily: String, Codable, Sendable, CaseIterable {
    case inn, lstm, transformer, mamba
}

extension ModelFamily {
    /// Bits per character on text8 that the paper reports for the family.
    public var paperBPC: Double {
        switch self {
        case .inn: 1.705
        case .lstm: 1.682
        case .transformer: 2.055
        case .mamba: 3.438
        }
    }
}

/// What makes a model, of any family; stored with every run and checkpoint as the family's fields and its name under
/// `family`.
public enum ModelConfiguration: Sendable, Equatable {
    case inn(INNConfiguration)
    case lstm(LSTMConfiguration)
    case transformer(TransformerConfiguration)
    case mamba(MambaConfiguration)

    public var family: ModelFamily {
        switch self {
        case .inn: .inn
        case .lstm: .lstm
        case .transformer: .transformer
        case .mamba: .mamba
        }
    }

    /// The family's own configuration.
    public var options: any FamilyConfiguration {
        get {
            switch self {
            case .inn(let configuration): configuration
            case .lstm(let configuration): configuration
            case .transformer(let configuration): configuration
            case .mamba(let configuration): configuration
            }
        }
        set { self = newValue.asModel }
    }

    /// Which neurons receive the character and which are read; nil in a family without neurons.
    public var roles: NeuronRoles? { if case .inn(let configuration) = self { configuration.roles } else { nil } }

    public var vocabularySize: Int { options.vocabularySize }
    public var carryState: Bool { options.carryState }
    /// Number of trained values, without making the model.
    public var parameterCount: Int { options.parameterCount }

    /// Checks that the numbers make a model.
    ///
    /// - Throws: ``INNError`` of kind `usage` naming the option and what it may be.
    public func validate() throws { try options.validate() }

    /// Checks that the model can be trained on sequences of a length.
    ///
    /// - Throws: ``INNError`` of kind `usage` when it knows fewer positions.
    public func validate(sequenceLength: Int) throws {
        guard case .transformer(let c) = self, sequenceLength > c.contextLength else { return }
        throw INNError(
            .usage,
            """
            --sequence-length \(sequenceLength) is more than the \(c.contextLength) positions of the Transformer; \
            give --context \(sequenceLength) as well.
            """
        )
    }

    /// The longest sequence that the model reads in one pass; nil for any.
    public var longestSequence: Int? {
        if case .transformer(let transformer) = self { transformer.contextLength } else { nil }
    }

    /// A model with freshly initialised weights.
    ///
    /// - Throws: ``INNError`` when the configuration is impossible, or takes more memory than there is.
    public func makeModel(seed: UInt64) throws -> any LanguageModel {
        try validate()
        try ModelMemory(self, batchSize: 1, steps: 1, isTraining: false).require(.usage, "This model")
        return switch self {
        case .inn(let configuration): try IntelligentNeuralNetwork(configuration, seed: seed)
        case .lstm(let configuration): try LSTMModel(configuration, seed: seed)
        case .transformer(let configuration): try TransformerModel(configuration, seed: seed)
        case .mamba(let configuration): try MambaModel(configuration, seed: seed)
        }
    }
}

/// What the configurations of all families have in common.
public protocol FamilyConfiguration: Codable, Sendable, Equatable {
    var vocabularySize: Int { get set }
    var dropout: Float { get set }
    /// Keep the memory across consecutive windows of a stream while training.
    var carryState: Bool { get set }
    /// The width that a parameter budget decides about.
    var width: Int { get set }
    /// What a width must be a multiple of.
    var widthStep: Int { get }
    /// Number of trained values, without making the model.
    var parameterCount: Int { get }
    var asModel: ModelConfiguration { get }

    /// - Throws: ``INNError`` of kind `usage` naming the option and what it may be.
    func validate() throws
}

extension INNConfiguration: FamilyConfiguration {
    public var width: Int {
        get { dModel }
        set { dModel = newValue }
    }
    public var widthStep: Int { heads }
    public var asModel: ModelConfiguration { .inn(self) }
}

extension ModelConfiguration: Codable {
    private enum Key: String, CodingKey { case family }

    public init(from decoder: any Decoder) throws {
        switch try decoder.container(keyedBy: Key.self).decode(ModelFamily.self, forKey: .family) {
        case .inn: self = .inn(try INNConfiguration(from: decoder))
        case .lstm: self = .lstm(try LSTMConfiguration(from: decoder))
        case .transformer: self = .transformer(try TransformerConfiguration(from: decoder))
        case .mamba: self = .mamba(try MambaConfiguration(from: decoder))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        try options.encode(to: encoder)
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(family, forKey: .family)
    }
}
