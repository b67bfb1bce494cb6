import INNKit

/// The screen as a file: drawn, or its numbers.
///
/// - Parameter hasWindows: draws the open window as well, such as the ablation drawer.
public func exportView(_ state: AppState, _ format: ExportedView.Format, hasWindows: Bool = false) -> ExportedView {
    var clean = state
    if !hasWindows { (clean.overlay, clean.isDrawerUnder) = (nil, false) }
    (clean.message, clean.alarm) = (nil, nil)
    // Colours are lost in plain text: heatmaps are drawn with glyphs instead.
    if format == .text { (clean.theme, clean.colorLevel) = (.mono, .mono) }
    let contents: String =
        switch format {
        case .svg: clean.rendered().svg(theme: Theme(clean.theme, level: clean.colorLevel))
        case .ansi: clean.rendered().ansi(level: clean.colorLevel)
        case .text: clean.rendered().plainText()
        case .csv: Screens.screen(clean.screen).csv(clean)
        }
    let step = state.data.history.latest?.step ?? state.probe?.snapshot.step ?? 0
    let suffix = format == .text ? "txt" : format == .ansi ? "ans" : format.rawValue
    let name = String(
        String.UnicodeScalarView(
            state.runInfo.name.unicodeScalars.map { scalar in
                let isPlain =
                    scalar.value < 0x7F
                    && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil
                        || "-_.".unicodeScalars.contains(scalar))
                return isPlain ? scalar : "_"
            }))
    return ExportedView(
        format: format, fileName: "\(name)-\(state.screen.rawValue)-step-\(step).\(suffix)", contents: contents)
}

/// The stored curves, one (possibly merged) measurement per line.
func lossCSV(_ run: RunState) -> String {
    let history = run.data.history
    var text = "series,firstStep,lastStep,count,mean,minimum,maximum\n"
    let series: [(String, BoundedSeries)] = [
        ("trainBPC", history.train), ("validBPC", history.validation), ("learningRate", history.learningRate),
        ("gradientNorm", history.gradientNorm), ("charsPerSecond", history.charsPerSecond),
    ]
    for (name, values) in series {
        for point in values.points {
            text += "\(name),\(Int(bounded: point.firstX)),\(Int(bounded: point.lastX)),"
            text += "\(point.count),\(point.mean),\(point.low),\(point.high)\n"
        }
    }
    return text
}
