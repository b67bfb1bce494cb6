import INNKit

/// What is known about a run before any measurement: shown in headers and used to place reference lines.
public struct RunInfo: Equatable, Sendable {
    public var name: String
    /// Folder of the run.
    public var path: String
    /// `inn`, `lstm`, `transformer` or `mamba`.
    public var modelFamily: String
    public var preset: String
    public var parameterCount: Int
    /// Which neurons receive the character and which are read; nil in a family without neurons.
    public var roles: NeuronRoles?
    /// One phrase, for example `text8 prefix, 6,500,000 characters`.
    public var corpus: String
    /// A sentence that must not be overlooked, for example that the built-in sample stands in for text8.
    public var notice: String?
    public var vocabularySize: Int
    /// What the losses of the run are counted per.
    public var unit: TextUnit
    /// Entropies of the corpus in bits per ``unit``, where known.
    public var unigramBPC: Double?
    public var bigramBPC: Double?
    /// The paper's result on this corpus, where there is one.
    public var paperBPC: Double?
    public var plannedSteps: Int?
    public var plannedMinutes: Double?
    /// Steps between probe snapshots, so that an empty pane can say what it waits for.
    public var probeInterval: Int?
    /// Steps between samples of generated text.
    public var sampleInterval: Int?
    public var seed: UInt64
    /// Whether a trainer in this process is behind the screens; false for a stored run.
    public var isLive: Bool

    public init(
        name: String, path: String, modelFamily: String = "inn", preset: String, parameterCount: Int,
        roles: NeuronRoles? = nil, corpus: String,
        notice: String? = nil, vocabularySize: Int = 27,
        unit: TextUnit = .character, unigramBPC: Double? = nil, bigramBPC: Double? = nil,
        paperBPC: Double? = nil, plannedSteps: Int? = nil, plannedMinutes: Double? = nil,
        probeInterval: Int? = nil, sampleInterval: Int? = nil, seed: UInt64, isLive: Bool
    ) {
        self.name = name
        self.path = path
        self.modelFamily = modelFamily
        self.preset = preset
        self.parameterCount = parameterCount
        self.roles = roles
        self.corpus = corpus
        self.notice = notice
        self.vocabularySize = vocabularySize
        self.unit = unit
        self.unigramBPC = unigramBPC
        self.bigramBPC = bigramBPC
        self.paperBPC = paperBPC
        self.plannedSteps = plannedSteps
        self.plannedMinutes = plannedMinutes
        self.probeInterval = probeInterval
        self.sampleInterval = sampleInterval
        self.seed = seed
        self.isLive = isLive
    }

    /// Reference lines of the loss chart: uniform guessing, the corpus entropies and the paper.
    var references: [LineChart.Reference] {
        var lines: [LineChart.Reference] = []
        if vocabularySize > 1 {
            lines.append(.init(name: "uniform", value: Double(binaryLogarithm(Float(vocabularySize)))))
        }
        if let unigramBPC { lines.append(.init(name: "unigram", value: unigramBPC)) }
        if let bigramBPC { lines.append(.init(name: "bigram", value: bigramBPC)) }
        if let paperBPC { lines.append(.init(name: "paper", value: paperBPC)) }
        return lines
    }
}
