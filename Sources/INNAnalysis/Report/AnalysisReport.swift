import INNCore

/// What was measured of one network, beside the same measures of an untrained copy.
public struct AnalysisReport: Codable, Sendable, Equatable {
    public var subject: AnalysisSubject
    public var trained: NetworkAnalysis
    /// The same measures of a freshly initialised network of the same configuration over the same text; nil when not
    /// asked for.
    public var untrained: NetworkAnalysis?
    /// Every neuron in one line, those that cost most first.
    public var cast: [CastMember]
    /// What findings are judged by: what several untrained networks do when they fire as often as each unit, or else
    /// what the one does as it is; nil without any, and in reports from before this was measured.
    public var control: UntrainedControl?
    /// What the report claims, in the order of importance; empty with the light red.
    public var findings: [Finding]
    /// Why claims are withheld; nil when they are not.
    public var withheld: String?

    public init(
        subject: AnalysisSubject, trained: NetworkAnalysis, untrained: NetworkAnalysis?,
        control: UntrainedControl? = nil
    ) {
        self.subject = subject
        self.trained = trained
        self.untrained = untrained
        cast = trained.cast
        let dynamism = untrained.flatMap { RoutingVariety($0.snapshot).dynamism }
        self.trained.light = DegeneracyLight(trained.snapshot, untrained: dynamism)
        let uncut = untrained.map { UntrainedControl.uncut(trained, $0) }
        self.control = control ?? uncut
        if let uncut, control != nil {
            self.control?.uncutFindings = Findings.judge(self.trained, control: uncut).findings.count
        }
        let judgement = Findings.judge(self.trained, control: self.control)
        findings = judgement.findings.map { finding in
            var finding = finding
            finding.sentence = subject.lossUnit.worded(finding.sentence)
            return finding
        }
        withheld = judgement.withheld
    }
}

/// Which network was measured over which text.
public struct AnalysisSubject: Codable, Sendable, Equatable {
    /// The checkpoint and the optimizer updates it had seen.
    public var network: String
    public var step: Int
    public var parameters: Int
    public var corpus: String
    /// `validation`, `test`, … and whether the network has not been trained on it.
    public var split: String
    public var isHeldOut: Bool
    /// The command that makes this report.
    public var command: String
    /// What losses are counted per; nil in reports from before texts of bytes were told apart.
    public var unit: TextUnit?
    public var lossUnit: TextUnit { unit ?? .character }

    public init(
        network: String, step: Int, parameters: Int, corpus: String, split: String, isHeldOut: Bool, command: String,
        unit: TextUnit = .character
    ) {
        self.unit = unit
        (self.network, self.step, self.parameters, self.corpus) = (network, step, parameters, corpus)
        (self.split, self.isHeldOut, self.command) = (split, isHeldOut, command)
    }
}

/// All measures of one frozen network over one text, in evaluation mode.
///
/// The firing unit is the gate of a neuron in one round: a network of R rounds and N neurons has R·N units, numbered
/// `round · neurons + neuron`. What belongs to the neuron over all rounds says so.
public struct NetworkAnalysis: Codable, Sendable, Equatable {
    public var rounds: Int, neurons: Int, heads: Int
    /// Characters over which everything was counted that does not name a number of its own.
    public var characters: Int
    /// Independent pieces of the text that were read side by side.
    public var streams: Int
    /// Mean loss over these characters, bits per character.
    public var bitsPerCharacter: Double?
    /// Symbols of the alphabet in id order, and how often each occurred.
    public var symbols: [String]
    public var symbolCounts: [Int]
    public var light: DegeneracyLight
    /// Means over the text, the same as the live screens show.
    public var snapshot: ProbeSnapshot
    /// One per firing unit, `[rounds · neurons]`.
    public var units: [NeuronAnalysis]
    public var clusters: ClusterAnalysis
    /// One per round.
    public var routing: [RoutingAnalysis]
    public var compute: ComputeAnalysis
    /// Measured by changing the network; nil when not asked for.
    public var causal: CausalAnalysis?
    public var memory: MemoryAnalysis?

    public func unit(round: Int, neuron: Int) -> NeuronAnalysis { units[round * neurons + neuron] }
}

/// Something that the report claims of the trained network, with the evidence for it.
public struct Finding: Codable, Sendable, Equatable {
    public enum Kind: String, Codable, Sendable, CaseIterable {
        case causalLabel, specialisation, causalCluster
        case rule, prediction, cluster, label, hub, communities
        case dynamism

        /// For people.
        public var name: String {
            switch self {
            case .causalLabel: "causal label"
            case .causalCluster: "causal cluster"
            default: rawValue
            }
        }
    }

    public var kind: Kind
    /// One sentence with the figures.
    public var sentence: String
    /// The same figure of the untrained network, or why there is none.
    public var control: String
}

/// An interval around a mean.
public struct Interval: Codable, Sendable, Equatable {
    public var mean: Double
    /// 2.5 % and 97.5 %.
    public var low: Double, high: Double

    public init(mean: Double, low: Double, high: Double) { (self.mean, self.low, self.high) = (mean, low, high) }

    public func excludes(_ value: Double) -> Bool { low > value || high < value }
}
