import Foundation
import INNKit

/// Pictures of who listens to whom.
enum RoutingPictures {
    private static func matricesCaption(_ network: NetworkAnalysis) -> String {
        var caption =
            """
            Rows listen, columns speak. Routing: log₂ of the weight relative to even listening, full colour at ±3. \
            Flow: weight × gate × loudness of the message, relative to its largest. Mean over \
            \(network.characters.grouped) characters.
            """
        if let causal = network.causal {
            caption +=
                """
                 Causal: divergence when the edge is cut in that round, estimated from gradients over \
                \(causal.estimateCharacters.grouped) characters, relative to its largest; outlined are those \
                measured by cutting. Rank correlations over edges: routing–flow \(two(causal.weightFlow)), \
                routing–causal \(two(causal.weightCausal)), flow–causal \(two(causal.flowCausal)).
                """
        }
        return caption
    }

    /// Routing, flow and causal effect of every round, side by side.
    static func matrices(_ report: AnalysisReport) -> Picture {
        let network = report.trained
        let n = network.neurons
        let cell = max(4.0, min(15.0, 240 / Double(n)))
        let side = cell * Double(n)
        let gap = 56.0
        let top = 44.0
        let left = 40.0
        let kinds = report.trained.causal == nil ? 2 : 3
        var picture = Picture(
            "matrices", caption: matricesCaption(network), width: left + Double(kinds) * (side + gap) + 10,
            height: top + Double(network.rounds) * (side + gap))
        for (row, routing) in network.routing.enumerated() {
            let y = top + Double(row) * (side + gap)
            let causal = network.causal.map { Array($0.roundEstimates[(row * n * n)..<((row + 1) * n * n)]) }
            let kinds: [(String, [Double])] =
                [
                    (
                        "routing",
                        routing.weights.map { $0 > 0 ? max(-1, min(1, log2(Double($0) * Double(n - 1)) / 3)) : .nan }
                    ), ("flow", relative(routing.flow.map(Double.init))),
                ] + (causal.map { [("causal", relative($0))] } ?? [])
            for (column, (title, values)) in kinds.enumerated() {
                let x = left + Double(column) * (side + gap)
                picture.text("\(title), round \(row + 1)", x, y - 20, size: 12, .ink, isBold: true)
                for neuron in 0..<n where n <= 32 {
                    picture.text(
                        "\(neuron)", x + cell * (Double(neuron) + 0.5), y - 5, size: 8.5, .muted, anchor: .middle)
                    picture.text(
                        "\(neuron)", x - 5, y + cell * (Double(neuron) + 0.5) + 3, size: 8.5, .muted, anchor: .end)
                }
                for edge in values.indices {
                    picture.cell(
                        x + cell * Double(edge % n), y + cell * Double(edge / n), cell - 0.6, cell - 0.6, values[edge],
                        title: "\(edge / n) listens to \(edge % n)")
                }
                if column == 2 {
                    for edge in network.causal?.edges ?? [] {
                        picture.frame(
                            x + cell * Double(edge.speaker) - 0.5, y + cell * Double(edge.listener) - 0.5, cell, cell,
                            .ink, thickness: 1.2)
                    }
                }
                picture.frame(x - 1, y - 1, side + 1, side + 1, .line)
            }
        }
        return picture
    }

    private static func relative(_ values: [Double]) -> [Double] {
        let largest = values.max() ?? 0
        return largest > 0 ? values.map { $0 / largest } : values.map { _ in 0 }
    }

    /// How much each neuron is listened to, with intervals; the untrained network's as rings.
    static func hubs(_ report: AnalysisReport) -> Picture {
        let network = report.trained
        let n = network.neurons
        let width = 330.0
        let height = 17.0
        let top = 48.0
        let left = 46.0
        let gap = 70.0
        let largest = max(2, network.routing.flatMap { $0.listenedTo.map(\.high) }.max() ?? 2) * 1.05
        let first = network.routing.first
        var picture = Picture(
            "hubs",
            caption:
                """
                Listened-to score k of each neuron (the mean is 1) with its 95 % interval over \
                \(first?.blocks ?? 0) blocks of text, \((first?.blockLength ?? 0) * network.streams) characters \
                each. A hub exceeds 1.5 and its interval excludes 1: filled. Rings: the untrained network.
                """,
            width: left + Double(network.rounds) * (width + gap), height: top + height * Double(n) + 16)
        for (column, routing) in network.routing.enumerated() {
            let x = left + Double(column) * (width + gap)
            func place(_ value: Double) -> Double { x + width * value / largest }
            picture.text("round \(routing.round + 1)", x, 16, size: 12, .ink, isBold: true)
            for (value, name) in [(0.0, "0"), (1.0, "1"), (1.5, "1.5")] {
                picture.line(
                    place(value), top - 6, place(value), top + height * Double(n), value == 1 ? .muted : .line,
                    isDashed: value == 1.5)
                picture.text(name, place(value), top - 11, size: 10, .muted, anchor: .middle)
            }
            let order = (0..<n).sorted { routing.listenedTo[$0].mean > routing.listenedTo[$1].mean }
            let control = report.untrained?.routing[column].listenedTo.map(\.mean).sorted(by: >)
            for (row, neuron) in order.enumerated() {
                let y = top + height * (Double(row) + 0.5)
                let k = routing.listenedTo[neuron]
                let isHub = routing.hubs.contains(neuron) && report.withheld == nil
                picture.text("n\(neuron)", x - 8, y + 4, size: 10.5, .ink, anchor: .end, isBold: isHub)
                if let control { picture.dot(place(control[row]), y, 3, .other, isHollow: true) }
                picture.line(place(k.low), y, place(k.high), y, isHub ? .hot : .accent, thickness: 3)
                picture.dot(
                    place(k.mean), y, 4.2, isHub ? .hot : .accent, isHollow: !isHub,
                    title: "\(two(k.mean)) [\(two(k.low)), \(two(k.high))]")
            }
        }
        return picture
    }

    /// Neurons on a circle, joined by the strongest flows, coloured by community.
    static func communities(_ report: AnalysisReport) -> Picture {
        let network = report.trained
        let n = network.neurons
        let radius = 132.0
        let side = 360.0
        let words = network.routing.map { "round \($0.round + 1): \(AnalysisWords.communities($0.communities))" }
            .joined(separator: "; ")
        var picture = Picture(
            "communities",
            caption:
                """
                Strongest flows between neurons, in both directions together; line width is flow, dot size is how \
                much a neuron is listened to. Colours: communities (Louvain), claimed when their modularity lies 2 \
                deviations above \(network.routing.first?.communities.shuffles ?? 0) shuffles. \(words).
                """,
            width: side * Double(network.rounds), height: side + 6)
        for (column, routing) in network.routing.enumerated() {
            let cx = side * (Double(column) + 0.5)
            let cy = side / 2 + 12
            func place(_ neuron: Int, _ r: Double) -> (Double, Double) {
                let angle = 2 * Double.pi * Double(neuron) / Double(n) - .pi / 2
                return (cx + r * cos(angle), cy + r * sin(angle))
            }
            picture.text("round \(routing.round + 1)", cx - side / 2 + 16, 18, size: 12, .ink, isBold: true)
            var pairs: [(Int, Int, Double)] = []
            for i in 0..<n {
                for j in 0..<i { pairs.append((i, j, 0.5 * Double(routing.flow[i * n + j] + routing.flow[j * n + i]))) }
            }
            pairs.sort { $0.2 > $1.2 }
            let largest = pairs.first?.2 ?? 1
            let groups = routing.communities.labels
            for (i, j, flow) in pairs.prefix(3 * n).reversed() where largest > 0 {
                let a = place(i, radius)
                let b = place(j, radius)
                let same = routing.communities.isFound && groups[i] == groups[j]
                let path =
                    """
                    M\(Picture.number(a.0)) \
                    \(Picture.number(a.1))Q\(Picture.number(cx + 0.25 * (a.0 + b.0 - 2 * cx))) \
                    \(Picture.number(cy + 0.25 * (a.1 + b.1 - 2 * cy))) \(Picture.number(b.0)) \
                    \(Picture.number(b.1))
                    """
                picture.curve(
                    path, same ? .group(groups[i]) : .muted, thickness: 0.5 + 4.5 * flow / largest,
                    opacity: 0.25 + 0.6 * flow / largest)
            }
            for neuron in 0..<n {
                let (x, y) = place(neuron, radius)
                let (tx, ty) = place(neuron, radius + 20)
                let ink: Picture.Ink = routing.communities.isFound ? .group(groups[neuron]) : .accent
                picture.dot(
                    x, y, 3 + 3.5 * routing.listenedTo[neuron].mean.squareRoot(), ink,
                    title: "neuron \(neuron), listened to \(two(routing.listenedTo[neuron].mean))")
                picture.text("\(neuron)", tx, ty + 4, size: 11, .ink, anchor: .middle)
            }
        }
        return picture
    }
}
