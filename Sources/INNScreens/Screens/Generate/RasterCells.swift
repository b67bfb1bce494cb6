import INNKit

/// What stands in a cell of the firing raster: the gates of one neuron at one character.
///
/// Two rounds share a cell, one above the other. Where colours or half blocks are missing, signs say in which of them
/// the neuron fires.
struct RasterCells {
    let scale: ColorScale
    /// Whether a cell shows two rounds.
    let hasBothRounds: Bool
    private let neurons: Int
    private let rounds: Int
    private let round: Int
    private let look: Look
    /// Whether cells are halves in the colours of the gates.
    private let isSplit: Bool

    /// Whether cells have the colours or shades of a scale.
    var hasScale: Bool { !hasBothRounds || look.colors != .mono }

    /// A gate this far shut leaves the background as it is: silence is what nothing is drawn for.
    static let silent: Float = 0.05

    /// - Parameter round: the one that is shown where a cell shows one.
    init(_ frame: GenerationFrame, round: Int, _ look: Look) {
        (neurons, rounds, self.round, self.look) = (frame.neurons, frame.rounds, round, look)
        hasBothRounds = frame.rounds == 2
        isSplit = hasBothRounds && look.colors != .mono && look.glyphs != .ascii
        scale = ColorScale(.viridis, low: 0, high: 1, look: look)
    }

    /// - Parameters:
    ///   - gates: of all neurons in all rounds at the character.
    ///   - isAhead: whether it lies ahead after a step back, and is drawn fainter.
    func cell(_ gates: [Float], _ neuron: Int, isAhead: Bool) -> (glyph: Unicode.Scalar, style: Style) {
        func gate(_ round: Int) -> Float { gates[round * neurons + neuron] }
        if isSplit { return halves(gate(0), gate(1), isAhead) }
        let plain = isAhead ? look.theme.faint : look.theme.text
        if hasBothRounds {
            guard let glyph = sign(gate(0), gate(1)) else { return (" ", look.theme.text) }
            guard look.colors != .mono, let step = scale.step(max(gate(0), gate(1))) else { return (glyph, plain) }
            return (glyph, Style(color(step, isAhead)))
        }
        guard let step = step(gate(round)) else { return (" ", look.theme.text) }
        if look.colors == .mono { return (ColorScale.ramp(step: step, of: scale.stepCount), plain) }
        return (" ", Style(.terminalDefault, on: color(step, isAhead)))
    }

    /// What the cells mean, for the legend; nil for a single round.
    func note(isShort: Bool) -> String? {
        guard rounds > 1 else { return nil }
        guard hasBothRounds else { return "round \(round + 1)/\(rounds)" }
        if isSplit { return "▀ round 1, ▄ \(isShort ? "" : "round ")2" }
        return isShort ? "▴ round 1, ▾ 2, ■ both" : "fires in ▴ round 1, ▾ round 2, ■ both; · half open"
    }

    private func step(_ gate: Float) -> Int? {
        gate >= Self.silent ? scale.step(gate).flatMap { $0 > 0 ? $0 : nil } : nil
    }

    private func color(_ step: Int, _ isAhead: Bool) -> CellColor { scale.color(step: step, isFaint: isAhead, look) }

    private func halves(_ upper: Float, _ lower: Float, _ isAhead: Bool) -> (glyph: Unicode.Scalar, style: Style) {
        switch (step(upper), step(lower)) {
        case (nil, nil): (" ", look.theme.text)
        case (let upper?, nil): ("▀", Style(color(upper, isAhead)))
        case (nil, let lower?): ("▄", Style(color(lower, isAhead)))
        case (let upper?, let lower?): ("▀", Style(color(upper, isAhead), on: color(lower, isAhead)))
        }
    }

    /// In which rounds the gate is more than half open, or a dot where it is a little.
    private func sign(_ first: Float, _ second: Float) -> Unicode.Scalar? {
        switch (first > 0.5, second > 0.5) {
        case (true, true): "■"
        case (true, false): "▴"
        case (false, true): "▾"
        case (false, false): first >= Self.silent || second >= Self.silent ? "·" : nil
        }
    }
}
