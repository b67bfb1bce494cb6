import INNKit

/// Every neuron in one line: what it is for, when it fires, who listens to it, what losing it costs. Its evidence is
/// one key away.
struct CastView {
    private let insight: Insight
    private let members: [CastMember]
    /// Neurons in display order.
    let order: [Int]
    private let roles: NeuronRoles?

    /// - Parameters:
    ///   - order: neurons by number or rate; nil for those that cost most first.
    ///   - roles: of the neurons; nil where all have the same.
    init(_ insight: Insight, order: [Int]?, roles: NeuronRoles?) {
        self.insight = insight
        self.roles = roles
        members = insight.cast
        self.order = order ?? members.map(\.neuron)
    }

    private static let idWidth = 4, costWidth = 8, barWidth = 10

    /// - Parameters:
    ///   - first: the first neuron on display, as a place in ``order``.
    ///   - selected: the neuron under the cursor.
    func render(first: Int, selected: Int, _ look: Look, _ area: Rect, _ buffer: inout CellBuffer) {
        let columns = Columns(area.width)
        let y = area.y
        buffer.write(" id", x: area.x, y: y, width: 3, look.theme.faint)
        buffer.write(
            Format.right(look.unit.worded("ΔBPC"), Self.costWidth), x: area.x + Self.idWidth, y: y,
            width: Self.costWidth,
            look.theme.faint)
        let heads = [(columns.label, "is for"), (columns.firing, "fires"), (columns.heard, "heard most by")]
        for (column, name) in heads where column.width > 0 {
            buffer.write(name, x: area.x + column.x, y: y, width: column.width, look.theme.faint)
        }
        let largest = max(1e-9, members.compactMap { $0.deltaBPC?.mean }.max() ?? 0)
        for (row, neuron) in order[first...].prefix(max(0, area.height - 1)).enumerated() {
            guard let member = members.first(where: { $0.neuron == neuron }) else { continue }
            let line = Rect(x: area.x, y: area.y + 1 + row, width: area.width, height: 1)
            draw(member, columns, largest, isSelected: neuron == selected, look, line, &buffer)
        }
    }

    private func draw(
        _ member: CastMember, _ columns: Columns, _ largest: Double, isSelected: Bool, _ look: Look, _ line: Rect,
        _ buffer: inout CellBuffer
    ) {
        buffer.write(
            (isSelected ? "▸" : " ") + Format.right(String(member.neuron), 3), x: line.x, y: line.y,
            width: Self.idWidth, isSelected ? look.theme.accent : look.theme.dim)
        drawRole(roles, member.neuron, x: line.x + Self.idWidth, y: line.y, look, &buffer)
        let cost = member.deltaBPC.map { signed($0.mean, 3) } ?? "–"
        buffer.write(
            Format.right(cost, Self.costWidth - 1), x: line.x + Self.idWidth + 1, y: line.y, width: Self.costWidth - 1,
            isSelected ? look.theme.strong : look.theme.text)
        if columns.bar.width > 0 {
            Bars.drawHorizontal(
                max(0, member.deltaBPC?.mean ?? 0) / largest, in: &buffer,
                row: Rect(x: line.x + columns.bar.x, y: line.y, width: columns.bar.width, height: 1),
                isSelected ? look.theme.focusBorder : look.theme.bar, empty: look.theme.barEmpty, look: look)
        }
        let (text, style) = label(member, columns.label.width, look)
        buffer.write(text, x: line.x + columns.label.x, y: line.y, width: columns.label.width, style)
        buffer.write(
            firing(member, columns.firing.width), x: line.x + columns.firing.x, y: line.y, width: columns.firing.width,
            look.theme.text)
        buffer.write(
            member.listeners.map(String.init).joined(separator: ", "), x: line.x + columns.heard.x, y: line.y,
            width: columns.heard.width, look.theme.dim)
    }

    private func label(_ member: CastMember, _ width: Int, _ look: Look) -> (String, Style) {
        if insight.isRed {
            let isOne = insight.network.neurons == 1
            return (isOne ? "one neuron only" : "withheld: copies of one neuron", look.theme.dim)
        }
        guard let label = member.label else {
            let isShort = insight.depth == .light
            return (
                member.deltaBPC == nil ? "not removed yet" : isShort ? "no label yet" : "no category stands out",
                look.theme.faint
            )
        }
        let name = member.verb + " " + label.category.phrase
        let bits = " " + signed(label.cost.mean, 2) + " there, " + signed(label.elsewhere, 2) + " elsewhere"
        return (
            columnCount(name + bits) <= width ? name + bits : name,
            member.doubt == nil ? look.theme.good : look.theme.text
        )
    }

    /// When it fires, without quotation marks and then with the round as in `n3·2` where there is no room for more.
    private func firing(_ member: CastMember, _ width: Int) -> String {
        let plain = member.firing.filter { $0 != "“" && $0 != "”" }
        let short = plain.replacing(" in round ", with: " ·")
        return [member.firing, plain].first { columnCount($0) <= width } ?? short
    }

    /// Where the parts of a line stand; those that have no room are empty.
    private struct Columns {
        var bar = (x: 0, width: 0), label = (x: 0, width: 0), firing = (x: 0, width: 0), heard = (x: 0, width: 0)

        init(_ width: Int) {
            var x = CastView.idWidth + CastView.costWidth + 1
            if width >= 100 {
                bar = (x, CastView.barWidth)
                x += CastView.barWidth + 1
            }
            let heardWidth = width >= 74 ? 14 : 0
            let rest = max(0, width - x - heardWidth)
            let firingWidth = rest >= 44 ? min(34, rest * 2 / 5) : 0
            label = (x, max(0, rest - firingWidth - 1))
            firing = (x + rest - firingWidth, firingWidth)
            heard = (x + rest + 1, max(0, heardWidth - 1))
        }
    }
}

extension Insight {
    /// The cast with the lesions measured so far.
    var cast: [CastMember] {
        let members = report.cast.map { member -> CastMember in
            guard let lesion = lesions[member.neuron] else { return member }
            var member = member
            member.deltaBPC = lesion.deltaBPC
            if let tuning = lesion.tuning, let label = tuning.neuron(member.neuron)?.label {
                (member.label, member.doubt) = (label, tuning.doubt(label))
            }
            return member
        }
        return members.sorted {
            ($0.deltaBPC?.mean ?? -.infinity, $1.neuron) > ($1.deltaBPC?.mean ?? -.infinity, $0.neuron)
        }
    }
}
