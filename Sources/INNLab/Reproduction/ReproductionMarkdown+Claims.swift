import Foundation
import INNKit

/// What holds of the paper's claims, and what speaks against the INN.
extension ReproductionMarkdown {
    var claims: String {
        func ours(_ model: String) -> String { report.row(model).map { bits($0) } ?? "not run" }
        let size =
            report.row("inn")?.parameters.map {
                "\($0.formatted()) parameters and \(report.charactersPerRun.formatted()) characters"
            } ?? "\(report.charactersPerRun.formatted()) characters"
        let rows = [
            [
                "INN on text8", "1.705", ours("inn"),
                """
                Ours has \(size); the paper 4.2 M and 90 M characters, of which only the log of the first quarter \
                was published.
                """,
            ],
            [
                "LSTM", "1.682", ours("lstm"),
                """
                The paper's LSTM has another schedule and peak rate (1e-3) than its INN; here both have the same \
                protocol.
                """,
            ],
            [
                "Transformer, author's", "2.055", ours("transformer-author"),
                "The paper's was trained with batch 32, rate 3e-4 and clipping at 0.25, another protocol again.",
            ],
            [
                "Transformer, as trained today", "–", ours("transformer-modern"),
                "Pre-norm with GELU; not in the paper.",
            ],
            [
                "stacked Mamba \"fails to converge\"", "3.438", ours("mamba"),
                "Scans time. The paper's scanned the batch axis, see below.",
            ],
            [
                "the same, scanning the batch axis", "3.438", ours("mamba-batch-axis"),
                "The bigram entropy of our text is \(Self.bits(report.text.bigram)).",
            ],
            [
                "no communication", "1.998", ours("inn-routing-off"),
                "Training loss on 20 M characters in the paper; validation loss here.",
            ],
            ["static routing", "2.085", ours("inn-routing-static"), "As above."],
            [
                "hubs: neurons 5, 9 and 14", "figure", "–",
                """
                The author's figure script draws synthetic data; no code measures hubs, so there is nothing to \
                repeat.
                """,
            ],
        ]
        let caution = """

            Ours are on \(Markdown.escaped(report.text.name)), not on text8: they are to be compared with each other, \
            not with the paper's.

            """
        return """
            ## The paper's claims and ours
            \(report.text.name == "text8" ? "" : caution)
            \(Markdown.table(["claim", "paper", "ours", "what differs"], rows))
            """
    }

    /// Sentences from the measured numbers alone.
    var unfavourable: String? {
        guard let inn = report.row("inn"), inn.spread != nil else { return nil }
        let lines = families(against: inn) + times() + parts(against: inn)
        guard !lines.isEmpty else { return nil }
        return "## Who wins, and what does not favour the INN\n\n" + lines.map { "* " + $0 }.joined(separator: "\n")
    }

    private func families(against inn: ReproductionReport.Row) -> [String] {
        ["lstm", "transformer-author", "transformer-modern", "mamba"].compactMap { model in
            guard let row = report.row(model), let pairs = row.difference(from: inn) else { return nil }
            let verdict = String(
                format: "%.3f bits %@ than the %@ at equal parameters and equal characters", abs(pairs.mean),
                pairs.mean < 0 ? "worse" : "better", row.label)
            return "The INN is \(verdict)\(Self.certainty(pairs))."
        }
    }

    private static func certainty(_ pairs: SeedPairs) -> String {
        guard let range = pairs.range else { return ", from one seed" }
        return pairs.isClaimed ? ", seed by seed \(range)" : ", which \(pairs.count) seeds do not tell apart \(range)"
    }

    private func times() -> [String] {
        guard let inn = report.row("inn"), let time = report.commonSeconds, let own = report.bitsAtCommonTime(inn)
        else { return [] }
        let others = report.rows(.text8).filter { $0.model != "inn" && report.speeds[$0.model] != nil }
        let ahead = others.filter { row in report.bitsAtCommonTime(row).map { $0.mean < own.mean } ?? false }.map(
            \.label)
        let names = ahead.isEmpty ? "no other family is ahead" : "ahead of it: \(ahead.joined(separator: ", "))"
        return [
            String(
                format: "After %.1f minutes on one thread the INN stands at %.3f bits; %@.", time / 60, own.mean, names)
        ]
    }

    private func parts(against inn: ReproductionReport.Row) -> [String] {
        report.rows(.ablation).filter { $0.model != "inn" }.compactMap { row in
            guard let pairs = row.difference(from: inn), pairs.mean < 0 || !pairs.isClaimed else { return nil }
            return "“\(row.label)” does not hurt: " + String(format: "%+.3f bits", pairs.mean)
                + Self.certainty(pairs) + "."
        }
    }
}
