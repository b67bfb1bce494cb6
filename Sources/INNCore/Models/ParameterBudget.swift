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

/// A number of parameters as people write it: `4200000`, `4.2M` or `300k`.
public struct ParameterCount: Sendable {
    public let value: Int

    /// - Parameter argument: a number with or without a unit; nil is returned for anything else, and beyond 10¹².
    public init?(argument: String) {
        let suffix = argument.last.flatMap { ["k": 1e3, "K": 1e3, "M": 1e6, "m": 1e6, "G": 1e9, "B": 1e9][$0] }
        guard let number = Double(suffix == nil ? argument : String(argument.dropLast())), number > 0,
            number * (suffix ?? 1) <= 1e12
        else { return nil }
        value = Int((number * (suffix ?? 1)).rounded())
    }
}
