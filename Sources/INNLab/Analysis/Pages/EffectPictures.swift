import Foundation
import INNKit

/// Pictures of what happens when something is taken away.
enum EffectPictures {
    /// What each neuron is worth, and which next characters its removal makes likelier.
    static func neurons(_ causal: CausalAnalysis, _ network: NetworkAnalysis, _ unit: TextUnit) -> Picture {
        let height = 18.0
        let top = 46.0
        let left = 46.0
        let width = 250.0
        let cell = 15.0
        let second = left + width + 60
        let symbols = network.symbols.indices.filter { network.symbolCounts[$0] > 0 }.sorted {
            network.symbolCounts[$0] > network.symbolCounts[$1]
        }.prefix(40).sorted()
        let largest = max(1e-9, causal.neurons.map(\.divergence.high).max() ?? 1)
        let effect = max(1e-9, Double(causal.neurons.flatMap(\.logitEffect).map(abs).max() ?? 1))
        var picture = Picture(
            "neurons",
            caption:
                """
                Removing one neuron from all rounds. Left: KL divergence of the predictions in \(unit.bits), \
                with 95 % interval. Right: mean change of the score (logit) of each next character against the \
                others, warm when it rises, full colour at ±\(two(effect)) nats. \(causal.characters.grouped) \
                characters.
                """,
            width: second + cell * Double(symbols.count) + 20, height: top + height * Double(causal.neurons.count) + 12)
        picture.text("KL, \(unit.bits)", left, 16, size: 12, .ink, isBold: true)
        picture.text("next character", second, 16, size: 12, .ink, isBold: true)
        for share in [0.0, 0.5, 1.0] {
            picture.line(
                left + width * share, top - 4, left + width * share, top + height * Double(causal.neurons.count), .line)
            picture.text(
                String(format: "%.2g", largest * share), left + width * share, 36, size: 10, .muted, anchor: .middle)
        }
        for (column, symbol) in symbols.enumerated() {
            picture.text(
                network.symbols[symbol], second + cell * (Double(column) + 0.5), 38, size: 11, .muted, anchor: .middle)
        }
        for (row, neuron) in causal.neurons.enumerated() {
            let y = top + height * Double(row)
            let k = neuron.divergence
            picture.text("n\(neuron.neuron)", left - 8, y + 12, size: 10.5, .ink, anchor: .end)
            picture.bar(
                left, y + 3, width * k.mean / largest, height - 6,
                title: four(k.mean))
            picture.line(
                left + width * k.low / largest, y + height / 2, left + width * k.high / largest, y + height / 2, .ink,
                thickness: 1.4)
            for (column, symbol) in symbols.enumerated() {
                picture.cell(
                    second + cell * Double(column), y + 1, cell - 1, height - 2,
                    Double(neuron.logitEffect[symbol]) / effect,
                    title: "\(network.symbols[symbol]) \(String(format: "%+.3f", neuron.logitEffect[symbol]))")
            }
        }
        return picture
    }

    private static func memoryCaption(_ trained: MemoryAnalysis) -> String {
        let horizon = trained.horizon.map { "\($0) characters" } ?? "more than \(trained.points.count) characters"
        return """
            KL divergence of the predictions, in bits, k characters after one character was replaced (solid) \
            and after all memory was emptied (dashed); mean over \(trained.places) places with 95 % interval. \
            Grey: the untrained network. The effect of a replaced character falls below 1 % of its largest \
            after \(horizon).
            """
    }

    /// How long a replaced character and an emptied memory are felt.
    static func memory(_ trained: MemoryAnalysis, _ untrained: MemoryAnalysis?) -> Picture {
        let left = 64.0
        let top = 30.0
        let width = 560.0
        let height = 250.0
        var picture = Picture(
            "memory",
            caption: memoryCaption(trained), width: left + width + 150, height: top + height + 48)
        let all = (trained.points + (untrained?.points ?? [])).flatMap { [$0.replaced.mean, $0.reset.mean] }.filter {
            $0 > 1e-7 && $0.isFinite
        }
        let low = floor(log10(max(1e-6, all.min() ?? 1e-6)))
        let high = ceil(log10(max(1e-5, all.max() ?? 1)))
        let last = Double(max(1, trained.points.count - 1))
        func x(_ distance: Int) -> Double { left + width * log2(Double(distance) + 1) / log2(last + 1) }
        func y(_ value: Double) -> Double {
            top + height * (high - log10(max(pow(10, low), value))) / max(1, high - low)
        }
        for power in Int(bounded: low)...Int(bounded: high) {
            picture.line(left, y(pow(10, Double(power))), left + width, y(pow(10, Double(power))), .line)
            picture.text("10", left - 22, y(pow(10, Double(power))) + 4, size: 10.5, .muted, anchor: .end)
            picture.text("\(power)", left - 21, y(pow(10, Double(power))) - 1, size: 8, .muted)
        }
        for distance in [0, 1, 2, 4, 8, 16, 32, 64, 127] where distance < trained.points.count {
            picture.line(x(distance), top + height, x(distance), top + height + 4, .muted)
            picture.text("\(distance)", x(distance), top + height + 17, size: 10.5, .muted, anchor: .middle)
        }
        picture.text(
            "characters since the change", left + width / 2, top + height + 38, size: 11.5, .ink, anchor: .middle)
        picture.text("bits", left - 44, top - 10, size: 11.5, .ink)
        func draw(
            _ memory: MemoryAnalysis, _ value: (MemoryAnalysis.Point) -> Interval, _ ink: Picture.Ink, isDashed: Bool,
            hasBand: Bool
        ) {
            func curve(_ part: (Interval) -> Double) -> [(Double, Double)] {
                memory.points.map { (x($0.distance), y(part(value($0)))) }
            }
            if hasBand { picture.band(curve(\.high), curve(\.low), ink) }
            picture.path(curve(\.mean), ink, thickness: 2, isDashed: isDashed)
        }
        if let untrained {
            draw(untrained, \.replaced, .other, isDashed: false, hasBand: false)
            draw(untrained, \.reset, .other, isDashed: true, hasBand: false)
        }
        draw(trained, \.replaced, .accent, isDashed: false, hasBand: true)
        draw(trained, \.reset, .hot, isDashed: true, hasBand: true)
        let legend: [(String, Picture.Ink, Bool)] =
            [("replaced", .accent, false), ("emptied", .hot, true)]
            + (untrained == nil ? [] : [("untrained", .other, false)])
        for (row, (name, ink, isDashed)) in legend.enumerated() {
            let y = top + 14 + 20 * Double(row)
            picture.line(left + width + 18, y, left + width + 46, y, ink, thickness: 2, isDashed: isDashed)
            picture.text(name, left + width + 54, y + 4, size: 11.5)
        }
        return picture
    }
}
