import INNKit

/// The clusters with members, labels and stability, and then what counts as a finding; scrolls where not all of it
/// fits.
func renderClusterList(
    _ state: ScreenContext<ClustersView>, _ insight: Insight, _ look: Look, _ area: Rect, _ buffer: inout CellBuffer
) {
    let lines = listLines(insight, width: area.width, look)
    guard lines.count > area.height, area.height > 1 else { return writeLines(lines, area, &buffer) }
    let rows = area.height - 1
    let first = max(0, min(state.view.listOffset, lines.count - rows))
    writeLines(Array(lines[first..<first + rows]), area, &buffer)
    let keys = state.place.focusedPane == 1 ? "↑↓ PgUp PgDn" : "Tab, then ↑↓"
    buffer.write(
        "\(first + 1)–\(first + rows) of \(lines.count) · \(keys)", x: area.x, y: area.maxY - 1, width: area.width,
        look.theme.faint)
}

private func listLines(_ insight: Insight, width: Int, _ look: Look) -> [(String, Style)] {
    fitted(
        (insight.isRed ? [] : causalLines(insight, width: width, look) + [("", look.theme.text)])
            + clusterLines(insight, width: width, look) + findingLines(insight, width: width, look), width: width)
}

extension ScreenContext<ClustersView> {
    /// Scrolls the list of clusters and findings, no further than to its end.
    mutating func scrollClusterList(_ delta: Int) {
        guard let insight = run.insight, let area = place.inner(pane: 1) else { return }
        let last = max(0, listLines(insight, width: area.width, look).count - max(1, area.height - 1))
        view.listOffset = max(0, min(last, min(last, view.listOffset) + delta))
    }
}

private func clusterLines(_ insight: Insight, width: Int, _ look: Look) -> [(String, Style)] {
    let network = insight.network
    let clusters = network.clusters
    if insight.isRed {
        return [
            ("\(network.neurons) copies of one neuron", look.theme.bad),
            ("clusters and labels are withheld", look.theme.dim), ("", look.theme.text),
        ]
    }
    guard !clusters.clusters.isEmpty else {
        let reason =
            clusters.leaves.count < 2
            ? "fewer than two units tell the present character" : "no two units have tuning that correlates by 0.5"
        return [("no clusters", look.theme.strong)]
            + wrapped(reason, width: width, limit: 2).map { ($0, look.theme.dim) } + [("", look.theme.text)]
    }
    var lines: [(String, Style)] = []
    for (index, cluster) in clusters.clusters.enumerated() {
        let isClaim = insight.report.claimsLabel(ofCluster: index)
        let control = insight.report.untrainedF1(ofCluster: index)
        lines.append(
            (
                groupLetter(index) + "  "
                    + (cluster.label.map { categoryText($0, untrained: control) } ?? "unlabelled"),
                look.theme.group(index).with(.bold)
            ))
        let members = cluster.members.map { UnitTable.name($0, network) }.joined(separator: " ")
        lines += wrapped(members, width: width - 3, limit: 2).map { ("   " + $0, look.theme.text) }
        let verdict = cluster.label == nil ? "" : isClaim ? "beats untrained" : "no more than untrained"
        let stability = joined("stability " + Format.share(cluster.stability), verdict)
        lines += wrapped(stability, width: width - 3, limit: 2).map {
            ("   " + $0, isClaim ? look.theme.good : look.theme.dim)
        }
    }
    lines.append(("", look.theme.text))
    let method = "average linkage on 1 − Pearson of tuning, \(clusters.bootstraps) bootstraps"
    return lines + wrapped(method, width: width, limit: 2).map { ($0, look.theme.faint) } + [("", look.theme.text)]
}

/// What the report would claim; every line names its control.
private func findingLines(_ insight: Insight, width: Int, _ look: Look) -> [(String, Style)] {
    let report = insight.report
    guard report.withheld == nil else {
        return wrapped("no finding is claimed while the degeneracy light is red", width: width, limit: 3).map {
            ($0, look.theme.dim)
        }
    }
    guard report.untrained != nil else {
        return wrapped("no untrained control yet: nothing is called a finding", width: width, limit: 3).map {
            ($0, look.theme.dim)
        }
    }
    guard !report.findings.isEmpty else {
        return [("no findings", look.theme.strong)]
            + wrapped(
                """
                untrained units that fire as often do all of this as well, over the same \
                \(Format.grouped(insight.network.characters)) characters
                """,
                width: width, limit: 4
            ).map { ($0, look.theme.dim) }
    }
    var lines: [(String, Style)] = [("findings: \(report.findings.count)", look.theme.strong)]
    if let uncut = report.control?.uncutFindings, uncut != report.findings.count {
        lines += wrapped("\(uncut) beside untrained gates not cut to fire as often", width: width - 2, limit: 3).map {
            ("  " + $0, look.theme.faint)
        }
    }
    for finding in report.findings {
        for (row, line) in wrapped(finding.sentence, width: width - 2, limit: 4).enumerated() {
            lines.append(((row == 0 ? "· " : "  ") + line, look.theme.text))
        }
        for line in wrapped(finding.control, width: width - 2, limit: 5) {
            lines.append(("  " + line, look.theme.faint))
        }
    }
    return lines
}

/// The units with their evidence, one per line.
func unitCSV(_ insight: Insight) -> String {
    let network = insight.network
    var text =
        "step,characters,roundFrom1,neuron,cluster,firingRate,information,informationNull95,next,nextNull95,"
        + "label,f1,precision,recall,support,untrainedF1,isFinding\n"
    for unit in network.units {
        let label = insight.isRed ? nil : unit.label
        let cluster = insight.isRed ? "" : unit.cluster.map(groupLetter) ?? ""
        var fields = [
            "\(insight.step)", "\(network.characters)", "\(unit.round + 1)", "\(unit.neuron)", cluster,
            "\(unit.firing.rate)",
        ]
        fields += [
            "\(unit.information.present)", "\(unit.information.presentNull.percentile95)", "\(unit.information.next)",
            "\(unit.information.nextNull.percentile95)",
        ]
        fields += [
            label.map { quoted($0.name) } ?? "", label.map { "\($0.f1)" } ?? "", label.map { "\($0.precision)" } ?? "",
            label.map { "\($0.recall)" } ?? "",
        ]
        fields += [
            label.map { "\($0.support)" } ?? "",
            label.flatMap { _ in insight.report.untrainedF1(of: unit) }.map { "\($0)" } ?? "",
            label.map { _ in "\(insight.report.claimsLabel(of: unit))" } ?? "",
        ]
        text += fields.joined(separator: ",") + "\n"
    }
    return text
}

/// A field of a table in quotes.
func quoted(_ text: String) -> String {
    "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
}
