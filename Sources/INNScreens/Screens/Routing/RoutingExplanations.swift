extension RoutingScreen {
    var explanations: [Explanation] {
        [
            Explanation(
                "Rows listen to columns",
                what:
                    """
                    Who hears whom: rows listen, columns speak. v changes what is drawn: weights a, the flow that \
                    really arrives, or the causal effect of cutting that edge. e draws the strongest edges as a \
                    graph: discs are neurons, the larger the more they fire, and arrows lead to who listens.
                    """,
                reading:
                    """
                    A bright cell is a strong edge, a bright column a neuron that many hear. The arrow keys read \
                    cells; the sums stand at the edge.
                    """,
                surprise:
                    """
                    A large weight with no causal effect is attention that nothing depends on; a hub that an \
                    untrained network has too is no discovery.
                    """,
                n: Sample.insight,
                terms: [
                    .weight, .logRatio, .flow, .causalEffect, .klDivergence, .hears, .head, .round, .entropy, .hub,
                    .dynamism,
                    .effectiveNeurons, .probe, .sampleSize, .interval, .neuron, .roles,
                ]),
            Explanation(
                "Cell and neurons",
                what:
                    """
                    The cell under the cursor in numbers, then what holds for the whole round: how evenly neurons \
                    listen, who is heard most, and which hear one another.
                    """,
                reading: "Compare each figure with “uniform” or with the untrained network beside it.",
                surprise: "Weight, flow and causal effect that put the edges into quite different orders.",
                n: Sample.insight,
                terms: [
                    .weight, .entropy, .hub, .community, .causalEffect, .klDivergence, .deltaBPC, .rank, .untrained,
                    .interval,
                    .effectiveNeurons, .diversity, .dynamism, .zScore, .flow, .silhouette, .sampleSize,
                ]),
        ]
    }
}
