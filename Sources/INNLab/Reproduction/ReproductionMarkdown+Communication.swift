import Foundation
import INNKit

/// When communication matters, and what rare gates make of a network.
extension ReproductionMarkdown {
    /// The page where nothing else was trained.
    var communicationPage: String {
        ["# When communication matters", communicationIntroduction, communication ?? "", runs ?? ""]
            .joined(separator: "\n\n") + "\n"
    }

    private var communicationIntroduction: String {
        """
        Made by `inn-tui reproduce --scale \(report.scale.rawValue) --table communication` \
        (version \(report.version)), which trains what is missing and goes on where it was stopped. Losses are bits \
        per character on the validation split, memory as the model carries it; ± is the standard deviation over seeds, \
        their number in parentheses. Networks of one table read the same characters in the same order and differ in \
        what the table names alone. Differences are taken seed by seed, with the 95 % interval of Student's t; one \
        below \(SeedPairs.least) is claimed from \(SeedPairs.leastPairs) seeds on, because the same seed with other \
        BLAS kernels has moved a result by .009.

        * Text: \(Markdown.escaped(report.text.summary)). Characters per run: \(lengths).
        * Every run's command, seed and machine stand at the end. Every variant that was tried stands in its table.
        """
    }

    private var lengths: String {
        let all = Set(report.rows(.communication).flatMap(\.runs).map(\.charactersSeen)).sorted()
        return all.isEmpty ? "none yet" : all.map { $0.formatted() }.joined(separator: " or ")
    }

    /// The tables with what they say.
    var communication: String? {
        let rows = report.rows(.communication)
        var groups: [ComparisonGroup] = []
        for row in rows { if let group = row.group, !groups.contains(group) { groups.append(group) } }
        guard !groups.isEmpty else { return nil }
        let routing = groups.filter { $0.kind == .routing }.map(routingTable)
        let gates = groups.filter { $0.kind == .gates }.map(gateTable)
        let recall = groups.filter { $0.kind == .recall }.map(recallTable)
        let parts =
            ["## Who listens to whom", verdict(groups.filter { $0.kind == .routing })] + routing + recall
            + (gates.isEmpty ? [] : ["## Gates that are rarely open"] + gates)
        return parts.joined(separator: "\n\n")
    }

    private func rows(of group: ComparisonGroup) -> [ReproductionReport.Row] {
        report.rows(.communication).filter { $0.group == group }
    }

    private func difference(_ row: ReproductionReport.Row, in group: ComparisonGroup) -> SeedPairs? {
        guard !row.isReference, let reference = rows(of: group).first(where: \.isReference) else { return nil }
        return row.difference(from: reference)
    }

    // MARK: Routing

    private func routingTable(_ group: ComparisonGroup) -> String {
        let lines = rows(of: group).map { row in
            [
                row.label, row.parameters?.formatted() ?? "–", bits(row),
                row.isReference ? "–" : difference(row, in: group)?.text ?? "–",
            ]
        }
        return "### \(group.size)\n\n"
            + Markdown.table(["routing", "parameters", "BPC", "against uniform, by seed"], lines)
    }

    /// In plain words, from the figures alone.
    private func verdict(_ groups: [ComparisonGroup]) -> String {
        var lines: [String] = []
        for group in groups {
            let pairs = rows(of: group).compactMap { row in difference(row, in: group).map { (row, $0) } }
            let learned = pairs.filter { $0.0.model.contains("learned") }
            guard learned.contains(where: { $0.1.count > 1 }) else { continue }
            let better = learned.filter { $0.1.isClaimed && $0.1.mean < 0 }
            let best = better.min { $0.1.mean < $1.1.mean }
            lines.append(
                "* \(group.size): "
                    + (best.map { "“\($0.0.label)” beats the plain mean of all messages by \(three(-$0.1.mean)) bits." }
                        ?? "no learned choice of whom to listen to was told apart as better than the plain mean."))
            guard let (_, off) = pairs.first(where: { $0.0.model.hasSuffix("-off") }), off.count > 1 else { continue }
            lines[lines.count - 1] +=
                off.isClaimed && off.mean > 0
                ? " Without messages it loses \(three(off.mean)) bits."
                : " Messages are worth nothing that was told apart."
        }
        return lines.isEmpty ? "No size has been trained with two seeds yet." : lines.joined(separator: "\n")
    }

    // MARK: Recall

    private func recallTable(_ group: ComparisonGroup) -> String {
        let rows = rows(of: group)
        let answers = Dictionary(report.recalls.map { ($0.run, 100 * $0.answers.share) }) { first, _ in first }
        func bySeed(_ row: ReproductionReport.Row) -> [Int: Double] {
            Dictionary(row.runs.compactMap { run in answers[run.name].map { (run.seed, $0) } }) { first, _ in first }
        }
        let reference = rows.first(where: \.isReference).map(bySeed) ?? [:]
        let lines = rows.map { row in
            let shares = bySeed(row)
            let spread = Spread(shares.keys.sorted().map { shares[$0]! })
            return [
                row.label, row.parameters?.formatted() ?? "–", spread.map(percent) ?? "not run",
                row.isReference ? "–" : SeedPairs(shares, minus: reference)?.points ?? "–", bits(row),
            ]
        }
        return """
            ## A text on which it must matter

            \(Markdown.table(["routing", "parameters", "right, %", "points against uniform, by seed", "BPC"], lines))

            \(group.size): a record is one letter of each of eight groups, in random order, then \
            \(RecallCorpus.questionsPerRecord) times the digit of a group and that group's letter once more. \
            Eight neurons receive the letters of one group each; the ninth receives the digits, is the only one that \
            is read, and can answer only by hearing the right one. \
            Guessing among a group's six letters is right in \(String(format: "%.1f", 100 * RecallCorpus.chance)) %.
            """
    }

    private func percent(_ spread: Spread) -> String {
        String(format: "%.1f", spread.mean) + (spread.deviation.map { String(format: " ± %.1f", $0) } ?? "")
            + " (\(spread.count))"
    }

    // MARK: Gates

    private func gateTable(_ group: ComparisonGroup) -> String {
        let lines = rows(of: group).map { row -> [String] in
            let studies = report.studies.filter { study in row.runs.contains { $0.name == study.run } }
            func mean(_ values: [Double?], _ format: (Double) -> String) -> String {
                Spread(values.compactMap { $0 }).map { format($0.mean) } ?? "–"
            }
            return [
                row.label, bits(row), row.isReference ? "–" : difference(row, in: group)?.text ?? "–",
                mean(studies.map(\.firingRate)) { String(format: "%.3f", $0) },
                studies.isEmpty
                    ? "–" : "\(studies.reduce(0) { $0 + $1.stillGates }) of \(studies.reduce(0) { $0 + $1.gates })",
                mean(studies.map { $0.specialisation?.mean }, two),
                mean(studies.map(\.classSpecialisation), three),
                mean(studies.map { Double($0.findings) }) { String(format: "%.1f", $0) },
                mean(studies.map { Double($0.causalLabels) }) { String(format: "%.1f", $0) },
                mean(studies.map(\.speedUp)) { String(format: "%.1f×", $0) },
            ]
        }
        let header = [
            "gates", "BPC", "against soft, by seed", "open", "never change", "specialisation", "over three classes",
            "findings", "causal labels", "speed",
        ]
        let studied = report.studies.first
        let size = studied.map {
            " Figures beside BPC are means over seeds, on \($0.characters.formatted()) characters of validation; "
                + "neurons were removed over \($0.effectCharacters.formatted())."
        }
        return """
            ### \(group.size)

            \(Markdown.table(header, lines))

            “open” is how often gates are open on held-out text; a gate that is never or always open does not change. \
            Specialisation is that of [MEASURES.md](MEASURES.md), cross-validated over symbols; beside it over vowels, \
            consonants and spaces, noise included. Findings and causal labels are beside three untrained networks that \
            fire as often. Speed is reading character by character as the network was trained, against all gates \
            open.\(size ?? "")
            """
    }
}
