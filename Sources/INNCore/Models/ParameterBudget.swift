extension ModelConfiguration {
    /// The same model with the width whose number of parameters comes nearest to `budget`.
    ///
    /// - Throws: ``INNError`` of kind `usage` when no width comes within a tenth of it.
    public func fitted(to budget: Int) throws -> ModelConfiguration {
        var options = options
        func count(_ steps: Int) -> Int {
            options.width = steps * options.widthStep
            return options.parameterCount
        }
        // More width is more parameters, so the two widths around the budget can be bisected.
        var (below, above) = (1, max(2, 8192 / options.widthStep))
        while above - below > 1 {
            let middle = (below + above) / 2
            if count(middle) <= budget { below = middle } else { above = middle }
        }
        let nearest = abs(count(below) - budget) <= abs(count(above) - budget) ? below : above
        let reached = count(nearest)
        guard abs(reached - budget) * 10 <= budget else {
            throw INNError(
                .usage,
                """
                --params \(budget) cannot be met: the nearest width, \(options.width), makes \(reached) \
                parameters; change the number of layers or rounds.
                """
            )
        }
        return options.asModel
    }
}
