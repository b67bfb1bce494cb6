import INNCore

extension AnalysisReport {
    /// The largest F1 of any unit of the untrained network for a category; nil without such a network.
    public func untrainedF1(_ category: String) -> Double? { untrained.map { Findings.bestF1($0, category) } }

    /// Whether a label of the trained network counts as a finding: the untrained network does not earn it as well.
    public func claims(_ label: CategoryScore) -> Bool {
        withheld == nil && untrained != nil && Findings.isFinding(label, untrained)
    }
}
