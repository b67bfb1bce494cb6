import ArgumentParser
import Foundation
import INNKit

/// Where runs live.
struct RunsOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("Folder that holds the runs.", valueName: "dir"))
    var runsDir = "runs"

    var url: URL { URL(fileURLWithPath: runsDir, isDirectory: true) }
}

/// Where text is looked for.
struct DataOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("Folder with text8, text8.zip or text8-prefix.gz; searched before $INN_DATA_DIR, ./data and the cache.", valueName: "dir"))
    var dataDir: String?

    @Option(name: .long, help: ArgumentHelp("text8 (a–z and space) or bytes.", valueName: "alphabet"))
    var alphabet: Alphabet?

    /// Finds, downloads or generates a corpus, showing progress on standard error when that is a terminal.
    ///
    /// - Parameter known: the alphabet, when it is not for the option to say.
    func corpus(_ name: String, alphabet known: Alphabet? = nil) throws -> Corpus {
        let resolver = CorpusResolver(dataDirectory: dataDir, alphabet: known ?? alphabet)
        let progress = ProgressPrinter()
        defer { progress.finish() }
        return try resolver.resolve(name) { progress.show($0) }
    }
}

extension Alphabet: ExpressibleByArgument {}
extension BatchOrder: ExpressibleByArgument {}
extension MemoryKind: ExpressibleByArgument {}
extension MemorySharing: ExpressibleByArgument {}
extension GateMode: ExpressibleByArgument {}
extension RoutingMode: ExpressibleByArgument {}

/// The shape of the model: a preset and what differs from it.
struct ModelOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("Model family: inn.", valueName: "family"))
    var model = "inn"

    @Option(name: .long, help: ArgumentHelp("tiny, small, base, paper or paper-conv.", valueName: "name"))
    var preset = "small"

    @Option(name: .long, help: ArgumentHelp("Number of neurons.", valueName: "n"))
    var neurons: Int?

    @Option(name: .long, help: ArgumentHelp("Width of a neuron's state (dModel).", valueName: "n"))
    var width: Int?

    @Option(name: .long, help: ArgumentHelp("Rounds of memory and routing.", valueName: "n"))
    var rounds: Int?

    @Option(name: .long, help: ArgumentHelp("Routing attention heads; must divide the width.", valueName: "n"))
    var heads: Int?

    @Option(name: .long, help: ArgumentHelp("States per memory channel.", valueName: "n"))
    var stateSize: Int?

    @Option(name: .long, help: ArgumentHelp("Taps of the memory's causal convolution.", valueName: "n"))
    var convKernel: Int?

    @Option(name: .long, help: ArgumentHelp("Inner width of the memory as a multiple of the width.", valueName: "n"))
    var expand: Int?

    @Option(name: .long, help: ArgumentHelp("Share of activations dropped in training.", valueName: "p"))
    var dropout: Float?

    @Option(name: .long, help: ArgumentHelp("What a neuron carries from character to character: mamba, or none (a map of the present character with as many parameters).", valueName: "kind"))
    var memory: MemoryKind?

    @Option(name: .long, help: ArgumentHelp("Which memory weights each neuron owns: own, conv or all (shared by all).", valueName: "mode"))
    var sharing: MemorySharing?

    @Option(name: .long, help: ArgumentHelp("Activation gate: soft, hard or off.", valueName: "mode"))
    var gate: GateMode?

    @Option(name: .long, help: ArgumentHelp("Firing rate towards which the gates are pressed, between 0 and 1.", valueName: "rate"))
    var gateTarget: Float?

    @Option(name: .long, help: ArgumentHelp("Strength of that pressure in nats.", valueName: "weight"))
    var gatePressure: Float?

    @Option(name: .long, help: ArgumentHelp("learned, static, uniform or off.", valueName: "mode"))
    var routing: RoutingMode?

    @Option(name: .long, help: ArgumentHelp("Whether neurons hear themselves: true or false.", valueName: "bool"))
    var selfEdges: Bool?

    @Option(name: .long, help: ArgumentHelp("Keep only the strongest edges of every listener, chosen anew for each character and head.", valueName: "k"))
    var topK: Int?

    @Option(name: .long, help: ArgumentHelp("Divide the neurons into groups: attention inside a group, and one hub per group that listens to the others.", valueName: "n"))
    var groups: Int?

    @Option(name: .long, help: ArgumentHelp("Keep the memory from one window of a stream to the next: true or false.", valueName: "bool"))
    var carryState: Bool?

    /// The configuration asked for.
    ///
    /// - Throws: ``INNError`` of kind `usage` for an unknown preset or family, or impossible numbers.
    func configuration(vocabularySize: Int) throws -> INNConfiguration {
        guard model == "inn" else {
            throw INNError(.usage, "There is no model family “\(model)”; this version trains inn.")
        }
        var configuration = try INNPreset(named: preset).configuration
        configuration.vocabularySize = vocabularySize
        if let neurons { configuration.neurons = neurons }
        if let width { configuration.dModel = width }
        if let rounds { configuration.rounds = rounds }
        if let heads { configuration.heads = heads }
        if let stateSize { configuration.stateSize = stateSize }
        if let convKernel { configuration.convKernel = convKernel }
        if let expand { configuration.expand = expand }
        if let dropout { configuration.dropout = dropout }
        if let memory { configuration.memory = memory }
        if let sharing { configuration.sharing = sharing }
        if let gate { configuration.gate = gate }
        if let gateTarget { configuration.gateTarget = gateTarget }
        if let gatePressure { configuration.gatePressure = gatePressure }
        if let routing { configuration.routing = routing }
        if let selfEdges { configuration.selfEdges = selfEdges }
        if let topK { configuration.topK = topK }
        if let groups { configuration.groups = groups }
        if let carryState { configuration.carryState = carryState }
        try configuration.validate()
        return configuration
    }
}
