import Foundation
import INNKit

/// Pictures of what neurons are for.
enum CausalPictures {
    private static let cell = 22.0, row = 24.0, left = 46.0, top = 40.0

    /// What losing each neuron costs at each next character, neurons × symbols in bits, rows by cluster.
    static func tuning(_ tuning: CausalTuning) -> Picture {
        let symbols = shown(tuning)
        let order = tuning.clusters.order.compactMap { tuning.neuron($0) }
        // A rare letter may cost more, and would leave no colour to the others.
        let frequent = symbols.filter { tuning.counts[$0] * 100 >= tuning.characters }
        let largest = max(
            1e-9,
            order.flatMap { neuron in (frequent.isEmpty ? symbols : frequent).map { abs(cost(neuron, $0)) } }.max()
                ?? 1)
        let bars = left + cell * Double(symbols.count) + 30
        var picture = Picture(
            "causal-tuning",
            caption:
                """
                What losing a neuron costs when this character comes next: the mean rise of its surprisal in bits, \
                warm where it is predicted worse, cold where better, full colour at ±\(two(largest)) bits. Right: \
                over all characters. \(tuning.characters.grouped) characters; a tooltip says the interval and n.
                """,
            width: bars + 170, height: top + row * Double(order.count) + 14)
        for (column, symbol) in symbols.enumerated() {
            picture.text(
                tuning.categories[symbol].name, left + cell * (Double(column) + 0.5), top - 10, size: 11.5, .muted,
                anchor: .middle)
        }
        picture.text("all", bars, top - 10, size: 11.5, .muted)
        let worth = order.map { mean($0, tuning) }
        let most = max(1e-9, worth.map(abs).max() ?? 1)
        for (index, neuron) in order.enumerated() {
            let y = top + row * Double(index)
            let ink: Picture.Ink = neuron.cluster.map { .group($0) } ?? .ink
            picture.text(
                "n\(neuron.neuron)", left - 8, y + 15, size: 11, ink, anchor: .end,
                isBold: neuron.label.map(tuning.claims) ?? false)
            for (column, symbol) in symbols.enumerated() {
                picture.cell(
                    left + cell * Double(column), y + 1, cell - 1, row - 2, cost(neuron, symbol) / largest,
                    title: title(neuron, symbol, tuning))
            }
            picture.bar(
                bars, y + 5, 110 * max(0, worth[index]) / most, row - 10)
            picture.text(three(worth[index]), bars + 116, y + 15, size: 11)
        }
        return picture
    }

    /// Where the worth of each neuron comes from: what it costs by class of the next character, as shares.
    static func shares(_ tuning: CausalTuning) -> Picture {
        let width = 520.0
        let symbols = shown(tuning)
        let order = tuning.clusters.order.compactMap { tuning.neuron($0) }
        var picture = Picture(
            "cost-shares",
            caption:
                """
                Where the worth of each neuron comes from: the share of each next character in what its loss costs \
                (frequency × bits). Characters of a share below 5 % stand together without a name; where losing \
                the neuron helps, nothing is drawn.
                """,
            width: left + width + 20, height: 10 + row * Double(order.count) + 14)
        for (index, neuron) in order.enumerated() {
            let y = 10 + row * Double(index)
            picture.text("n\(neuron.neuron)", left - 8, y + 15, size: 11, .ink, anchor: .end)
            let positive = symbols.filter { neuron.shares[$0] > 0 }.sorted { neuron.shares[$0] > neuron.shares[$1] }
            let sum = max(1e-9, positive.reduce(0) { $0 + neuron.shares[$1] })
            var x = left
            for symbol in positive {
                let part = width * neuron.shares[symbol] / sum
                let isNamed = neuron.shares[symbol] >= 0.05
                picture.rectangle(
                    x, y + 2, max(0.5, part - 1), row - 4, isNamed ? .group(symbol) : .other,
                    opacity: isNamed ? 0.75 : 0.4,
                    title: "\(tuning.categories[symbol].name) \(two(100 * neuron.shares[symbol])) %")
                if isNamed, part > 12 {
                    picture.text(
                        tuning.categories[symbol].name, x + part / 2, y + 16, size: 11.5, .ink, anchor: .middle)
                }
                x += part
            }
        }
        return picture
    }

    /// Symbols that occur; of a large alphabet the most frequent, in the order of their ids.
    private static func shown(_ tuning: CausalTuning) -> [Int] {
        (0..<tuning.symbols).filter { tuning.counts[$0] > 0 }.sorted {
            (tuning.counts[$0], $1) > (tuning.counts[$1], $0)
        }.prefix(40).sorted()
    }

    private static func cost(_ neuron: CausalTuning.Neuron, _ symbol: Int) -> Double {
        neuron.costs[symbol]?.mean ?? 0
    }

    private static func mean(_ neuron: CausalTuning.Neuron, _ tuning: CausalTuning) -> Double {
        (0..<tuning.symbols).reduce(0) { $0 + Double(tuning.counts[$1]) * cost(neuron, $1) }
            / Double(max(1, tuning.characters))
    }

    private static func title(_ neuron: CausalTuning.Neuron, _ symbol: Int, _ tuning: CausalTuning) -> String {
        guard let cost = neuron.costs[symbol] else { return "" }
        return "n\(neuron.neuron) \(tuning.categories[symbol].name): \(three(cost.mean)) bits "
            + "[\(three(cost.low)), \(three(cost.high))], n \(tuning.counts[symbol].grouped)"
    }
}
