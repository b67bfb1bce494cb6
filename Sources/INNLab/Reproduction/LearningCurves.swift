import INNScreens

/// Learning curves as a picture, drawn like the screens.
struct LearningCurves {
    let rows: [ReproductionReport.Row]
    /// A horizontal line to compare with.
    var reference: (name: String, value: Double)?

    /// Validation loss over characters, the seeds of a row averaged; nil when nothing was measured twice.
    func svg(title: String) -> String? {
        let curves = rows.compactMap { row in Self.mean(row).map { CurvePicture.Curve(name: row.label, points: $0) } }
        guard !curves.isEmpty else { return nil }
        return CurvePicture(title: title, curves: curves, reference: reference).svg()
    }

    /// The mean over the runs at the characters at which all were measured.
    private static func mean(_ row: ReproductionReport.Row) -> [(x: Double, y: Double)]? {
        guard let shortest = row.runs.map(\.curve).min(by: { $0.count < $1.count }), shortest.count > 1 else {
            return nil
        }
        return shortest.map { point in
            let values = row.runs.compactMap { $0.validBPC(atCharacters: Double(point.characters)) }
            return (Double(point.characters), values.reduce(0, +) / Double(max(1, values.count)))
        }
    }
}
