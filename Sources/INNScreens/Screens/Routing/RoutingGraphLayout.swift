import INNKit

import func Foundation.cos
import func Foundation.sin

/// Where the neurons of the graph stand: on a circle, or, where they have roles, the inputs in a bow on the left, the
/// outputs in one on the right, and the others on a ring between them.
struct RoutingGraphLayout {
    /// The neurons, set by set; on a circle clockwise from the top.
    let order: [Int]
    /// From left to right, where neurons have roles.
    let sets: [(role: NeuronRole, neurons: [Int])]
    /// Of the neurons in ``order``, from the middle: 1 is where the labels of a circle stand.
    private let spots: [(x: Double, y: Double)]

    /// - Parameters:
    ///   - plain: the neurons as they stand on a circle.
    ///   - roles: nil for a circle.
    init(_ plain: [Int], roles: NeuronRoles?) {
        guard let roles, roles.neurons == plain.count else {
            (order, sets) = (plain, [])
            spots = plain.indices.map { Self.onRing($0, of: plain.count) }
            return
        }
        let sets = roles.members.map { set in (role: set.role, neurons: plain.filter { roles.role($0) == set.role }) }
        self.sets = sets
        order = sets.flatMap(\.neurons)
        spots = sets.enumerated().flatMap { index, set in
            let count = set.neurons.count
            return set.neurons.indices.map { place in
                if index == 0 { return Self.inBow(place, of: count, side: -1) }
                if index == sets.count - 1 { return Self.inBow(place, of: count, side: 1) }
                let spot = count == 1 ? (x: 0, y: 0) : Self.onRing(place, of: count)
                return (spot.x * 0.5, spot.y * 0.9)
            }
        }
    }

    private static func onRing(_ place: Int, of count: Int) -> (x: Double, y: Double) {
        let angle = 2 * Double.pi * (Double(place) / Double(max(1, count))) - Double.pi / 2
        return (cos(angle), sin(angle))
    }

    /// From top to bottom on the left (-1) or the right (1). Edges inside a straight column would lie on each other.
    private static func inBow(_ place: Int, of count: Int, side: Double) -> (x: Double, y: Double) {
        let spread = min(140, 28 * Double(count - 1)) * Double.pi / 180
        let angle = count == 1 ? 0 : spread * (Double(place) / Double(count - 1) - 0.5)
        return (side * cos(angle), sin(angle))
    }

    /// Where a neuron's label stands, in dots.
    func place(_ index: Int, on canvas: DotCanvas) -> (x: Int, y: Int) { place(index, on: canvas, radius: 1) }

    private func place(_ index: Int, on canvas: DotCanvas, radius: Double) -> (x: Int, y: Int) {
        // Cells are about twice as high as wide, and so are their dots taken together.
        let unitX = Double(canvas.dotsPerCellX) * 2
        let unitY = Double(canvas.dotsPerCellY)
        let half = max(1, min(Double(canvas.width - 1) / 2 / unitX - 0.5, Double(canvas.height - 1) / 2 / unitY - 0.25))
        let stretch = min(sets.isEmpty ? 1.6 : 2.4, (Double(canvas.width - 1) / 2 / unitX - 0.5) / half)
        let x = Double(canvas.width - 1) / 2 + radius * half * max(1, stretch) * unitX * spots[index].x
        let y = Double(canvas.height - 1) / 2 + radius * half * unitY * spots[index].y
        return (Int(bounded: x.rounded()), Int(bounded: y.rounded()))
    }

    /// Where the line between two neurons begins and ends, in dots, beside their labels.
    func ends(_ from: Int, _ to: Int, on canvas: DotCanvas) -> (start: (x: Int, y: Int), end: (x: Int, y: Int)) {
        guard !sets.isEmpty else {
            return (place(from, on: canvas, radius: 0.86), place(to, on: canvas, radius: 0.86))
        }
        let (start, end) = (place(from, on: canvas), place(to, on: canvas))
        let (x, y) = (Double(end.x - start.x), Double(end.y - start.y))
        // Two columns or a row and a bit, whichever the line reaches first.
        let share = min(
            0.3, 2.2 * Double(canvas.dotsPerCellX) / max(1, abs(x)), 1.2 * Double(canvas.dotsPerCellY) / max(1, abs(y)))
        func moved(_ point: (x: Int, y: Int), _ sign: Double) -> (x: Int, y: Int) {
            (
                point.x + Int(bounded: (sign * share * x).rounded()),
                point.y + Int(bounded: (sign * share * y).rounded())
            )
        }
        return (moved(start, 1), moved(end, -1))
    }
}

/// Names the sets of neurons, each over its part of the graph.
func drawSets(_ layout: RoutingGraphLayout, _ look: Look, _ area: Rect, _ buffer: inout CellBuffer) {
    for (index, set) in layout.sets.enumerated() {
        let text = String(Character(set.role.sign)) + " " + set.role.counted(set.neurons.count)
        let spare = area.width - columnCount(text)
        let x = area.x + max(0, index == 0 ? 0 : index == layout.sets.count - 1 ? spare : spare / 2)
        buffer.write(text, x: x, y: area.y, width: area.maxX - x, look.theme.dim)
    }
}
