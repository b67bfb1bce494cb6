import INNKit

/// An analysis as a page with pictures: one self-contained HTML file, or Markdown with SVG files beside it.
package struct AnalysisPages {
    private let report: AnalysisReport
    private let blocks: [PageBlock]
    private var trained: NetworkAnalysis { report.trained }

    package init(_ report: AnalysisReport) {
        self.report = report
        blocks =
            Self.cast(report) + Self.findings(report) + Self.causal(report) + Self.clusters(report) + Self.rules(report)
            + Self.routing(report)
            + Self.effects(report) + Self.memory(report)
            + Self.contexts(report) + Self.method(report)
    }

    package var pictures: [Picture] {
        blocks.compactMap { block in
            guard case .picture(let picture) = block else { return nil }
            return picture
        }
    }

    private var title: String { "What the neurons of \(report.subject.network) do" }

    package func html() -> String {
        let head = AnalysisWords.head(report).dropLast()
        return """
            <!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" \
            content="width=device-width,initial-scale=1"><title>\(Picture.escaped(title))</title>
            <style>\(Palette.css(root: ":root"))\(Self.style)</style></head><body><main>
            <h1>\(Picture.escaped(title))</h1>
            <p class="lead">\(head.map(Picture.escaped).joined(separator: "<br>"))</p>
            <p class="light \(trained.light.rawValue)"><span></span>\(Picture.escaped(Self.light(report)))</p>
            \(blocks.map(\.html).joined())
            </main></body></html>

            """
    }

    package func markdown(pictureNames: String) -> String {
        "# \(Markdown.escaped(title))\n\n"
            + AnalysisWords.head(report).dropLast().map { "\(Markdown.escaped($0))  \n" }.joined()
            + "\n\(Markdown.escaped(Self.light(report)))\n\n"
            + blocks.map { $0.markdown(pictureNames: pictureNames) }.joined()
    }

    private static func light(_ report: AnalysisReport) -> String {
        let trained = report.trained
        let n = trained.snapshot.effectiveNeurons.map { two(Double($0)) }.joined(separator: " and ")
        let d = trained.snapshot.diversity.map { three(Double($0)) }.joined(separator: " and ")
        return
            """
            Degeneracy light: \(AnalysisWords.light(trained)). After each round, diversity D \(d), effective neurons \
            \(n) of \(trained.neurons).
            """
    }

    private static let style = """
        *{box-sizing:border-box}html{color-scheme:light dark}body{margin:0;background:var(--paper);color:var(--ink);\
        font:16px/1.55 system-ui,-apple-system,'Segoe UI','DejaVu Sans',sans-serif}
        main{max-width:1020px;margin:0 auto;padding:40px 24px 80px}h1{font-size:30px;line-height:1.2;margin:0 0 12px;\
        letter-spacing:-.01em}h2{font-size:21px;margin:48px 0 10px;padding-top:14px;border-top:1px solid var(--line)}
        h3{font-size:15px;margin:22px 0 6px}p{margin:8px 0;max-width:75ch}.lead{color:var(--muted)}\
        .light{display:flex;gap:10px;align-items:center;background:var(--panel);border:1px solid var(--line);\
        border-radius:8px;padding:8px 14px;max-width:none}
        .light span{width:14px;height:14px;border-radius:50%;flex:none;background:#2e9e5b}\
        .light.amber span{background:#e0a100}.light.red span{background:#d23b30}
        ul{padding-left:20px}li{margin:5px 0}figure{margin:16px 0 6px;overflow-x:auto}svg{max-width:100%;height:auto;\
        display:block;font-family:inherit}figcaption{color:var(--muted);font-size:13.5px;margin-top:8px;\
        max-width:95ch}
        .wide{overflow-x:auto}table{border-collapse:collapse;font-size:13.5px;margin:10px 0;width:100%}\
        th,td{text-align:left;padding:5px 8px;border-bottom:1px solid var(--line);white-space:nowrap}\
        th{color:var(--muted);font-weight:600}
        .n{text-align:right;font-variant-numeric:tabular-nums}.contexts{display:grid;\
        grid-template-columns:repeat(3,minmax(0,1fr));gap:18px;font-size:13px}\
        @media(max-width:760px){.contexts{grid-template-columns:1fr}}
        .context{font-family:ui-monospace,Menlo,'DejaVu Sans Mono',monospace;margin:2px 0;white-space:nowrap;\
        overflow:hidden;font-size:12.5px}\
        .context span{background:color-mix(in srgb,var(--hot) calc(var(--g)*.75),transparent);padding:2px 0}
        @media print{body{font-size:12px}main{max-width:none;padding:0}h2{break-after:avoid}\
        figure{break-inside:avoid}}
        """
}

// MARK: Parts

extension AnalysisPages {
    private static func findings(_ report: AnalysisReport) -> [PageBlock] {
        var blocks: [PageBlock] = [.heading("Findings")]
        if let withheld = report.withheld { return blocks + [.paragraph(withheld)] }
        let control = AnalysisWords.control(report).map { " \($0)" } ?? ""
        guard !report.findings.isEmpty else {
            return blocks + [.paragraph("None: nothing beats both chance and untrained networks." + control)]
        }
        blocks.append(
            .paragraph(
                """
                Each beats chance (for firing, the same statistic of firing shifted along the text) and untrained \
                networks, whose own figure stands in brackets.
                """
                    + control
            ))
        for kind in Finding.Kind.allCases {
            let own = report.findings.filter { $0.kind == kind }
            blocks +=
                own.isEmpty
                ? []
                : [
                    .list(
                        own.prefix(8).map { "\($0.sentence) [\($0.control)]" }
                            + (own.count > 8 ? ["\(own.count - 8) more of this kind"] : []))
                ]
        }
        let missing = Finding.Kind.allCases.filter { kind in !report.findings.contains { $0.kind == kind } }
        if !missing.isEmpty {
            blocks.append(.paragraph("No finding of these kinds: \(missing.map(\.name).joined(separator: ", "))."))
        }
        return blocks
    }

    private static func clusters(_ report: AnalysisReport) -> [PageBlock] {
        let trained = report.trained
        let found = trained.clusters
        let words =
            report.withheld != nil
            ? "Withheld: the light is red."
            : found.clusters.isEmpty
                ? "No clusters: no units are alike in tuning beyond chance."
                : """
                \(counted(found.clusters.count, "cluster")), mean silhouette \(two(found.silhouette)), \
                \(found.bootstraps) bootstrap samples of the text.
                """
        let control =
            report.untrained.map { other in
                """
                 The untrained network has \(counted(other.clusters.clusters.count, "cluster")) over \
                \(other.units.count - other.clusters.untuned.count) tuned units (here \
                \(trained.units.count - found.untuned.count)): following the present character takes no training, \
                so only labels that it does not earn are findings.
                """
            } ?? ""
        var rows: [[String]] = []
        for (index, cluster) in found.clusters.enumerated() {
            let label = cluster.label
            let other = report.untrainedF1(ofCluster: index)
            rows.append([
                "\(index + 1)",
                cluster.members.map { UnitPictures.name(trained.units[$0], in: trained) }.joined(separator: " "),
                label?.name ?? "unlabelled",
                label.map { two($0.f1) } ?? "–", other.map(two) ?? "–", two(cluster.stability),
            ])
        }
        return [
            .heading("Clusters"), .paragraph(words + control), .picture(UnitPictures.clusters(report)),
        ]
            + (rows.isEmpty
                ? []
                : [
                    .table(
                        header: ["", "units (neuron·round)", "label", "mean F1", "best untrained F1", "stability"],
                        rows: rows, numbers: 3)
                ])
            + [.heading("Firing and information"), .picture(UnitPictures.firing(report))]
    }

    private static func rules(_ report: AnalysisReport) -> [PageBlock] {
        guard report.withheld == nil else { return [.heading("Rules"), .paragraph("Withheld: the light is red.")] }
        let trained = report.trained
        let all = trained.units.flatMap { unit in unit.rules.rules.map { (unit, $0) } }
        let shown = all.sorted {
            ($0.1.precision >= 0.9 ? 1 : 0, $0.1.gain) > ($1.1.precision >= 0.9 ? 1 : 0, $1.1.gain)
        }.prefix(24)
        let silent = trained.units.count { $0.rules.rules.isEmpty }
        let precise = all.count { $0.1.precision >= 0.9 && $0.1.support >= 200 }
        let rows = shown.map { unit, rule -> [String] in
            [
                UnitPictures.name(unit, in: trained), unit.rules.target == .fires ? "fires after" : "silent after",
                "“\(rule.text)”", two(rule.precision), two(rule.recall),
                two(rule.lift), rule.support.grouped, Int(bounded: rule.gain).grouped,
                Int(bounded: unit.rules.gainNull).grouped,
                report.untrainedRule(rule, of: unit).map { Int(bounded: $0.gain).grouped } ?? "–",
                report.claims(rule, of: unit) ? "finding" : "",
            ]
        }
        let honest =
            precise == 0
            ? "No rule reaches precision 0.9 on at least 200 characters of unseen text."
            : "\(precise) rules reach precision 0.9 on at least 200 characters of unseen text."
        return [
            .heading("Rules"),
            .paragraph(
                """
                Learned on the first half of the text, scored on the second. \(honest) For \(silent) of \
                \(trained.units.count) units no rule beats chance. The gain is what a rule saves in describing the \
                firing, in bits; null: the largest gain of any candidate for firing shifted along the text; \
                untrained: the gain of the same pattern for the untrained unit that it suits best, firing as often. \
                Classes in brackets, “·” is any character, “␣” the space.
                """
            ),
        ]
            + (rows.isEmpty
                ? []
                : [
                    .table(
                        header: [
                            "unit", "", "pattern", "precision", "recall", "lift", "n", "gain", "null", "untrained", "",
                        ], rows: Array(rows), numbers: 3)
                ])
    }

    private static func routing(_ report: AnalysisReport) -> [PageBlock] {
        func mean(_ values: [Float]) -> Double { values.reduce(0.0) { $0 + Double($1) } / Double(max(1, values.count)) }
        func beside(_ figure: String?) -> String { figure.map { " / \($0)" } ?? "" }
        let rows = report.trained.routing.flatMap { routing -> [[String]] in
            let pairs =
                [("trained", routing)] + (report.untrained.map { [("untrained", $0.routing[routing.round])] } ?? [])
            return pairs.map { name, r in
                [
                    "\(r.round + 1)", name, AnalysisWords.communities(r.communities),
                    three(mean(r.entropy)) + beside(r.characterEntropy.map(mean).map(three)),
                    two(mean(r.effectiveDegree)) + beside(r.characterDegree.map(mean).map(two)),
                    three(mean(r.dynamism)),
                    two(r.listenedTo.map(\.mean).max() ?? 0), three(Double(r.diversity)),
                    two(Double(r.effectiveNeurons)),
                    two(similarity(r, report.trained.neurons)),
                ]
            }
        }
        let speaks = report.trained.compute.share.enumerated().map {
            "\(Int(bounded: (100 * $0.element).rounded())) % in round \($0.offset + 1)"
        }.joined(separator: ", ")
        return [
            .heading("Who listens to whom"), .picture(RoutingPictures.hubs(report)),
            .picture(RoutingPictures.matrices(report)), .picture(RoutingPictures.communities(report)),
            .table(
                header: [
                    "round", "network", "communities", "entropy: mean row / at a character",
                    "degree: mean row / at a character", "dynamism, nats", "largest k", "diversity", "N effective",
                    "mean CKA",
                ], rows: rows,
                numbers: 3),
            .paragraph(
                """
                At a character, on average, these shares of the neurons speak: \(speaks). Entropy and degree (e to \
                the entropy) are those of a listener's weights averaged over the text, and of its weights at a \
                character; the difference of the two entropies in nats is the dynamism, how much its choice depends \
                on the character. CKA: debiased linear, over \
                \(report.trained.routing.first?.similarityCharacters.grouped ?? "0") characters.
                """
            ),
        ]
    }

    private static func similarity(_ routing: RoutingAnalysis, _ n: Int) -> Double {
        let values = routing.similarity.indices.filter { $0 / n != $0 % n && routing.similarity[$0].isFinite }.map {
            Double(routing.similarity[$0])
        }
        return values.isEmpty ? .nan : values.reduce(0, +) / Double(values.count)
    }

    private static func effects(_ report: AnalysisReport) -> [PageBlock] {
        guard let causal = report.trained.causal else { return [] }
        let unit = report.subject.lossUnit
        let rows = causal.edges.map { edge in
            [
                "\(edge.listener) listens to \(edge.speaker)", four(edge.divergence.mean),
                edge.divergence.bounds(" … ", shown: four), four(edge.estimate),
                signed(edge.deltaBPC.mean),
            ]
        }
        return [
            .heading("What they are worth"), .picture(EffectPictures.neurons(causal, report.trained, unit)),
            .paragraph(
                """
                The \(causal.edges.count) edges with the largest estimates, cut in all rounds and measured over \
                \(causal.characters.grouped) characters; all others are estimated only. Rank correlation of \
                estimate and measurement: \(two(causal.estimateMeasured)).
                """
            ),
            .table(
                header: ["edge", "KL, \(unit.bits)", "95 %", "estimated", unit.worded("ΔBPC")], rows: rows, numbers: 1),
        ]
    }

    private static func memory(_ report: AnalysisReport) -> [PageBlock] {
        report.trained.memory.map {
            [.heading("Memory"), .picture(EffectPictures.memory($0, report.untrained?.memory))]
        } ?? []
    }

    /// Contexts of the units that tell most.
    private static func contexts(_ report: AnalysisReport) -> [PageBlock] {
        let units = report.trained.units.filter { !$0.contexts.top.isEmpty }.sorted {
            $0.information.present > $1.information.present
        }.prefix(6)
        return [
            .heading("Contexts"),
            .paragraph(
                """
                Where the gate was most open, at random places, and least open, for the units that tell most about \
                the text. Shade: the gate at each character; the last one is meant.
                """
            ),
        ]
            + units.map { unit in
                func shown(_ contexts: [NeuronContexts.Context]) -> [(symbols: [String], gates: [Float])] {
                    contexts.map { ($0.text, $0.gates) }
                }
                let label = unit.label.map { ", \($0.name)" } ?? ""
                return .contexts(
                    title: "\(UnitPictures.name(unit, in: report.trained))\(label)",
                    groups: [
                        ("top", shown(unit.contexts.top)), ("random", shown(unit.contexts.random)),
                        ("bottom", shown(unit.contexts.bottom)),
                    ])
            }
    }

    private static func method(_ report: AnalysisReport) -> [PageBlock] {
        [
            .heading("How it was measured"),
            .paragraph(
                """
                In evaluation mode, from one frozen snapshot of the weights, memory carried along \
                \(report.trained.streams) streams of text. A unit is the gate of a neuron in one round and fires \
                above 0.5. Information is corrected for small samples (Miller–Madow). Shifts are circular, within \
                a stream. A rule or label is a finding when it beats the shifts, and by a margin the best of all \
                untrained units whose gates are cut where they fire as often; rules about the present character alone \
                are never findings. What neurons are for is measured by lesions: each neuron alone is taken out of all \
                rounds, and the surprisal of what follows is compared with that of the network as it is, character by \
                character; the same is done to untrained networks whose gates are open as often. Made by:
                """
            ),
            .command(report.subject.command),
        ]
    }
}
