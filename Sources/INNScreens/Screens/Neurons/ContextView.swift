import INNKit

/// Where a gate was most open, where it was at random places, and where it was least open: text whose background is the
/// gate.
struct ContextView {
    /// Contexts of each kind at most.
    static let rows = 6

    private let kinds: [(title: String, contexts: [NeuronContexts.Context])]
    private let isRed: Bool
    private let look: Look

    init(_ contexts: NeuronContexts, _ isRed: Bool, _ look: Look) {
        kinds = [("most open", contexts.top), ("at random", contexts.random), ("least open", contexts.bottom)]
        (self.isRed, self.look) = (isRed, look)
    }

    /// Side by side where there is room, otherwise one below the other.
    func render(in buffer: inout CellBuffer, area: Rect) {
        guard area.height > 1 else { return }
        let isWide = area.width >= 66
        let body = area.inset(bottom: area.height > 5 ? 1 : 0)
        let parts = isWide ? body.columns(3).map { $0.inset(right: 2) } : stacked(body)
        for (kind, part) in zip(kinds, parts) { draw(kind.title, kind.contexts, part, &buffer) }
        guard area.height > 5 else { return }
        let scale = gateScale(look)
        let notes = isRed ? ["copies of one neuron"] : []
        HeatmapLegend(scale: scale, quantity: "gate; the last one counts", notes: notes)
            .drawFlat(Rect(x: area.x, y: area.maxY - 1, width: area.width, height: 1), &buffer, look)
    }

    private func stacked(_ area: Rect) -> [Rect] {
        (0..<3).map { part in
            let from = area.y + area.height * part / 3
            return Rect(x: area.x, y: from, width: area.width, height: area.y + area.height * (part + 1) / 3 - from)
        }
    }

    private func draw(_ title: String, _ contexts: [NeuronContexts.Context], _ area: Rect, _ buffer: inout CellBuffer) {
        buffer.write(title, x: area.x, y: area.y, width: area.width, look.theme.strong)
        if contexts.isEmpty { buffer.write("none", x: area.x, y: area.y + 1, width: area.width, look.theme.dim) }
        for (row, context) in contexts.prefix(max(0, area.height - 1)).enumerated() {
            draw(context, Rect(x: area.x, y: area.y + 1 + row, width: area.width, height: 1), &buffer)
        }
    }

    /// The end of the text, right-aligned so that the characters that count stand below each other, and the gate there.
    private func draw(_ context: NeuronContexts.Context, _ area: Rect, _ buffer: inout CellBuffer) {
        let room = max(0, min(28, area.width - 5))
        let scale = gateScale(look)
        let count = min(context.text.count, context.gates.count)
        var x = area.x + room
        for glyph in TextGlyph.glyphs(of: context.text.prefix(count)).reversed() {
            x -= glyph.width
            guard x >= area.x, let index = glyph.range.last else { break }
            let isLast = index == count - 1
            let letters = glyph.isSpace ? "␣" : glyph.letters
            guard scale.level != .mono, let step = scale.step(context.gates[index]) else {
                buffer.write(
                    letters, x: x, y: area.y, width: glyph.width, isLast ? look.theme.strong : look.theme.text)
                continue
            }
            let background = scale.color(step: step)
            buffer.write(
                letters, x: x, y: area.y, width: glyph.width,
                Style(background.ink(look), on: background, isLast ? .bold : []))
        }
        buffer.write(
            context.gates.last.map { Format.fixed(Double($0), 2) } ?? "–", x: area.x + room + 1, y: area.y, width: 4,
            look.theme.text)
    }
}
