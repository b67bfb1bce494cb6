import Foundation
import INNKit

/// What neurons are for, for people on a terminal.
package struct CausalText {
    private let tuning: CausalTuning
    private let causal: [CausalAnalysis.Neuron]

    package init(_ tuning: CausalTuning, _ causal: [CausalAnalysis.Neuron]) {
        (self.tuning, self.causal) = (tuning, causal)
    }

    /// How many symbols and how many symbols read last have a column or a place in the lists.
    private static let widest = 27, listed = 4

    /// The categories that have a column in tables: spaces, classes and places, as far as they occur. Where the space
    /// is one of several white characters, their class stands for it.
    static func columns(_ tuning: CausalTuning) -> [Int] {
        let hasWhite = tuning.categories.contains(PredictionCategory(.characterClass, "space"))
        let spaces =
            hasWhite
            ? [] : tuning.categories.indices.filter { tuning.categories[$0] == PredictionCategory(.symbol, "␣") }
        let classes = tuning.categories.indices.filter {
            [.characterClass, .place].contains(tuning.categories[$0].kind)
        }
        return (spaces + classes).filter { tuning.counts[$0] > 0 }
    }

    /// Costs by class and place, one neuron per line; then by symbol.
    package var lines: [String] {
        [
            """
              Rise of surprisal of the next character, bits, when a neuron is removed, by what comes next; \
            \(tuning.characters.grouped) characters,
            """,
            "  [95 %] over \(Self.blocks(tuning.blocks, of: tuning.blockLength)); --json and --csv have all intervals.",
        ] + table(Self.columns(tuning)) + [""] + symbols + [""] + labels + [""] + summary
    }

    /// What intervals are drawn from, and whether that is enough.
    static func blocks(_ count: Int, of length: Int) -> String {
        let text = counted(count, "block") + " of \(length) characters"
        guard count < CausalTuning.leastBlocks else { return text }
        return text + " (too few to rely on: take more characters or smaller blocks)"
    }

    private func name(_ index: Int) -> String { tuning.categories[index].name }

    private func table(_ columns: [Int]) -> [String] {
        func row(_ first: String, _ all: String, _ cells: [String]) -> String {
            "  \(first.padded(8))\(all.padded(20))" + cells.map { $0.aligned(11) }.joined()
        }
        let head = row("neuron", "all", columns.map { name($0).replacingOccurrences(of: "word-", with: "w-") })
        let counts = row("n", tuning.characters.grouped, columns.map { tuning.counts[$0].grouped })
        return [head, counts]
            + tuning.neurons.map { neuron in
                row(
                    "\(neuron.neuron)",
                    causal.first { $0.neuron == neuron.neuron }.map { Self.range($0.deltaBPC) } ?? "–",
                    columns.map { neuron.costs[$0].map { CausalText.short($0.mean) } ?? "–" })
            }
    }

    /// Mean costs by symbol, most frequent alphabets in full.
    private var symbols: [String] {
        let shown = (0..<tuning.symbols).filter { tuning.counts[$0] > 0 }.sorted {
            (tuning.counts[$0], $1) > (tuning.counts[$1], $0)
        }.prefix(Self.widest).sorted()
        let head = "  by symbol " + shown.map { name($0).aligned(6) }.joined()
        return [head]
            + tuning.neurons.map { neuron in
                "  \(String(neuron.neuron).padded(10))"
                    + shown.map { (neuron.costs[$0].map { CausalText.short($0.mean) } ?? "–").aligned(6) }.joined()
            }
    }

    private var labels: [String] {
        tuning.neurons.map { neuron in
            let shares = neuron.shares.indices.filter { neuron.shares[$0] > 0 }.sorted {
                neuron.shares[$0] > neuron.shares[$1]
            }.prefix(Self.listed)
            let worth = shares.map { "\(name($0)) \(Int(bounded: (100 * neuron.shares[$0]).rounded())) %" }
            return "  \(String(neuron.neuron).padded(8))\(Self.label(neuron.label, tuning)); its worth: "
                + (worth.isEmpty ? "none" : worth.joined(separator: ", "))
                + (neuron.specialisation.map { "; specialisation \(Self.share($0))" } ?? "")
        }
    }

    /// `predicts spaces: +0.22 bits there [0.19, 0.24], +0.12 elsewhere, n 5,210`; `costs most on` where untrained
    /// neurons do as much, or nobody looked; or that there is no label.
    static func label(_ label: CausalLabel?, _ tuning: CausalTuning) -> String {
        guard let label else { return "no category stands out" }
        let doubt = tuning.doubt(label)
        let untrained = tuning.untrainedExcess(label).map { "; untrained up to \(two($0)) more there" } ?? ""
        return (doubt == nil ? "predicts " : "costs most on ") + label.category.phrase
            + (doubt.map { " (\($0))" } ?? "") + ": "
                + """
                \(String(format: "%+.2f", label.cost.mean)) bits there \
                [\(label.cost.bounds(shown: two))], \
                \(String(format: "%+.2f", label.elsewhere)) elsewhere\(untrained), n \(label.characters.grouped)
                """
    }

    private var summary: [String] { Self.summary(tuning) }

    static func summary(_ tuning: CausalTuning) -> [String] {
        let share = tuning.specialisation.map {
            """
              specialisation \(Self.share($0))\(tuning.control?.specialisation.map(untrained) ?? ""): the share of \
            what neurons cost that is not one profile, more or less of it; 0 for neurons that are all \
            alike\(tuning.control?.neuronSpecialisation.map { "; single neurons" + untrained($0) } ?? "").
            """
        }
        let control = tuning.control.map {
            """
              control: \($0.neurons) neurons of \($0.networks) untrained networks over \($0.characters.grouped) \
            characters, gates open as often where there are any; “predicts” is beyond \(two(CausalControl.margin)) × \
            the largest excess of any of them in that category.
            """
        }
        let worthless =
            tuning.predicts
            ? nil
            : """
              The network predicts no better than the frequencies of the characters would \
            (\(two(tuning.bitsPerCharacter)) against \(two(tuning.letterEntropy)) bits): its neurons have nothing to \
            lose, and nothing is claimed.
            """
        let clusters = tuning.clusters.clusters.map { cluster in
            "  cluster \(cluster.members.map(String.init).joined(separator: ", ")): \(label(cluster.label, tuning)); "
                + "stability \(two(cluster.stability)), distance \(two(cluster.distance)) "
                + "(null \(two(tuning.clusters.nullDistance)), closest untrained neurons "
                + "\(tuning.control?.closest.map(two) ?? "not measured"))"
                + (tuning.claims(cluster) ? "" : ": no finding")
        }
        return [worthless, share, control].compactMap { $0 }
            + (clusters.isEmpty
                ? ["  no two neurons are for the same things beyond chance: no causal cluster"] : clusters)
    }

    private static func untrained(_ shares: ClosedRange<Double>) -> String {
        " (untrained \(two(shares.lowerBound)) to \(two(shares.upperBound)))"
    }

    private static func range(_ value: Interval) -> String {
        "\(short(value.mean)) [\(value.bounds(shown: short))]"
    }

    /// A share of 0…1, or the range that it may have where the text was too short to tell.
    static func share(_ value: Interval) -> String {
        value.tellsShare ? interval(value) : "undetermined [\(value.bounds(shown: two))]"
    }

    static func interval(_ value: Interval) -> String { "\(two(value.mean)) [\(value.bounds(shown: two))]" }

    /// `.215`, `−.015`, `1.20`.
    static func short(_ value: Double) -> String {
        let text = String(format: abs(value) < 1 ? "%.3f" : "%.2f", abs(value))
        return (value < 0 ? "−" : "") + (text.hasPrefix("0.") ? String(text.dropFirst()) : text)
    }
}

/// What changes of the routing cost, by intervention and by training: two columns that are never mixed.
enum RoutingWorthText {
    static func lines(_ worth: [RoutingWorth], _ unit: TextUnit) -> [String] {
        guard !worth.isEmpty else { return [] }
        return [unit.worded("  routing made    ΔBPC of this network [95 %]      ΔBPC of networks trained that way")]
            + worth.map { item in
                let own = "\(signed(item.deltaBPC.mean)) [\(item.deltaBPC.bounds(shown: signed))]"
                let trained = item.trained.map { "\(signed($0.deltaBPC)) (\($0.runs.joined(separator: ", ")))" }
                return "  \(item.change.rawValue.padded(16))\(own.padded(33))\(trained ?? "no such run here")"
            }
    }
}
