import INNKit

/// What one neuron is for: what losing it costs when each character comes next, with intervals.
struct WorthView {
    private let insight: Insight
    private let neuron: Int

    init(_ insight: Insight, neuron: Int) { (self.insight, self.neuron) = (insight, neuron) }

    func render(_ look: Look, _ area: Rect, _ buffer: inout CellBuffer) {
        guard let lesion = insight.lesions[neuron], let tuning = insight.tuning(of: neuron),
            let own = tuning.neuron(neuron)
        else {
            return renderEmpty(["neuron \(neuron) has not been removed yet"], look, area, &buffer)
        }
        let head = self.head(lesion, tuning, own, area.width, look)
        writeLines(head, area, &buffer)
        let body = area.inset(top: head.count, bottom: area.height > 8 ? 1 : 0)
        let rows = rows(tuning, own, body.height)
        let most = max(1e-9, rows.map { max(abs($0.cost.low), abs($0.cost.high)) }.max() ?? 0)
        for (index, row) in rows.enumerated() {
            draw(row, most, Rect(x: body.x, y: body.y + index, width: body.width, height: 1), look, &buffer)
        }
        guard area.height > 8 else { return }
        buffer.write(
            fitting(
                area.width, "bits lost when it comes next, ├ ┤ 95 %, n " + Format.grouped(tuning.characters),
                "bits lost when it comes next, ├ ┤ 95 %", "bits lost when next, ├ ┤ 95 %", "bits lost when next"),
            x: area.x, y: area.maxY - 1, width: area.width, look.theme.faint)
    }

    private func head(
        _ lesion: LesionEffect, _ tuning: CausalTuning, _ own: CausalTuning.Neuron, _ width: Int, _ look: Look
    ) -> [(String, Style)] {
        var lines: [(String, Style)] = []
        if insight.isRed {
            lines.append(("withheld: copies of one neuron", look.theme.dim))
        } else if let label = own.label {
            let doubt = tuning.doubt(label)
            let claim = (doubt == nil ? "predicts " : "costs most on ") + label.category.phrase
            lines += wrapped(claim, width: width, limit: 2).map {
                ($0, doubt == nil ? look.theme.good.with(.bold) : look.theme.strong)
            }
            if let doubt { lines += wrapped(doubt, width: width, limit: 2).map { ($0, look.theme.dim) } }
            let cost =
                signed(label.cost.mean, 3) + " bits there, " + signed(label.elsewhere, 3) + " elsewhere, n "
                + Format.grouped(label.characters)
            lines += wrapped(cost, width: width, limit: 2).map { ($0, look.theme.text) }
        } else {
            let isShort = insight.depth == .light
            lines.append((isShort ? "no label yet" : "no category stands out", look.theme.dim))
        }
        let range = " (" + signed(lesion.deltaBPC.low, 3) + "…" + signed(lesion.deltaBPC.high, 3) + ")"
        let cost = look.unit.worded("ΔBPC ") + signed(lesion.deltaBPC.mean, 3)
        lines.append((fitting(width, cost + range, cost), look.theme.text))
        if let share = own.specialisation, width >= 30 {
            lines.append(("specialisation " + shareText(share), look.theme.dim))
        }
        return lines
    }

    private struct Row {
        let name: String
        let cost: Interval
        /// Whether the neuron predicts it.
        let isClaimed: Bool
    }

    /// What it is labelled with first, then classes and places where there is room for more than them, then the symbols
    /// that it costs most on, as many as fit.
    private func rows(_ tuning: CausalTuning, _ own: CausalTuning.Neuron, _ height: Int) -> [Row] {
        func row(_ index: Int) -> Row? {
            guard let cost = own.costs[index], tuning.counts[index] >= 20 else { return nil }
            let category = tuning.categories[index]
            let name =
                switch category.kind {
                case .symbol: TuningFigure.name(category.name)
                case .after: "after " + TuningFigure.name(category.name)
                case .characterClass, .place: category.name
                }
            return Row(
                name: name, cost: cost,
                isClaimed: own.label.map { $0.category == category && tuning.claims($0) && !insight.isRed } ?? false)
        }
        let all = tuning.categories.indices
        let label = all.filter { tuning.categories[$0] == own.label?.category }
        let others = all.filter { !label.contains($0) }
        let classes = others.filter { [.characterClass, .place].contains(tuning.categories[$0].kind) }.compactMap(row)
        let symbols = others.filter { tuning.categories[$0].kind == .symbol }.compactMap(row).sorted {
            $0.cost.mean > $1.cost.mean
        }
        let isRoomy = height > label.count + classes.count + 3
        return Array((label.compactMap(row) + (isRoomy ? classes : []) + symbols).prefix(height))
    }

    private func draw(_ row: Row, _ most: Double, _ line: Rect, _ look: Look, _ buffer: inout CellBuffer) {
        let nameWidth = min(13, max(11, line.width / 3))
        let number = 7
        buffer.write(
            row.name, x: line.x, y: line.y, width: nameWidth, row.isClaimed ? look.theme.good : look.theme.accent)
        let bar = Rect(
            x: line.x + nameWidth + 1, y: line.y, width: max(0, line.width - nameWidth - number - 2), height: 1)
        buffer.write(
            Format.right(signed(row.cost.mean, 3), number), x: line.maxX - number, y: line.y, width: number,
            look.theme.text)
        guard bar.width > 4 else { return }
        Bars.drawHorizontal(
            max(0, row.cost.mean) / most, in: &buffer, row: bar, row.isClaimed ? look.theme.good : look.theme.bar,
            empty: look.theme.barEmpty, look: look)
        for (value, mark) in [(row.cost.low, "├"), (row.cost.high, "┤")] as [(Double, Unicode.Scalar)] {
            let x = bar.x + Int(bounded: (max(0, value) / most * Double(bar.width - 1)).rounded())
            buffer.put(look.glyphs == .ascii ? "|" : mark, x: min(bar.maxX - 1, x), y: line.y, look.theme.dim)
        }
    }
}
