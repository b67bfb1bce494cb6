import INNCore

extension NetworkAnalysis {
    /// Writes beside every rule how well the same pattern does for whichever unit of an untrained network it suits
    /// best.
    ///
    /// - Parameter firing: the finished count of the untrained network over the same text.
    public mutating func compareRules(withUntrained firing: FiringAccumulator) {
        let learner = RuleLearner(table: firing.contexts, classes: firing.classes)
        var known: [SuffixPattern: Double] = [:]
        for unit in units.indices {
            for index in units[unit].rules.rules.indices {
                let pattern = units[unit].rules.rules[index].pattern
                let gain = known[pattern] ?? learner.bestGain(pattern)
                known[pattern] = gain
                units[unit].rules.rules[index].untrainedGain = gain
            }
        }
    }
}
