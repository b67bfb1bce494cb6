import INNCore

/// What stands beside a single figure of the trained network, and whether it is a finding. Nothing is one without a
/// control.
extension AnalysisReport {
    private func index(_ unit: NeuronAnalysis) -> Int { unit.round * trained.neurons + unit.neuron }

    /// The best F1 of untrained units for the category that describes a unit best; nil without a control.
    public func untrainedF1(of unit: NeuronAnalysis) -> Double? { control?.units[index(unit)].f1 }

    /// The same for the label of a cluster, mean over its members.
    public func untrainedF1(ofCluster cluster: Int) -> Double? { control?.clusters[cluster] }

    /// What untrained units do about one of the rules of a unit.
    public func untrainedRule(_ rule: FiringRule, of unit: NeuronAnalysis) -> UntrainedControl.Rule? {
        control.flatMap { control in
            unit.rules.rules.firstIndex(of: rule).map { control.units[index(unit)].rules[$0] }
        }
    }

    public func claimsLabel(of unit: NeuronAnalysis) -> Bool {
        guard withheld == nil, let label = unit.label, let other = untrainedF1(of: unit) else { return false }
        return Findings.isFinding(label, other)
    }

    public func claimsLabel(ofCluster cluster: Int) -> Bool {
        guard withheld == nil, let label = trained.clusters.clusters[cluster].label,
            let other = untrainedF1(ofCluster: cluster)
        else { return false }
        return Findings.isFinding(label, other)
    }

    /// Whether a rule of a unit is one of the findings.
    public func claims(_ rule: FiringRule, of unit: NeuronAnalysis) -> Bool {
        guard withheld == nil, let other = untrainedRule(rule, of: unit) else { return false }
        return Findings.claims(rule, other)
    }
}
