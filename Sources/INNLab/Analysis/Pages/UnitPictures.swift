import Foundation
import INNKit

/// Pictures of what single units do.
enum UnitPictures {
    /// `n3·1` is neuron 3 in round 1; the round is left out where there is only one.
    static func name(_ unit: NeuronAnalysis, in network: NetworkAnalysis) -> String {
        network.rounds > 1 ? "n\(unit.neuron)·\(unit.round + 1)" : "n\(unit.neuron)"
    }

    // MARK: Clusters

    private static func clustersCaption(_ network: NetworkAnalysis) -> String {
        let found = network.clusters
        let colours =
            found.order.isEmpty && found.untuned.isEmpty
            ? ""
            : """
            Rows: units (neuron·round) in the order of the tree; columns: the character just read. Colour: mean \
            gate, as deviations from the unit's own mean (warm above, cold below, full colour at 2.5). 
            """
        return colours + """
            Outlined: clusters, with label, mean F1 and bootstrap stability. Units below the line tell nothing \
            about the present character. \(network.characters.grouped) characters.
            """
    }

    /// Tuning of every unit as a heatmap, in the order of the tree, with the tree, cluster borders and labels.
    static func clusters(_ report: AnalysisReport) -> Picture {
        let network = report.trained
        let found = network.clusters
        let order = found.order + found.untuned
        let columns = columns(network)
        let cell = 17.0
        let left = 178.0
        let top = 34.0
        var picture = Picture(
            "clusters",
            caption: clustersCaption(network), width: left + cell * Double(columns.count) + 250,
            height: top + cell * Double(order.count) + (found.untuned.isEmpty ? 12 : 24))
        for (index, symbol) in columns.enumerated() {
            picture.text(
                network.symbols[symbol], left + cell * (Double(index) + 0.5), top - 8, size: 12, .muted, anchor: .middle
            )
        }
        let gap = found.untuned.isEmpty || found.order.isEmpty ? 0.0 : 12.0
        func y(_ place: Int) -> Double { top + cell * Double(place) + (place >= found.order.count ? gap : 0) }
        for (place, index) in order.enumerated() {
            let unit = network.units[index]
            let scores = deviations(unit, columns, network)
            picture.text(name(unit, in: network), left - 8, y(place) + cell - 5, size: 11, .ink, anchor: .end)
            for (column, score) in scores.enumerated() {
                picture.cell(
                    left + cell * Double(column), y(place), cell - 1, cell - 1, score / 2.5,
                    title:
                        """
                        \(name(unit, in: network)) after \(network.symbols[columns[column]]): mean gate \
                        \(three(Double(unit.tuning.value(symbol: columns[column], lag: 0)?.mean ?? .nan)))
                        """
                )
            }
        }
        if gap > 0 {
            picture.line(
                left - 40, y(found.order.count) - gap / 2, left + cell * Double(columns.count),
                y(found.order.count) - gap / 2, .line, isDashed: true)
        }
        drawTree(found, into: &picture, left: 10, right: left - 56, y: { y($0) + cell / 2 })
        for (index, cluster) in found.clusters.enumerated() {
            let places = cluster.members.compactMap { found.order.firstIndex(of: $0) }.sorted()
            guard let first = places.first, let last = places.last else { continue }
            let right = left + cell * Double(columns.count)
            picture.frame(
                left - 1, y(first) - 1, right - left + 1, cell * Double(last - first + 1) + 1, .ink, thickness: 1.5)
            let label = cluster.label.map { "\($0.name) · F1 \(two($0.f1))" } ?? "unlabelled"
            picture.text(
                "\(index + 1)  \(label) · stable \(two(cluster.stability))", right + 10,
                (y(first) + y(last) + cell) / 2 + 4, size: 12, .ink, isBold: cluster.label != nil)
        }
        return picture
    }

    /// Symbols that occur: spaces, vowels, consonants, the rest.
    private static func columns(_ network: NetworkAnalysis) -> [Int] {
        func rank(_ id: Int) -> Int {
            let name = network.symbols[id]
            return name == "␣" ? 0 : "aeiou".contains(name) ? 1 : name.first?.isLetter == true ? 2 : 3
        }
        let occurring = network.symbols.indices.filter { network.symbolCounts[$0] > 0 }
        let common = occurring.sorted { network.symbolCounts[$0] > network.symbolCounts[$1] }.prefix(40)
        return common.sorted { (rank($0), $0) < (rank($1), $1) }
    }

    private static func deviations(_ unit: NeuronAnalysis, _ columns: [Int], _ network: NetworkAnalysis) -> [Double] {
        let values = columns.map { Double(unit.tuning.value(symbol: $0, lag: 0)?.mean ?? .nan) }
        let mean = values.reduce(0, +) / Double(max(1, values.count))
        let deviation = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(1, values.count)))
            .squareRoot()
        return values.map { deviation > 1e-6 ? ($0 - mean) / deviation : 0 }
    }

    private static func drawTree(
        _ found: ClusterAnalysis, into picture: inout Picture, left: Double, right: Double, y: (Int) -> Double
    ) {
        let farthest = Double(found.joins.map(\.distance).max() ?? 1)
        var nodes = found.leaves.map { leaf in (x: right, y: y(found.order.firstIndex(of: leaf) ?? 0)) }
        for join in found.joins {
            let a = nodes[join.left]
            let b = nodes[join.right]
            let x = right - (right - left) * Double(join.distance) / max(1e-9, farthest)
            picture.path([(a.x, a.y), (x, a.y), (x, b.y), (b.x, b.y)], .muted, thickness: 1)
            nodes.append((x, (a.y + b.y) / 2))
        }
    }

    // MARK: Firing and information

    private static func firingCaption(_ network: NetworkAnalysis, _ unit: TextUnit) -> String {
        """
        Each unit (neuron·round): share of characters at which it fires; \(unit.bits) that its \
        firing tells about the present character, and about the next one beyond what the present tells. \
        Ticks: 95 % of firing shifted along the text. Rings: the same unit of the untrained network. \
        \(network.characters.grouped) characters.
        """
    }

    /// Firing rate, and information with its null, of every unit; the untrained network's as rings.
    static func firing(_ report: AnalysisReport) -> Picture {
        let network = report.trained
        let rows = network.units.count
        let height = 16.0
        let top = 46.0
        let left = 64.0
        let width = 230.0
        let second = left + width + 70
        let third = second + width + 70
        let information = (network.units + (report.untrained?.units ?? [])).map(\.information)
        let largest = max(0.05, information.map { max($0.present, $0.presentNull.maximum) }.max() ?? 0.05)
        let largestNext = max(0.02, information.map { max($0.next, $0.nextNull.maximum) }.max() ?? 0.02)
        var picture = Picture(
            "firing",
            caption: firingCaption(network, report.subject.lossUnit), width: third + width + 30,
            height: top + height * Double(rows) + 14)
        for (x, title, most) in [
            (left, "firing rate", 1.0), (second, "about the present, bits", largest),
            (third, "about the next, bits", largestNext),
        ] {
            picture.text(title, x, 16, size: 12, .ink, isBold: true)
            for tick in [0.0, 0.5, 1.0] {
                picture.text(
                    Picture.number((tick * most * 1000).rounded() / 1000), x + width * tick, 36, size: 10, .muted,
                    anchor: .middle)
                picture.line(x + width * tick, top - 4, x + width * tick, top + height * Double(rows), .line)
            }
        }
        for (row, unit) in network.units.enumerated() {
            let y = top + height * Double(row)
            let i = unit.information
            let control = report.untrained?.units[row]
            if row > 0, unit.neuron == 0 {
                picture.line(left - 50, y - 1, third + width, y - 1, .muted, isDashed: true)
            }
            picture.text(name(unit, in: network), left - 8, y + 11, size: 10.5, .ink, anchor: .end)
            func bar(_ x: Double, _ value: Double, _ most: Double, null: Double?, other: Double?) {
                picture.bar(
                    x, y + 2, width * max(0, min(1, value / most)), height - 5,
                    title: three(value))
                if let null {
                    picture.line(
                        x + width * max(0, null) / most, y, x + width * max(0, null) / most, y + height - 1, .warn,
                        thickness: 1.6)
                }
                if let other {
                    picture.dot(
                        x + width * max(0, min(1, other / most)), y + height / 2 - 0.5, 3, .other, isHollow: true)
                }
            }
            bar(left, unit.firing.rate, 1, null: nil, other: control?.firing.rate)
            bar(second, i.present, largest, null: i.presentNull.percentile95, other: control?.information.present)
            bar(third, i.next, largestNext, null: i.nextNull.percentile95, other: control?.information.next)
        }
        return picture
    }
}
