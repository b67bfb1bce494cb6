/// The intermediate values of one tile of the memory, laid out in one buffer.
struct MemoryTile {
    let normed, projectedIn, x, projected, delta, y, gated, boundaries, mean, deviation: UnsafeMutablePointer<Float>

    init(_ base: UnsafeMutablePointer<Float>, _ g: MemoryGeometry) {
        var parts = BufferParts(base, capacity: .max)
        self.init(&parts, g)
    }

    /// The only description of the layout: its size follows from it.
    private init(_ parts: inout BufferParts, _ g: MemoryGeometry) {
        normed = parts.claim(g.steps * g.dModel)
        projectedIn = parts.claim(g.steps * 2 * g.dInner)
        x = parts.claim(g.steps * g.dInner)
        projected = parts.claim(g.steps * g.projected)
        delta = parts.claim(g.steps * g.dInner)
        y = parts.claim(g.steps * g.dInner)
        gated = parts.claim(g.steps * g.dInner)
        boundaries = parts.claim(g.boundaryCount * g.states)
        mean = parts.claim(g.steps)
        deviation = parts.claim(g.steps)
    }

    /// Floats of one tile.
    static func count(_ g: MemoryGeometry) -> Int {
        var parts = BufferParts(UnsafeMutablePointer(bitPattern: 64)!, capacity: .max)
        _ = MemoryTile(&parts, g)
        return parts.count
    }
}
