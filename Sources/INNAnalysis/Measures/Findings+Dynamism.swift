import INNCore

extension Findings {
    /// How many times the untrained networks' dynamism a round has to reach, and how many nats.
    static let dynamismMargin = 2.0, leastDynamism = 0.05

    /// Rounds whose routing depends on the character, more than that of untrained networks does by itself.
    static func dynamism(_ trained: NetworkAnalysis, _ control: UntrainedControl) -> [Finding] {
        trained.routing.compactMap { routing in
            let own = meanDynamism(routing)
            let other = control.rounds[routing.round].dynamism
            guard own > leastDynamism, own > dynamismMargin * other else { return nil }
            let mean = decimals(average(routing.effectiveDegree))
            let degree = routing.characterDegree.map {
                ": a neuron hears effectively \(decimals(average($0))) others at a character, \(mean) on average"
            }
            return Finding(
                kind: .dynamism,
                sentence: """
                    routing of round \(routing.round + 1) depends on the character: dynamism \(decimals(own)) \
                    nats\(degree ?? "")
                    """,
                control: "largest in \(control.networks) \(decimals(other)) nats")
        }
    }

    static func meanDynamism(_ routing: RoutingAnalysis) -> Double { average(routing.dynamism) }

    private static func average(_ values: [Float]) -> Double {
        values.reduce(0) { $0 + Double($1) } / Double(max(1, values.count))
    }
}
