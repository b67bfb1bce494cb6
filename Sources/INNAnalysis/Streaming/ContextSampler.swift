import INNCore

/// Keeps the places where each unit's gate was most and least open, and a few places at random, with the text before
/// them.
package struct ContextSampler {
    package static let kept = 6, length = 28
    /// Places this close together in one stream count as one.
    private static let apart = 40

    private struct Place {
        var value: Float
        /// Breaks ties between saturated gates without preferring the beginning of the text.
        var key: UInt64
        var stream: Int, position: Int
        var ids: [Int32]
        var gates: [Float]

        /// Places in this order, from the worst to the best.
        func rank(highest: Bool) -> (Float, UInt64) { (highest ? value : -value, key) }
    }

    private let units: Int
    /// By unit; unordered.
    private var top: [[Place]], bottom: [[Place]]
    /// The same places for all units; gates are `[length, units]`.
    private var random: [Place] = []
    private var seen = 0
    private var source: RandomSource
    private var previous: ActivityWindow?

    init(units: Int, seed: UInt64) {
        self.units = units
        top = [[Place]](repeating: [], count: units)
        bottom = top
        source = RandomSource(seed: seed)
    }

    package mutating func add(_ window: ActivityWindow, index: Int) {
        for row in window.ids.indices { considerAtRandom(window, row: row, index: index) }
        let rows = window.ids.count
        for unit in 0..<units {
            var most = Self.bound(top[unit], highest: true)
            var least = Self.bound(bottom[unit], highest: false)
            for row in 0..<rows {
                let value = window.activity[unit * rows + row]
                if value >= most {
                    keep(window, unit: unit, row: row, index: index, in: &top[unit], highest: true)
                    most = Self.bound(top[unit], highest: true)
                }
                if value <= least {
                    keep(window, unit: unit, row: row, index: index, in: &bottom[unit], highest: false)
                    least = Self.bound(bottom[unit], highest: false)
                }
            }
        }
        previous = window
    }

    /// What a value has to reach to be considered.
    private static func bound(_ places: [Place], highest: Bool) -> Float {
        guard places.count == kept else { return highest ? -.infinity : .infinity }
        return highest ? places.map(\.value).min()! : places.map(\.value).max()!
    }

    private func keep(
        _ window: ActivityWindow, unit: Int, row: Int, index: Int, in places: inout [Place], highest: Bool
    ) {
        let stream = row / window.steps
        let position = index * window.steps + row % window.steps
        var place = Place(
            value: window.activity[unit * window.ids.count + row],
            key: RandomSource.key(UInt64(unit), UInt64(stream), UInt64(position)), stream: stream, position: position,
            ids: [], gates: [])
        func isBetter(than other: Place) -> Bool { Self.isWorse(other, place, highest: highest) }
        let replaced: Int
        if let near = places.firstIndex(where: { $0.stream == stream && abs($0.position - position) < Self.apart }) {
            guard isBetter(than: places[near]) else { return }
            replaced = near
        } else if places.count < Self.kept {
            replaced = -1
        } else {
            let worst = places.indices.min { a, b in Self.isWorse(places[a], places[b], highest: highest) }!
            guard isBetter(than: places[worst]) else { return }
            replaced = worst
        }
        (place.ids, place.gates) = excerpt(window, row: row, units: unit..<(unit + 1))
        if replaced < 0 { places.append(place) } else { places[replaced] = place }
    }

    private static func isWorse(_ a: Place, _ b: Place, highest: Bool) -> Bool {
        a.rank(highest: highest) < b.rank(highest: highest)
    }

    /// Reservoir sampling (Vitter 1985): every character is as likely as any other.
    private mutating func considerAtRandom(_ window: ActivityWindow, row: Int, index: Int) {
        seen += 1
        let draw = seen <= Self.kept ? seen - 1 : Int(source.next() % UInt64(seen))
        guard draw < Self.kept else { return }
        let (ids, gates) = excerpt(window, row: row, units: 0..<units)
        let place = Place(
            value: 0, key: 0, stream: row / window.steps, position: index * window.steps + row % window.steps, ids: ids,
            gates: gates)
        if draw < random.count { random[draw] = place } else { random.append(place) }
    }

    /// The text up to a row and the gates of some units there, `[length, units]`; shorter at the beginning of a stream.
    private func excerpt(_ window: ActivityWindow, row: Int, units: Range<Int>) -> ([Int32], [Float]) {
        let stream = row / window.steps
        let step = row % window.steps
        var ids: [Int32] = []
        var gates: [Float] = []
        for place in (step - Self.length + 1)...step {
            guard let source = place >= 0 ? window : previous, place >= -source.steps else { continue }
            let row = stream * source.steps + (place >= 0 ? place : source.steps + place)
            ids.append(source.ids[row])
            for unit in units { gates.append(source.activity[unit * source.ids.count + row]) }
        }
        return (ids, gates)
    }

    /// Top from the highest, bottom from the lowest, random in the order of the text.
    package func contexts(_ unit: Int, names: [String]) -> NeuronContexts {
        func shown(_ place: Place, _ gates: [Float]) -> NeuronContexts.Context {
            NeuronContexts.Context(text: place.ids.map { names[Int($0)] }, gates: gates)
        }
        return NeuronContexts(
            top: top[unit].sorted { Self.isWorse($1, $0, highest: true) }.map { shown($0, $0.gates) },
            random: random.sorted { ($0.stream, $0.position) < ($1.stream, $1.position) }.map { place in
                shown(place, place.ids.indices.map { place.gates[$0 * units + unit] })
            },
            bottom: bottom[unit].sorted { Self.isWorse($1, $0, highest: false) }.map { shown($0, $0.gates) })
    }
}
