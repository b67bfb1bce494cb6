import Testing

/// Expects two lists of figures to agree, each to a tolerance that is absolute or relative, whichever is larger.
func expectClose(
    _ reported: [Double], _ due: [Double], within tolerance: Double = 1e-5, _ what: String = "",
    sourceLocation: SourceLocation = #_sourceLocation
) {
    guard reported.count == due.count else {
        Issue.record("\(what): \(reported.count) figures, \(due.count) are due", sourceLocation: sourceLocation)
        return
    }
    for (index, (a, b)) in zip(reported, due).enumerated() where !(abs(a - b) <= tolerance * max(1, abs(b))) {
        if a.isNaN && b.isNaN { continue }
        Issue.record("\(what) \(index): \(a), due is \(b)", sourceLocation: sourceLocation)
        return
    }
}

func expectClose(
    _ reported: Double, _ due: Double, within tolerance: Double = 1e-5, _ what: String = "",
    sourceLocation: SourceLocation = #_sourceLocation
) { expectClose([reported], [due], within: tolerance, what, sourceLocation: sourceLocation) }

func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
