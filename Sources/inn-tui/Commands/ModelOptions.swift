import ArgumentParser
import INNKit

extension ModelFamily: ExpressibleByArgument {}
extension ActivationKind: ExpressibleByArgument {}
extension MemorySharing: ExpressibleByArgument {}
extension GateMode: ExpressibleByArgument {}
extension RoutingMode: ExpressibleByArgument {}
extension RankChoice: ExpressibleByArgument {}
extension ParameterCount: ExpressibleByArgument {}
extension EdgeSearch: ExpressibleByArgument {}
extension ScoreOption: ExpressibleByArgument {}

/// The shape of the model: a preset and what differs from it.
struct ModelOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp("\(ModelFamily.allCases.map(\.rawValue).joined(separator: ", ")).", valueName: "family"))
    var model = ModelFamily.inn

    @Option(
        name: .long,
        help: ArgumentHelp(
            "tiny, small or base (of equal size in all families), paper (each as in the paper), or paper-conv (inn).",
            valueName: "name"))
    var preset = "small"

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Choose the width that comes nearest to this number of parameters, such as 4.2M or 300k.", valueName: "n"))
    var params: ParameterCount?

    @Option(name: .long, help: ArgumentHelp("Number of neurons.", valueName: "n"))
    var neurons: Int?

    @Option(name: .long, help: ArgumentHelp("Width: of a neuron's state, or of the layers (dModel).", valueName: "n"))
    var width: Int?

    @Option(name: .long, help: ArgumentHelp("Rounds of memory and routing.", valueName: "n"))
    var rounds: Int?

    @Option(name: .long, help: ArgumentHelp("Layers of a family without rounds.", valueName: "n"))
    var layers: Int?

    @Option(name: .long, help: ArgumentHelp("Attention heads; must divide the width.", valueName: "n"))
    var heads: Int?

    @Option(name: .long, help: ArgumentHelp("States per memory channel.", valueName: "n"))
    var stateSize: Int?

    @Option(name: .long, help: ArgumentHelp("Taps of the memory's causal convolution.", valueName: "n"))
    var convKernel: Int?

    @Option(name: .long, help: ArgumentHelp("Inner width of the memory as a multiple of the width.", valueName: "n"))
    var expand: Int?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Rank of the projection to delta in the memory: a number, or auto, a sixteenth of the width rounded up.",
            valueName: "rank"))
    var dtRank: RankChoice?

    @Option(name: .long, help: ArgumentHelp("Share of activations dropped in training.", valueName: "p"))
    var dropout: Float?

    @Option(
        name: .long,
        help: ArgumentHelp(
            """
            What a neuron carries from character to character: mamba, or none (a map of the present character with \
            as many parameters).
            """,
            valueName: "kind"))
    var memory: MemoryKind?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Which memory weights each neuron owns: own, conv or all (shared by all).", valueName: "mode"))
    var sharing: MemorySharing?

    @Option(name: .long, help: ArgumentHelp("Activation gate: soft, hard or off.", valueName: "mode"))
    var gate: GateMode?

    @Option(
        name: .long,
        help: ArgumentHelp("How often gates are open, between 0 and 1; their biases are held there.", valueName: "rate")
    )
    var gateTarget: Float?

    @Option(
        name: .long,
        help: ArgumentHelp("Press gates towards their target with this weight in nats instead.", valueName: "weight"))
    var gatePressure: Float?

    @Option(name: .long, help: ArgumentHelp("learned, static, uniform or off.", valueName: "mode"))
    var routing: RoutingMode?

    @Option(
        name: .long,
        help: ArgumentHelp("Factor on the first queries and keys; near 0 routing starts uniform.", valueName: "factor"))
    var scoreScale: Float?

    @Option(
        name: .long, parsing: .upToNextOption,
        help: ArgumentHelp(
            """
            What learned scores have besides: identity (a vector per neuron), qk-norm (cosines with a learned \
            temperature), own (maps of each neuron).
            """, valueName: "name"))
    var scores: [ScoreOption] = []

    @Option(name: .long, help: ArgumentHelp("Whether neurons hear themselves: true or false.", valueName: "bool"))
    var selfEdges: Bool?

    @Option(name: .long, help: ArgumentHelp("Keep each listener's k strongest edges per character.", valueName: "k"))
    var topK: Int?

    @Option(name: .long, help: ArgumentHelp("exact, or approximate (fewer scores, may miss edges).", valueName: "way"))
    var topKSearch: EdgeSearch?

    @Option(
        name: .long,
        help: ArgumentHelp(
            """
            Divide the neurons into groups: attention inside a group, and one hub per group that listens to the \
            others.
            """,
            valueName: "n"))
    var groups: Int?

    @Option(name: .long, help: ArgumentHelp("Only the first k neurons receive the character.", valueName: "k"))
    var inputs: Int?

    @Option(name: .long, help: ArgumentHelp("Only the last m neurons are read.", valueName: "m"))
    var outputs: Int?

    @Option(
        name: .long, parsing: .upToNextOption,
        help: ArgumentHelp("The only symbols that each input receives, one word per neuron.", valueName: "word"))
    var senses: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp("Keep the memory from one window of a stream to the next: true or false.", valueName: "bool")
    )
    var carryState: Bool?

    @Option(
        name: .long, help: ArgumentHelp("Width of an LSTM's embedding; by default that of its layers.", valueName: "n"))
    var embedding: Int?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Width of a Transformer's feed-forward layers; by default four times the width.", valueName: "n"))
    var feedForward: Int?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Positions of a Transformer, at least the --sequence-length; by default 128, the paper's preset 256.",
            valueName: "n"))
    var context: Int?

    @Option(
        name: .long,
        help: ArgumentHelp("Function in a Transformer's feed-forward layers: gelu or relu.", valueName: "name"))
    var activation: ActivationKind?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Norms of a Transformer before its branches (true), or after the residuals as the author's (false).",
            valueName: "bool"))
    var normFirst: Bool?

    @Option(name: .long, help: ArgumentHelp("Norm before the readout of a stack: true or false.", valueName: "bool"))
    var finalNorm: Bool?

    @Flag(
        name: .long,
        help: "Let a Mamba stack scan along the batch instead of time, as the author's published code does.")
    var batchAxisBug = false

    /// The configuration asked for.
    ///
    /// - Parameter base: what the options change; the preset when nil.
    /// - Throws: ``INNError`` of kind `usage` for an unknown preset, an option of another family, or impossible
    ///   numbers.
    func configuration(
        vocabularySize: Int, base: ModelConfiguration? = nil, alphabet: Alphabet? = nil
    ) throws -> ModelConfiguration {
        try refuseForeignOptions()
        guard params == nil || width == nil else {
            throw INNError(.usage, "--params chooses the width; leave out --width.")
        }
        var configuration = try base ?? ModelPreset(named: preset, of: model).configuration(of: model)
        configuration.options.vocabularySize = vocabularySize
        if let width { configuration.options.width = width }
        if let dropout { configuration.options.dropout = dropout }
        if let carryState { configuration.options.carryState = carryState }
        switch configuration {
        case .inn(let inn): configuration = .inn(try applied(to: inn, alphabet))
        case .lstm(let lstm): configuration = .lstm(applied(to: lstm))
        case .transformer(let transformer): configuration = .transformer(applied(to: transformer))
        case .mamba(let mamba): configuration = .mamba(applied(to: mamba))
        }
        if let params {
            guard heads ?? 1 > 0 else { throw INNError(.usage, "--heads is \(heads ?? 0), but must be at least 1.") }
            configuration = try configuration.fitted(to: params.value)
        }
        try configuration.validate()
        return configuration
    }

    private func applied(to base: INNConfiguration, _ alphabet: Alphabet?) throws -> INNConfiguration {
        var configuration = base
        if let neurons { configuration.neurons = neurons }
        if let rounds { configuration.rounds = rounds }
        if let heads { configuration.heads = heads }
        if let stateSize { configuration.stateSize = stateSize }
        if let convKernel { configuration.convKernel = convKernel }
        if let expand { configuration.expand = expand }
        if let dtRank { configuration.dtRank = dtRank }
        if let memory { configuration.memory = memory }
        if let sharing { configuration.sharing = sharing }
        if let gate { configuration.gate = gate }
        if let gateTarget { configuration.gateTarget = gateTarget }
        if let gatePressure { configuration.gatePressure = gatePressure }
        if let scoreScale { configuration.scoreScale = scoreScale }
        if !scores.isEmpty { configuration.scores = ScoreOptions(scores) }
        if let routing { configuration.routing = routing }
        if let selfEdges { configuration.selfEdges = selfEdges }
        if let topK { configuration.topK = topK }
        if let topKSearch { configuration.topKSearch = topKSearch }
        if let groups { configuration.groups = groups }
        if let inputs { configuration.inputs = inputs }
        if let outputs { configuration.outputs = outputs }
        if !senses.isEmpty { try configuration.divideSymbols(senses, in: alphabet) }
        return configuration
    }

    private func applied(to base: LSTMConfiguration) -> LSTMConfiguration {
        var configuration = base
        if let layers { configuration.layers = layers }
        if let embedding { configuration.embeddingWidth = embedding }
        return configuration
    }

    private func applied(to base: TransformerConfiguration) -> TransformerConfiguration {
        var configuration = base
        if let layers { configuration.layers = layers }
        if let heads { configuration.heads = heads }
        if let feedForward { configuration.feedForward = feedForward }
        if let context { configuration.contextLength = context }
        if let activation { configuration.activation = activation }
        if let normFirst { configuration.normFirst = normFirst }
        if let finalNorm { configuration.finalNorm = finalNorm }
        return configuration
    }

    private func applied(to base: MambaConfiguration) -> MambaConfiguration {
        var configuration = base
        if let layers { configuration.layers = layers }
        if let stateSize { configuration.stateSize = stateSize }
        if let convKernel { configuration.convKernel = convKernel }
        if let expand { configuration.expand = expand }
        if let dtRank { configuration.dtRank = dtRank }
        if let finalNorm { configuration.finalNorm = finalNorm }
        if batchAxisBug { (configuration.batchAxisBug, configuration.carryState) = (true, carryState ?? false) }
        return configuration
    }

    /// Options that not every family has.
    private func refuseForeignOptions() throws {
        let special: [(name: String, isGiven: Bool, families: [ModelFamily])] = [
            ("neurons", neurons != nil, [.inn]), ("rounds", rounds != nil, [.inn]),
            ("layers", layers != nil, [.lstm, .transformer, .mamba]), ("heads", heads != nil, [.inn, .transformer]),
            ("state-size", stateSize != nil, [.inn, .mamba]), ("conv-kernel", convKernel != nil, [.inn, .mamba]),
            ("expand", expand != nil, [.inn, .mamba]), ("dt-rank", dtRank != nil, [.inn, .mamba]),
            ("memory", memory != nil, [.inn]), ("sharing", sharing != nil, [.inn]), ("gate", gate != nil, [.inn]),
            ("gate-target", gateTarget != nil, [.inn]), ("gate-pressure", gatePressure != nil, [.inn]),
            ("routing", routing != nil, [.inn]), ("score-scale", scoreScale != nil, [.inn]),
            ("scores", !scores.isEmpty, [.inn]), ("self-edges", selfEdges != nil, [.inn]),
            ("top-k", topK != nil, [.inn]), ("top-k-search", topKSearch != nil, [.inn]),
            ("groups", groups != nil, [.inn]), ("inputs", inputs != nil, [.inn]),
            ("outputs", outputs != nil, [.inn]), ("senses", !senses.isEmpty, [.inn]),
            ("final-norm", finalNorm != nil, [.transformer, .mamba]), ("batch-axis-bug", batchAxisBug, [.mamba]),
            ("embedding", embedding != nil, [.lstm]), ("feed-forward", feedForward != nil, [.transformer]),
            ("context", context != nil, [.transformer]), ("activation", activation != nil, [.transformer]),
            ("norm-first", normFirst != nil, [.transformer]),
            ("carry-state", carryState != nil, [.inn, .lstm, .mamba]),
        ]
        for option in special where option.isGiven && !option.families.contains(model) {
            let families = option.families.map(\.rawValue).joined(separator: " or ")
            throw INNError(
                .usage, "--\(option.name) does not fit --model \(model.rawValue); it is an option of \(families).")
        }
    }
}
