import Testing

@testable import INNAnalysis
@testable import INNCore
@testable import INNData
@testable import INNEvaluation

/// The planted ground truth: what the tools must find, and what they must not.
@Suite struct GroundTruth {
    @Test func plantedNeuronsAreFound() throws {
        let analysis = PlantedNetwork().analysis()
        let units = analysis.units
        #expect(analysis.light == .green)
        #expect(analysis.clusters.clusters.map { Set($0.members) } == [[0, 6]])
        let cluster = try #require(analysis.clusters.clusters.first)
        #expect(cluster.label?.name == "vowel" && cluster.label?.f1 == 1 && cluster.stability > 0.99)
        #expect(units[0].label?.name == "vowel" && units[6].label?.name == "vowel")
        #expect(units[1].label?.name == "space" && units[1].label?.f1 == 1)
        #expect(units[2].label?.name == "th")

        let rule = try #require(units[2].rules.rules.first)
        #expect(rule.text == "th" && units[2].rules.rules.count == 1)
        #expect(rule.precision == 1 && rule.recall == 1 && rule.support > 200)
        #expect(units[2].rules.target == .fires && units[2].rules.precision == 1 && units[2].rules.recall == 1)
        #expect(units[0].rules.rules.map(\.text) == ["[vowel]"] && units[1].rules.rules.map(\.text) == ["␣"])

        #expect(
            units[3].firing.rate == 1 && units[3].rules.rules.isEmpty && units[3].label == nil
                && units[3].information.present == 0)
        #expect(units[4].firing.rate == 0 && units[4].isDead && units[4].rules.rules.isEmpty && units[4].label == nil)
        #expect(
            abs(units[5].firing.rate - 0.2) < 0.01 && !units[5].information.tellsPresent
                && !units[5].information.predicts)
        #expect(units[5].rules.rules.isEmpty && units[5].label == nil)
        #expect(
            units[0].information.tellsPresent && units[1].information.tellsPresent && units[2].information.tellsPresent)
        #expect(analysis.clusters.untuned == [3, 4, 5, 7])

        #expect(analysis.routing[0].hubs == [7])
        let hub = analysis.routing[0].listenedTo[7]
        #expect(abs(hub.mean - 4.9) < 0.01 && hub.low > 4.8 && hub.high < 5)
        #expect(abs(analysis.routing[0].listenedTo.reduce(0) { $0 + $1.mean } - 8) < 1e-3)
    }

    @Test func shuffledFiringHasNoClustersAndNoRules() {
        let analysis = PlantedNetwork(isShuffled: true).analysis()
        #expect(analysis.clusters.clusters.isEmpty)
        for unit in analysis.units {
            #expect(
                unit.rules.rules.isEmpty && unit.label == nil && !unit.information.tellsPresent
                    && !unit.information.predicts, "n\(unit.neuron)")
        }
    }

    @Test func routingInTwoBlocksHasTwoCommunities() {
        var random = RandomSource(seed: 5)
        let flow = (0..<256).map { edge -> Float in
            let (listener, speaker) = (edge / 16, edge % 16)
            guard listener != speaker else { return 0 }
            return Float(random.uniform(0.8...1.2)) * ((listener < 7) == (speaker < 7) ? 0.1 : 0.02)
        }
        let found = CommunityAnalysis(flow: flow, neurons: 16)
        #expect(found.isFound && found.count == 2 && found.zScore > 2)
        #expect(found.labels == (0..<16).map { $0 < 7 ? 0 : 1 })
    }

    @Test func evenRoutingHasNoCommunities() {
        var random = RandomSource(seed: 6)
        let flow = (0..<256).map { _ in Float(random.uniform(0.8...1.2)) }
        let found = CommunityAnalysis(flow: flow, neurons: 16)
        #expect(!found.isFound && found.count == 1)
    }

    @Test func sharedWeightsTurnTheLightRed() throws {
        let analysis = try Self.measured(INNPreset.tiny.configuration.with { $0.sharing = .all }, seed: 3, windows: 12)
        let report = AnalysisReport(subject: Self.subject, trained: analysis, untrained: nil)
        #expect(analysis.light == .red)
        #expect(report.findings.isEmpty && report.withheld?.contains("red") == true)
        #expect(
            analysis.clusters.clusters.isEmpty
                && analysis.units.allSatisfy { $0.rules.rules.isEmpty && $0.label == nil })
        #expect(analysis.routing.allSatisfy { $0.hubs.isEmpty })
    }

    @Test(arguments: [1, 2, 3] as [UInt64]) func anUntrainedNetworkEarnsNoFinding(seed: UInt64) throws {
        let one = try Self.measured(INNPreset.tiny.configuration, seed: seed)
        let other = try Self.measured(INNPreset.tiny.configuration, seed: seed + 100)
        let report = AnalysisReport(subject: Self.subject, trained: one, untrained: other)
        #expect(report.findings.map(\.sentence) == [])
        #expect(
            one.units.contains { $0.label != nil || !$0.rules.rules.isEmpty },
            "nothing that the control would have to refuse")
    }

    private static let subject = AnalysisSubject(
        network: "n", step: 0, parameters: 0, corpus: "c", split: "all", isHeldOut: true, command: "")

    /// A network as it was initialised, over the built-in text.
    private static func measured(
        _ configuration: INNConfiguration, seed: UInt64, windows: Int = 64
    ) throws -> NetworkAnalysis {
        let network = try IntelligentNeuralNetwork(configuration, seed: seed)
        let corpus = try SampleCorpus.make()
        let text = try ValidationWindows(
            corpus: corpus, batchSize: 8, sequenceLength: 64, maximumCharacters: windows * 8 * 64)
        let plan = ReadingPlan(streams: text.batchSize, windows: text.windowCount, steps: text.sequenceLength)
        let collector = AnalysisCollector(network.shape, plan: plan, classes: .text8)
        let evaluation = Evaluator(network, team: ThreadTeam(threadCount: 1)).evaluate(
            text, carriesState: true, probe: collector, willRead: collector.willRead, willPredict: collector.willPredict
        )
        return collector.analysis(bitsPerCharacter: evaluation.bitsPerCharacter, step: 0)
    }
}
