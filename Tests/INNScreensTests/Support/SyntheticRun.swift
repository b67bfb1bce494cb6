import Foundation
import INNKit

@testable import INNScreens

/// A small seeded generator (SplitMix64), so that synthetic runs are the same everywhere.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64
    init(_ seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func uniform() -> Float { Float(next() >> 40) / Float(1 << 24) }
    mutating func normal() -> Float { (0..<12).reduce(Float(-6)) { sum, _ in sum + uniform() } }
}

/// A run that never happened but looks like one: a loss that falls from 4.75 to 2.2, neurons with preferences, a
/// routing matrix that takes shape.
struct SyntheticRun {
    var info: RunInfo
    var reports: [TrainingReport] = []
    var marks: [EventMark] = []
    var snapshots: [ProbeSnapshot] = []
    var samples: [TextSample] = []

    static let alphabet = [" "] + "abcdefghijklmnopqrstuvwxyz".map(String.init)

    static func info(isLive: Bool = true, notice: String? = nil, family: String = "inn") -> RunInfo {
        RunInfo(
            name: "text8-small-1", path: "runs/text8-small-1", modelFamily: family, preset: "small",
            parameterCount: 412_907,
            corpus: "text8 prefix, 6,500,000 characters", notice: notice, vocabularySize: 27, unigramBPC: 4.12,
            bigramBPC: 3.42,
            paperBPC: 1.705, plannedMinutes: 10, probeInterval: 100, sampleInterval: 200, seed: 1, isLive: isLive
        )
    }

    init(
        steps: Int, neurons: Int = 16, rounds: Int = 2, heads: Int = 2, probes: Int = 12, isDegenerate: Bool = false,
        seed: UInt64 = 7, info: RunInfo = info()
    ) {
        self.info = info
        var random = SeededGenerator(seed)
        var drift = 0.0
        for step in stride(from: 10, through: steps, by: 10) {
            let t = Double(step)
            drift = 0.9 * drift + 0.01 * Double(random.normal())
            let loss = 2.12 + 2.63 * exp(-t / 260) + 0.38 * exp(-t / 2400) + drift + 0.055 * Double(random.normal())
            let warmth = min(1, t / 300) * (0.5 + 0.5 * cos(3.14159 * t / Double(steps + 400)))
            reports.append(
                TrainingReport(
                    step: step, charactersSeen: step * 1024, epoch: t * 1024 / 5_850_000, trainBPC: loss,
                    validBPC: step % 100 == 0
                        ? 2.17 + 2.5 * exp(-t / 270) + 0.36 * exp(-t / 2400) + 0.012 * Double(random.normal()) : nil,
                    learningRate: 3e-3 * warmth + 1e-5,
                    gradientNorm: 0.5 + 2.2 * exp(-t / 300) + 0.1 * Double(abs(random.normal()))
                        + (step == 1210 ? 3.4 : 0),
                    charsPerSecond: 1840 + 45 * Double(random.normal()), elapsedSeconds: t * 0.556,
                    progress: t / Double(max(steps, 1)) * 0.62
                ))
            if step % 500 == 0 {
                marks.append(
                    EventMark(
                        step: step, kind: step % 1000 == 0 ? .bestCheckpoint : .checkpoint,
                        detail: "step-\(step).safetensors"))
            }
            if step == 1210 { marks.append(EventMark(step: step, kind: .lossSpike, detail: "gradient norm 4.1")) }
        }
        for index in 0..<probes {
            let step = max(1, steps * (index + 1) / max(1, probes))
            snapshots.append(
                Self.snapshot(
                    step: step, neurons: neurons, rounds: rounds, heads: heads,
                    growth: Float(index + 1) / Float(max(1, probes)), isDegenerate: isDegenerate, seed: seed))
        }
        let texts = [
            "eeet e  taoo ntea h rses oa t  heineeat o nre d t",
            "the an the so in the the as ond the ther and ins of the sere",
            """
            the was and the streat of the comention of the anter in the sere of the first and the prons in the one \
            nine eigh
            """,
            """
            the state of the first century in the most of the same time and the world of the united states in one \
            nine nine six the company was also
            """,
        ]
        for (index, text) in texts.enumerated() where steps >= 100 {
            samples.append(
                TextSample(
                    step: steps * (index + 1) / texts.count, prompt: "the history of ", text: text, temperature: 0.8))
        }
    }

    /// Neuron groups: vowels, space, rare consonants, always on, mixed.
    private static func preference(_ neuron: Int, _ symbol: Int) -> Float {
        let name = alphabet[symbol]
        switch neuron % 5 {
        case 0: return "aeiou".contains(name) ? 3.2 : -2.4
        case 1: return name == " " ? 3.5 : -2.0
        case 2: return "tnshrd".contains(name) ? 2.2 : -1.6
        case 3: return 1.6
        default: return "jqxzkvw".contains(name) ? 1.4 : -2.8
        }
    }

    static func snapshot(
        step: Int, neurons n: Int, rounds: Int, heads: Int, growth: Float, isDegenerate: Bool, seed: UInt64
    ) -> ProbeSnapshot {
        var random = SeededGenerator(seed &+ 99)
        let symbols = alphabet.count
        let frequencies: [Float] = [
            180, 66, 14, 25, 33, 100, 18, 17, 42, 60, 2, 8, 36, 21, 58, 63, 17, 1, 54, 54, 75, 24, 9, 15, 2, 15, 1,
        ]
        let counts = frequencies.map { Int($0 * 2) }
        var tuning = [Float](repeating: 0, count: rounds * symbols * n)
        var rate = [Float](repeating: 0, count: rounds * n)
        var mean = rate
        var saturated = rate
        var offsets = [Float](repeating: 0, count: rounds * n)
        for index in offsets.indices { offsets[index] = isDegenerate ? 0 : random.normal() * 0.7 }
        for round in 0..<rounds {
            for neuron in 0..<n {
                var total: Float = 0
                var fired: Float = 0
                var extreme: Float = 0
                for symbol in 0..<symbols {
                    let logit =
                        isDegenerate
                        ? 0.3
                        : growth * (preference(neuron, symbol) + 0.5 * random.normal()) + offsets[round * n + neuron]
                    let gate = 1 / (1 + exp(-logit))
                    tuning[(round * symbols + symbol) * n + neuron] = gate
                    total += gate * frequencies[symbol]
                    fired += (gate > 0.5 ? min(1, gate + 0.1) : gate * 0.6) * frequencies[symbol]
                    extreme += (gate < 0.1 || gate > 0.9) ? frequencies[symbol] : 0
                }
                let sum = frequencies.reduce(0, +)
                mean[round * n + neuron] = total / sum
                rate[round * n + neuron] = fired / sum
                saturated[round * n + neuron] = extreme / sum
            }
        }
        var routing = [Float](repeating: 0, count: rounds * heads * n * n)
        var flow = [Float](repeating: 0, count: rounds * n * n)
        var entropy = [Float](repeating: 0, count: rounds * n)
        for round in 0..<rounds {
            for head in 0..<heads {
                for i in 0..<n {
                    var row = [Float](repeating: 0, count: n)
                    for j in 0..<n where j != i {
                        let structured =
                            (i % 5 == j % 5 ? 1.6 : 0) + (j == 7 % n ? 1.5 : 0) + ((i + 3) % n == j ? 1.2 : 0)
                        row[j] = isDegenerate ? 1 : exp(growth * (Float(structured) + 0.55 * random.normal()))
                    }
                    let sum = max(row.reduce(0, +), 1e-9)
                    for j in 0..<n {
                        let a = row[j] / sum
                        routing[((round * heads + head) * n + i) * n + j] = a
                        flow[(round * n + i) * n + j] += a / Float(heads) * mean[round * n + j] * 1.7
                        if a > 0 { entropy[round * n + i] -= a * log(a) / log(Float(max(3, n) - 1)) / Float(heads) }
                    }
                }
            }
        }
        let text = "the cat sat on the mat and one nine eight six people of the united states went to the west of the "
        let raster = text.map(String.init)
        var gates = [Float](repeating: 0, count: rounds * n * raster.count)
        for round in 0..<rounds {
            for neuron in 0..<n {
                for (t, character) in raster.enumerated() {
                    let symbol = alphabet.firstIndex(of: character) ?? 0
                    let base = tuning[(round * symbols + symbol) * n + neuron]
                    gates[(round * n + neuron) * raster.count + t] =
                        isDegenerate ? base : max(0, min(1, base + 0.08 * random.normal()))
                }
            }
        }
        var spread = [Float](repeating: 0, count: rounds * n * n)
        for round in 0..<rounds where !isDegenerate {
            for edge in 0..<n * n {
                let weight = routing[round * heads * n * n + edge]
                spread[round * n * n + edge] = weight == 0 ? 0 : (0.02 + 0.8 * weight) * growth
            }
        }
        return ProbeSnapshot(
            step: step, rounds: rounds, neurons: n, heads: heads, sampleCount: 2048, symbols: alphabet,
            routing: routing, flow: flow,
            firingRate: rate, gateMean: mean, gateSaturated: saturated, tuning: tuning, symbolCounts: counts,
            routingEntropy: entropy,
            routingDynamism: Array(repeating: isDegenerate ? 0 : 0.4 * growth, count: rounds * n),
            routingSpread: spread,
            routingDeviation: Array(repeating: isDegenerate ? 0 : 0.4 * growth, count: rounds),
            diversity: Array(repeating: isDegenerate ? 0 : 0.62 * growth, count: rounds),
            effectiveNeurons: Array(repeating: isDegenerate ? 1 : 1 + 7.3 * growth * Float(n) / 16, count: rounds),
            rasterText: raster, rasterGates: gates
        )
    }

    func state(
        _ screen: ScreenID = .overview, width: Int = 120, height: Int = 40, theme: ThemeName = .dark,
        colors: ColorLevel = .truecolor, glyphs: GlyphLevel = .braille
    ) -> AppState {
        var state = AppState(
            runInfo: info, reports: reports, marks: marks, snapshots: snapshots, samples: samples,
            width: width, height: height, theme: theme, colorLevel: colors, glyphLevel: glyphs
        )
        state.screen = screen
        return state
    }
}
