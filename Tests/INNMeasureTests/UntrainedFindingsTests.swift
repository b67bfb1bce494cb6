import Testing

@testable import INNAnalysis
@testable import INNCore
@testable import INNData
@testable import INNEvaluation

/// Untrained networks beside others of their kind earn nothing, however often they fire.
@Suite struct UntrainedFindingsTests {
    private static let text = try! ValidationWindows(
        corpus: SampleCorpus.make(), batchSize: 8, sequenceLength: 64, maximumCharacters: 56_000)
    private static let plan = ReadingPlan(
        streams: text.batchSize, windows: text.windowCount, steps: text.sequenceLength)
    private static let configuration = INNPreset.tiny.configuration
    private static let control = RateMatchedControl(
        ([101, 102, 103] as [UInt64]).map { seed in
            let network = try! IntelligentNeuralNetwork(configuration, seed: seed)
            let collector = ControlCollector(network.shape, plan: plan, classes: .text8)
            _ = Evaluator(network, team: ThreadTeam(threadCount: 1)).evaluate(
                text, carriesState: true, probe: collector, willRead: collector.willRead,
                willPredict: collector.willPredict)
            return collector.network(seed: seed)
        })

    @Test(arguments: [1, 2, 3] as [UInt64], [nil, 0.08] as [Double?])
    func anUntrainedNetworkEarnsNothing(seed: UInt64, rate: Double?) throws {
        let network = try IntelligentNeuralNetwork(Self.configuration, seed: seed)
        let tap = ActivityTap(network.shape, plan: Self.plan)
        _ = Evaluator(network, team: ThreadTeam(threadCount: 1)).evaluate(
            Self.text, carriesState: true, probe: tap, willRead: tap.willRead, willPredict: tap.willPredict)
        let one = tap.analysis(rate: rate)
        #expect(one.units[0].information.isLongEnough)
        if let rate { #expect(one.units.allSatisfy { abs($0.firing.rate - rate) < 0.01 }) }
        #expect(one.units.contains { $0.label != nil || !$0.rules.rules.isEmpty }, "nothing to refuse")
        let subject = AnalysisSubject(
            network: "n", step: 0, parameters: 0, corpus: "c", split: "all", isHeldOut: true, command: "")
        let report = AnalysisReport(
            subject: subject, trained: one, untrained: nil, control: Self.control.figures(for: one))
        #expect(report.findings.map { "\($0.sentence) [\($0.control)]" } == [])
    }
}

/// Keeps all activity, so that gates can be made rare.
private final class ActivityTap: Probe {
    private let collector: AnalysisCollector
    private let plan: ReadingPlan, units: Int
    private var ids: [Int32] = [], next: [Int32] = []
    private var activity: [Float] = []
    private var windows: [ActivityWindow] = []

    init(_ shape: NetworkShape, plan: ReadingPlan) {
        collector = AnalysisCollector(shape, plan: plan, classes: .text8)
        self.plan = plan
        units = shape.rounds * shape.neurons
    }

    func willRead(_ ids: [Int32]) {
        self.ids = ids
        activity = []
        collector.willRead(ids)
    }

    func willPredict(_ next: [Int32]) {
        self.next = next
        collector.willPredict(next)
    }

    func observe(_ site: Site, _ observation: Observation) {
        collector.observe(site, observation)
        guard case .routing(let activations, let outProjection) = observation else { return }
        activity += activations.activity(outProjection: outProjection)
        guard activity.count == units * ids.count else { return }
        windows.append(
            ActivityWindow(
                streams: plan.streams, steps: plan.steps, units: units, ids: ids, next: next, activity: activity))
    }

    /// - Parameter rate: how often each unit is made to fire; nil leaves them as they are.
    func analysis(rate: Double?) -> NetworkAnalysis {
        let whole = collector.analysis(bitsPerCharacter: nil, step: 0)
        guard let rate else { return whole }
        let thresholds = (0..<units).map { unit in
            let all = windows.flatMap { $0.activity[(unit * $0.ids.count)..<((unit + 1) * $0.ids.count)] }.sorted()
            return all[Int(Double(all.count) * (1 - rate))]
        }
        let firing = FiringAccumulator(
            rounds: whole.rounds, neurons: whole.neurons, plan: plan, classes: .text8)
        for var window in windows {
            let rows = window.ids.count
            for index in window.activity.indices {
                window.activity[index] = window.activity[index] >= thresholds[index / rows] ? 0.9 : 0.1
            }
            firing.add(window)
        }
        firing.finish()
        return NetworkAnalysis(
            firing, heads: whole.heads, bitsPerCharacter: nil, snapshot: whole.snapshot, routing: whole.routing)
    }
}
