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

    /// The cells at which the neurons in ``order`` stand. Cells are about twice as high as wide.
    func points(in area: Rect) -> [(x: Int, y: Int)] {
        let half = (x: Double(max(0, area.width - 1)) / 2, y: Double(max(0, area.height - 1)) / 2)
        let radius = max(1, min(half.x / 2, half.y))
        let stretch = max(1, min(2.4, half.x / 2 / radius))
        let spots = sets.isEmpty ? Self.evenly(order.count, stretch: stretch) : spots
        return spots.map { spot in
            (
                area.x + Int(bounded: (half.x + radius * stretch * 2 * spot.x).rounded()),
                area.y + Int(bounded: (half.y + radius * spot.y).rounded())
            )
        }
    }

    /// Places on a circle that are equally far from each other once it is stretched to an ellipse.
    private static func evenly(_ count: Int, stretch: Double) -> [(x: Double, y: Double)] {
        let fine = 1440
        func spot(_ index: Int) -> (x: Double, y: Double) { onRing(index, of: fine) }
        var lengths = [0.0]
        for index in 0..<fine {
            let (a, b) = (spot(index), spot(index + 1))
            let (dx, dy) = ((b.x - a.x) * stretch, b.y - a.y)
            lengths.append(lengths[index] + (dx * dx + dy * dy).squareRoot())
        }
        return (0..<count).map { place in
            let wanted = lengths[fine] * Double(place) / Double(count)
            return spot(lengths.firstIndex { $0 >= wanted } ?? 0)
        }
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
