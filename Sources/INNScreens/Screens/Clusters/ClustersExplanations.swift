extension ClustersScreen {
    var explanations: [Explanation] {
        [
            Explanation(
                "Characters and neurons",
                what:
                    """
                    Neurons against characters; v changes what is drawn: what losing each neuron costs when each \
                    character comes next, what each unit responds to with its evidence, or the mean gates of one \
                    round.
                    """,
                reading:
                    """
                    Alike rows stand together; the tree shows how alike. A bright cell of costs: without this \
                    neuron that character is hard to predict.
                    """,
                surprise:
                    """
                    A group that lights up for one kind of character only, such as vowels. What neurons respond \
                    to proves little; what they cost counts.
                    """,
                n: Sample.insight,
                terms: [
                    .deltaBPC, .bpc, .lesion, .tuning, .gate, .cluster, .silhouette, .information, .null, .label,
                    .untrained, .interval,
                    .round, .fires, .sampleSize, .neuron, .roles,
                ]),
            Explanation(
                "Clusters",
                what:
                    """
                    The groups in words, how sure they are, and what would be called a finding: something that \
                    untrained networks do not do.
                    """,
                reading: "Green lines beat the untrained control. Everything else is a description, not a discovery.",
                surprise: "Any finding at all: most networks of this size have few.",
                n: Sample.insight,
                terms: [
                    .cluster, .silhouette, .stability, .label, .specialisation, .untrained, .null, .deltaBPC, .interval,
                    .tuning,
                    .fires, .sampleSize,
                ]),
        ]
    }
}
