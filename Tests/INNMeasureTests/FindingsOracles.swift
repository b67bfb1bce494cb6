import Testing

@testable import INNAnalysis
@testable import INNCore

/// What becomes a finding, in which order and in which words, for figures around every threshold.
@Suite struct FindingsOracles {
    private static func control(_ change: (inout UntrainedControl) -> Void) -> UntrainedControl {
        let none = UntrainedControl.Unit(f1: 0, next: 0, rules: [.init(gain: 0, lift: 1)])
        var control = UntrainedControl(
            isRateMatched: true, seeds: [1, 2, 3], candidates: 12, characters: 60_000, patterns: 5, untold: 0,
            units: [none, none, none, none], clusters: [0, 0],
            rounds: [UntrainedControl.Round](
                repeating: .init(listenedTo: 0, communities: 0, dynamism: 0), count: 2), uncutFindings: nil)
        change(&control)
        return control
    }

    private static func sentences(
        _ kind: Finding.Kind, control: UntrainedControl? = control { _ in },
        _ change: (inout NetworkAnalysis) -> Void = { _ in }
    ) -> [String] {
        var trained = PlantedReport().trained
        change(&trained)
        return Findings.judge(trained, control: control).findings.filter { $0.kind == kind }.map(\.sentence)
    }

    @Test func decimals() {
        let due: [(Double, String)] = [
            (0, "0.00"), (0.1, "0.10"), (0.0999, "0.100"), (0.0994, "0.099"), (0.0006, "0.001"), (-0.0001, "0.000"),
            (-0.001, "-0.001"), (-0.05, "-0.050"), (-1.25, "-1.25"), (12.346, "12.35"), (3.999, "4.00"),
            (123_456.04, "123456.04"),
            (.infinity, "–"), (.nan, "–"), (1e15, "–"), (-1e15, "–"), (0.005, "0.005"),
        ]
        for (value, text) in due { #expect(Findings.decimals(value) == text) }
        #expect(Findings.decimals(9e14) == "900000000000000.00")
    }

    private static func rule(
        _ precision: Double, _ gain: Double, lift: Double = 4, support: Int = 200, length: Int = 2
    ) -> FiringRule {
        FiringRule(
            pattern: SuffixPattern([SuffixPattern.Element](repeating: .vowel, count: length)), text: "\(Int(gain))",
            precision: precision, recall: 0.5, lift: lift, support: support, gain: gain)
    }

    /// Rules of a precision of .9 come first, then those that gain most.
    @Test func rulesInOrder() {
        let found = Self.sentences(.rule) { trained in
            for (unit, rule) in [
                Self.rule(0.95, 100), Self.rule(0.899, 9000), Self.rule(0.9, 500), Self.rule(0.5, 9500),
            ].enumerated() { trained.units[unit].rules.rules = [rule] }
        }
        #expect(found.map { $0.split(separator: "“")[1].prefix { $0 != "”" } } == ["500", "100", "9500", "9000"])
        #expect(found[0].hasPrefix("neuron 0 (round 2) fires after") && found[1].hasPrefix("neuron 0 (round 1) fires"))
        #expect(found[2].hasPrefix("neuron 1 (round 2) is silent after"))
        #expect(found[2].hasSuffix("precision 0.50, recall 0.50, lift 4.00, n 200"))
    }

    @Test func rulesByTheirThresholds() {
        func claims(_ rule: FiringRule, gain: Double = 99, lift: Double? = 2) -> Bool {
            Findings.claims(rule, UntrainedControl.Rule(gain: gain, lift: lift))
        }
        #expect(claims(Self.rule(0.9, 100, lift: 3.01)) && !claims(Self.rule(0.9, 100, lift: 3)))
        #expect(!claims(Self.rule(0.9, 99, lift: 9)))
        #expect(
            claims(Self.rule(0.9, 100, lift: 1.51), lift: nil) && !claims(Self.rule(0.9, 100, lift: 1.5), lift: nil))
        #expect(!claims(Self.rule(0.9, 100, support: 199)) && !claims(Self.rule(0.9, 100, length: 1)))
        #expect(!Findings.claims(Self.rule(0.9, 100, lift: 9), nil), "nothing is claimed without a control")
    }

    /// Half again as much as the untrained units' best; most information first.
    @Test func predictionsByTheirThresholds() {
        func neurons(_ next: [Double], best: [Double?]) -> [String] {
            Self.sentences(
                .prediction, control: Self.control { for unit in 0..<4 { $0.units[unit].next = best[unit] } }
            ) { for unit in 0..<4 { $0.units[unit].information.next = next[unit] } }.map { String($0.prefix(18)) }
        }
        let names = ["neuron 0 (round 1)", "neuron 1 (round 1)", "neuron 0 (round 2)", "neuron 1 (round 2)"]
        #expect(
            neurons([0.3, 0.31, 0.5, 0.02], best: [0.2, 0.2, 0.1, -1]) == [names[2], names[1], names[3]],
            "what is negative in untrained units is as good as nothing")
        #expect(
            neurons([0.02, 0.019, 0.5, 0.4], best: [nil, nil, nil, nil]) == [names[2], names[3], names[0], names[1]])
    }

    @Test func labelsAndClustersByTheirThresholds() {
        func f1(_ values: [Double], best: [Double]) -> [String] {
            Self.sentences(.label, control: Self.control { for unit in 0..<4 { $0.units[unit].f1 = best[unit] } }) {
                for unit in 0..<4 { $0.units[unit].label?.f1 = values[unit] }
            }.map { String($0.split(separator: " ")[8].dropLast()) }
        }
        #expect(f1([0.75, 0.9, 0.6, 0.8], best: [0.5, 0.5, 0.5, 0.5]) == ["0.90", "0.80", "0.75"])
        #expect(f1([0.649, 0.651, 0.6, 0.6], best: [0.5, 0.5, 0.5, 0.5]) == ["0.65"])
        func clusters(_ stability: Double, _ best: Double) -> Int {
            Self.sentences(.cluster, control: Self.control { $0.clusters[0] = best }) {
                $0.clusters.clusters[0].stability = stability
                $0.clusters.clusters[0].label?.f1 = 0.8
            }.count
        }
        #expect(clusters(0.75, 0.6) == 1 && clusters(0.749, 0.6) == 0 && clusters(0.75, 0.66) == 0)
    }

    /// More than any untrained network, those that are listened to most first.
    @Test func hubsAndCommunitiesBesideUntrainedNetworks() {
        func hubs(_ listened: [Double], untrained: Double?) -> [String] {
            Self.sentences(
                .hub, control: untrained.map { value in Self.control { $0.rounds[0].listenedTo = value } }
            ) { trained in
                trained.routing[1].hubs = []
                trained.routing[0].hubs = Array(listened.indices)
                trained.routing[0].listenedTo = listened.map { Interval(mean: $0, low: $0 - 0.1, high: $0 + 0.1) }
            }.map { String($0.prefix(8)) }
        }
        #expect(hubs([1.6, 1.9], untrained: 1.5) == ["neuron 1", "neuron 0"])
        #expect(hubs([1.6, 1.9], untrained: 1.6) == ["neuron 1"] && hubs([0, 1.7], untrained: nil) == [])
        func communities(_ z: Double, _ labels: [Int], untrained: Double?) -> [String] {
            Self.sentences(
                .communities, control: untrained.map { value in Self.control { $0.rounds[0].communities = value } }
            ) {
                $0.routing[0].communities = CommunityAnalysis(
                    labels: labels, modularity: 0.25, zScore: z, shuffles: 100)
            }
        }
        #expect(communities(3, [0, 1], untrained: 3) == [])
        #expect(
            communities(3, [0, 1], untrained: 2.9) == [
                "2 communities in the flow of round 1: modularity 0.25, 3.00 deviations above 100 shuffles"
            ])
        #expect(communities(1.9, [0, 1], untrained: 0) == [] && communities(2, [0, 1], untrained: 0).count == 1)
        #expect(communities(9, [0, 1], untrained: nil) == [])
    }

    /// The mean over listeners has to exceed .05 nats and twice the untrained networks'.
    @Test func dynamismByItsThresholds() throws {
        func found(_ values: [Float], untrained: Double?, degree: [Float]? = [1, 2]) -> [Finding] {
            var trained = PlantedReport().trained
            trained.routing[1].dynamism = values
            (trained.routing[1].characterDegree, trained.routing[1].effectiveDegree) = (degree, [4, 2])
            let control = untrained.map { value in Self.control { $0.rounds[1].dynamism = value } }
            return Findings.judge(trained, control: control).findings.filter { $0.kind == .dynamism }
        }
        #expect(found([0.03, 0.0698], untrained: 0).isEmpty && found([0.03, 0.0702], untrained: 0).count == 1)
        #expect(found([0.25, 0.75], untrained: 0.25).isEmpty && found([0.25, 0.75], untrained: 0.249).count == 1)
        #expect(found([0.25, 0.75], untrained: nil).isEmpty)
        let finding = try #require(found([0.25, 0.75], untrained: 0.125).first)
        #expect(
            finding.sentence == "routing of round 2 depends on the character: dynamism 0.50 nats: a neuron hears "
                + "effectively 1.50 others at a character, 3.00 on average")
        #expect(finding.control == "largest in 3 untrained networks 0.13 nats")
        #expect(found([0.25, 0.75], untrained: 0, degree: nil).first?.sentence.hasSuffix("0.50 nats") == true)
        #expect(found([], untrained: nil).isEmpty)
    }

    /// Evidence beside a unit is that of the same unit: of round 1, neuron 1 it is the second of four.
    @Test func evidenceIsOfTheSameUnit() {
        let control = Self.control { control in
            for unit in 0..<4 {
                control.units[unit].f1 = 0.1 * Double(unit)
                control.units[unit].rules = [.init(gain: Double(unit), lift: nil)]
            }
            control.clusters = [0.3, nil]
        }
        let planted = PlantedReport()
        let report = AnalysisReport(
            subject: planted.subject, trained: planted.trained, untrained: planted.untrained, control: control)
        for (index, unit) in report.trained.units.enumerated() {
            #expect(report.untrainedF1(of: unit) == 0.1 * Double(index))
            #expect(report.untrainedRule(unit.rules.rules[0], of: unit)?.gain == Double(index))
        }
        #expect(report.untrainedF1(ofCluster: 0) == 0.3 && report.untrainedF1(ofCluster: 1) == nil)
        #expect(report.claimsLabel(ofCluster: 0) && !report.claimsLabel(ofCluster: 1))
        // Beside the untrained network as it is, everything planted is found; the gates of nobody were cut.
        let uncut = AnalysisReport(subject: planted.subject, trained: planted.trained, untrained: planted.untrained)
        #expect(report.control?.uncutFindings == uncut.findings.count && uncut.findings.count > 8)
        #expect(uncut.control?.uncutFindings == nil && uncut.control?.isRateMatched == false)
    }

    /// The largest of two networks in each round; and of one network as it is, the best of all its units.
    @Test func theLargestOfUntrainedNetworks() {
        func routing(_ listened: [Double], _ z: Double, _ dynamism: [Float]) -> RoutingAnalysis {
            var routing = Planted.routing(0, neurons: 2)
            routing.listenedTo = listened.map { Interval(mean: $0, low: $0, high: $0) }
            routing.communities = CommunityAnalysis(labels: [0, 0], modularity: 0, zScore: z, shuffles: 1)
            routing.dynamism = dynamism
            return routing
        }
        let rounds = UntrainedControl.rounds([
            [routing([1.2, 0.8], 1, [0.5, 0.25]), routing([1, 1], 3, [0, 0])],
            [routing([0.5, 1.5], 0.5, [0.125, 0.25]), routing([1.25, 0.75], -1, [0, 1])],
        ])
        #expect(rounds.map(\.listenedTo) == [1.5, 1.25] && rounds.map(\.communities) == [1, 3])
        #expect(rounds.map(\.dynamism) == [0.375, 0.5] && UntrainedControl.rounds([]).isEmpty)
        var trained = PlantedReport().trained
        var untrained = trained
        // Of the last unit's rule nobody has asked.
        trained.units[3].rules.rules[0].untrainedGain = nil
        for unit in 0..<4 {
            untrained.units[unit].categories[0].f1 = [0.1, 0.4, 0.2, 0][unit]
            untrained.units[unit].information.next = [0.01, 0.02, 0.09, 0.03][unit]
            // Half the support of the trained unit's rule is 750.
            untrained.units[unit].rules.rules[0].lift = [2, 3, 5, 7][unit]
            untrained.units[unit].rules.rules[0].support = [1000, 750, 749, 10][unit]
        }
        let uncut = UntrainedControl.uncut(trained, untrained)
        #expect(uncut.units.allSatisfy { $0.f1 == 0.4 && $0.next == 0.09 })
        #expect(uncut.units.map(\.rules) == [300, 300, 300, 0].map { [.init(gain: $0, lift: 3)] })
        #expect(uncut.clusters == [0.4, nil] && uncut.candidates == 4 && uncut.patterns == 4 && uncut.untold == 0)
        #expect(uncut.subject == "4 untrained units as they are" && uncut.networks == "the untrained network")
        let matched = Self.control { _ in }
        #expect(matched.subject == "12 untrained units firing as often" && matched.networks == "3 untrained networks")
    }
}
