import Foundation
import INNKit

/// The report as a page for people.
struct ReproductionMarkdown {
    let report: ReproductionReport
    /// File names of pictures beside the page, by table.
    let pictures: [ReproductionTable: String]

    var text: String {
        guard report.rows.contains(where: { $0.table != .communication }) else { return communicationPage }
        return
            ([
                introduction, claims, text8, unfavourable, ablation, batchAxis, degenerate, depth, scale, second,
                communication, search, runs,
            ].compactMap { $0 }
            .joined(separator: "\n\n")) + "\n"
    }

    // MARK: Pieces

    static func bits(_ value: Double?) -> String { value.map { String(format: "%.3f", $0) } ?? "–" }

    /// What a row has come to: its mean and spread, or why there is none.
    func bits(_ row: ReproductionReport.Row) -> String {
        guard let spread = row.spread else { return isRefused(row) ? "failed" : "not run" }
        return spread.text + (spread.count < row.planned ? ", \(row.planned - spread.count) missing" : "")
    }

    private func isRefused(_ row: ReproductionReport.Row) -> Bool {
        report.failures.keys.contains { $0.hasPrefix(row.model + "-lr") }
    }

    private func picture(_ table: ReproductionTable, _ caption: String) -> String {
        pictures[table].map { "\n\n" + Markdown.picture(caption, file: $0) } ?? ""
    }

    // MARK: Sections

    private var introduction: String {
        """
        # Reproduction

        The tables of *Intelligent Neural Networks* (arXiv 2511.22813) beside what this program measures, made by \
        `\(command)` \
        (version \(report.version)). All losses are bits per character on the validation split, memory as the model \
        carries it; ± is the standard deviation over \
        seeds, their number in parentheses. Every model of a table reads the same characters in the same order with \
        the same optimizer (AdamW, one-cycle), each at \
        its own best learning rate, searched with one seed (at the end). Differences are taken seed by seed, with the \
        95 % interval of Student's t; one below \(SeedPairs.least) is claimed from \(SeedPairs.leastPairs) seeds on: \
        the same seed with other BLAS kernels has moved a result by .009, which the spread over seeds does not show.

        * Text: \(Markdown.escaped(report.text.summary)); unigram entropy \(Self.bits(report.text.unigram)), bigram \
        entropy \(Self.bits(report.text.bigram)) bits.
        * Characters per full run: \(report.charactersPerRun.formatted()). The paper's INN reads 90,000,000.
        * Machine: \(Markdown.escaped(report.machine)); \(report.jobs) run\(report.jobs == 1 ? "" : "s") at a time, \
        one thread each. Seconds are characters divided by a speed measured \
        with the machine to itself, so that runs side by side do not count against each other.
        """
    }

    /// With the tables that it was asked for, unless they are all.
    private var command: String {
        let tables = ReproductionTable.allCases.filter { table in
            table == .degenerate ? report.sharedWeights != nil : report.rows.contains { $0.table == table }
        }
        return
            (["inn-tui reproduce --scale", report.scale.rawValue]
            + (tables == ReproductionTable.paper ? [] : ["--table"] + tables.map(\.rawValue))).joined(separator: " ")
    }

    private var text8: String? {
        let families = report.rows(.text8)
        guard !families.isEmpty else { return nil }
        let rows = families.map { row in
            [
                row.label, row.parameters?.formatted() ?? "–", row.learningRate.map(PlannedRun.short) ?? "–", bits(row),
                report.bitsAtCommonTime(row)?.text ?? "–",
                report.speeds[row.model].map { String(format: "%.0f", $0) } ?? "–",
                report.seconds(row.model).map { String(format: "%.1f", $0 / 60) } ?? "–", Self.bits(row.paper),
            ]
        }
        let common = report.commonSeconds.map { String(format: "%.1f min", $0 / 60) } ?? "equal time"
        let header = [
            "model", "parameters", "learning rate", "BPC at equal characters", "BPC after \(common)", "chars/s",
            "minutes per run", "paper",
        ]
        return """
            ## \(Markdown.escaped(report.text.name)): equal parameters, equal characters, equal time

            \(Markdown.table(header, rows))

            Equal time is what the fastest family needs for all its characters; the others are read off their learning \
            curves there, in the middle of their \
            schedule, which costs them some bits.\(picture(.text8, "Learning curves by characters"))
            """
    }

    private var ablation: String? {
        let rows = report.rows(.ablation)
        guard !rows.isEmpty else { return nil }
        let reference = rows.first { $0.model == "inn" }
        let lines = rows.map { row -> [String] in
            let difference = row.model == "inn" ? nil : reference.flatMap(row.difference(from:))
            return [
                row.label, row.parameters?.formatted() ?? "–", bits(row), difference?.text ?? "–", Self.bits(row.paper),
            ]
        }
        return """
            ## What the parts are worth: ablations trained from the start

            \(Markdown.table(["variant", "parameters", "BPC", "against INN, by seed", "paper"], lines))

            The paper's two figures are *training* losses on 20 M characters, from scripts that feed (time, batch) to \
            a (batch, time) model.\(picture(.ablation, "Learning curves of the ablations"))
            """
    }

    private var batchAxis: String? {
        let rows = report.rows(.batchAxis)
        guard !rows.isEmpty else { return nil }
        var verdict = ""
        if let bug = rows.first?.spread, rows.first?.model == "mamba-batch-axis" {
            let gap = bug.mean - report.text.bigram
            verdict = String(
                format: " Scanning the batch axis ends %.3f bits %@ the bigram entropy.", abs(gap),
                gap < 0 ? "below" : "above")
        }
        let lines =
            rows.map { [$0.label, $0.runs.first?.charactersSeen.formatted() ?? "–", bits($0), Self.bits($0.paper)] } + [
                ["bigram entropy of the text", "", Self.bits(report.text.bigram), ""]
            ]
        return """
            ## The stacked Mamba that "fails to converge"

            \(Markdown.table(["stacked Mamba", "characters", "BPC", "paper"], lines))

            The author's script transposes its batch twice, so that the scan runs over unrelated streams. Such a stack \
            never sees context: the best it can do is the \
            entropy of a character given the one \
            before.\(verdict)\(picture(.batchAxis, "Learning curves of the two stacks"))
            """
    }

    private var degenerate: String? {
        guard let shared = report.sharedWeights else { return nil }
        let lines = [
            [
                "diversity of the neurons' states D", String(format: "%.1e", shared.diversity),
                "0 when all neurons are equal",
            ],
            [
                "largest deviation of routing from 1/N", String(format: "%.1e", shared.routingDeviation),
                "0 when routing is uniform",
            ],
            [
                "largest difference of the scores from one neuron's", String(format: "%.1e", shared.logitDifference),
                String(format: "scores reach %.2f", shared.largestLogit),
            ],
        ]
        return """
            ## The published INN is one neuron, \(shared.neurons) times

            With every weight shared, no gate and self edges, as in the author's CUDA model, over \(shared.characters) \
            characters of held-out text:

            \(Markdown.table(["measure", "value", "meaning"], lines))

            So its parameter count buys one neuron; what looks like structure in such a network is dropout noise.
            """
    }

    private var depth: String? {
        let rows = report.rows(.depth)
        guard !rows.isEmpty else { return nil }
        let inn = rows.filter { $0.model.hasPrefix("inn") }
        let lines = inn.map { row -> [String] in
            let depth = row.model.split(separator: "-").last.map(String.init) ?? ""
            let stack = rows.first { $0.model == "mamba-layers-\(depth)" }
            return [
                depth, row.parameters?.formatted() ?? "–", bits(row), stack?.parameters?.formatted() ?? "–",
                stack.map(bits) ?? "–",
            ]
        }
        let characters = rows.compactMap { $0.runs.first?.charactersSeen }.first
        return """
            ## Depth: which of them trains?

            One seed, \(characters?.formatted() ?? "fewer") characters per run. The width of an INN stays as it is, so \
            that it grows with its rounds; at every depth the stack has as many parameters.

            \(Markdown.table(["rounds or layers", "INN parameters", "INN BPC", "Mamba parameters", "Mamba BPC"], lines))
            """
    }

    private var scale: String? {
        let rows = report.rows(.scale)
        guard !rows.isEmpty || !report.scaling.isEmpty else { return nil }
        let lines = rows.map {
            [$0.label, $0.parameters?.formatted() ?? "–", $0.runs.first?.charactersSeen.formatted() ?? "–", bits($0)]
        }
        var values: [Int] = []
        for row in report.scaling where !values.contains(row.value) { values.append(row.value) }
        var variants: [String] = []
        for row in report.scaling where !variants.contains(row.routing) { variants.append(row.routing) }
        let costs = values.map { value in
            ["\(value)"]
                + variants.map { variant in
                    guard let row = report.scaling.first(where: { $0.value == value && $0.routing == variant }) else {
                        return "–"
                    }
                    return row.millisecondsPerStep.map {
                        String(format: "%.1f ms, %.0f MB", $0, Double(row.workspaceBytes) / 1e6)
                    } ?? "does not fit into memory"
                }
        }
        return """
            ## Sparse routing: bits with 64 neurons, cost up to 1024

            \(Markdown.table(["routing", "parameters", "characters", "BPC, one seed"], lines))

            One training step of 64 characters on one thread, time and buffers:

            \(Markdown.table(["neurons"] + variants, costs))

            The strongest edges are chosen among all scores, so `--top-k` alone stays quadratic; groups of fixed size \
            are what grows linearly.
            """
    }

    private var second: String? {
        let rows = report.rows(.second)
        guard !rows.isEmpty, let text = report.secondText else { return nil }
        let lines = rows.map {
            [$0.label, $0.parameters?.formatted() ?? "–", $0.runs.first?.charactersSeen.formatted() ?? "–", bits($0)]
        }
        return """
            ## A second kind of text

            \(Markdown.escaped(text.summary)); bigram entropy \(Self.bits(text.bigram)) bits. One seed, the learning \
            rates found on \(Markdown.escaped(report.text.name)).

            \(Markdown.table(["model", "parameters", "characters", "BPC"], lines))
            """
    }

    private var search: String? {
        guard !report.search.isEmpty else { return nil }
        let lines = report.search.flatMap { row in
            row.runs.map {
                [row.label, PlannedRun.short($0.learningRate), $0.charactersSeen.formatted(), Self.bits($0.validBPC)]
            }
        }
        let atPaperRates =
            report.rows.contains { $0.model.hasSuffix("at-paper-rate") }
            ? " At the paper's rate the text8 table has a whole run of one seed." : ""
        return """
            ## Learning rates

            \(Markdown.table(["model", "learning rate", "characters", "BPC"], lines))

            The best of each family is used above; while the largest was the best it was doubled, up to three \
            times.\(atPaperRates)
            """
    }

    /// A figure is repeated by its command only where the same code multiplies.
    private var earlierProducts: String {
        let earlier = report.allRuns.filter { run in
            run.machine.map { $0.contains("OpenBLAS") && !$0.contains(LinearAlgebra.ownProductsNote) } ?? true
        }
        guard !earlier.isEmpty else { return "" }
        return """


            \(earlier.count) of these runs, whose machine does not say “\(LinearAlgebra.ownProductsNote)”, were \
            trained before the program made small products itself. Their commands now give other bits: other \
            roundings have moved such figures by up to .009.
            """
    }

    var runs: String? {
        let lines = report.allRuns.map { run in
            [run.command, "\(run.seed)", Self.bits(run.validBPC), run.machine ?? "not recorded"]
        }
        guard !lines.isEmpty else { return nil }
        let failed = report.failures.sorted { $0.key < $1.key }.map {
            "* \(Markdown.escaped($0.key)): \(Markdown.escaped($0.value))"
        }
        return """
            ## Every run

            \(Markdown.table(["command", "seed", "BPC", "machine"], lines, code: [0]))\(earlierProducts)
            """ + (failed.isEmpty ? "" : "\n\nFailed:\n\n" + failed.joined(separator: "\n"))
    }
}
