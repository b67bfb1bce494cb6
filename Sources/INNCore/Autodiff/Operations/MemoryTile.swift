import CKernels

/// The intermediate values of one tile of the memory.
struct MemoryTile {
    let kept: KeptValues
    let passing: PassingValues

    /// What would take long to make again, and is kept from the forward pass for the backward pass.
    struct KeptValues: BufferLayout {
        let projectedIn, projected, delta, y, boundaries, mean, deviation: UnsafeMutablePointer<Float>

        init(_ parts: inout BufferParts, _ g: MemoryGeometry) {
            projectedIn = parts.claim(g.steps * 2 * g.dInner)
            projected = parts.claim(g.steps * g.projected)
            delta = parts.claim(g.steps * g.dInner)
            y = parts.claim(g.steps * g.dInner)
            boundaries = parts.claim(g.boundaryCount * g.states)
            mean = parts.claim(g.steps)
            deviation = parts.claim(g.steps)
        }
    }

    /// What is made again in little time instead of being written to memory and read back.
    struct PassingValues: BufferLayout {
        let normed, x, gated: UnsafeMutablePointer<Float>

        init(_ parts: inout BufferParts, _ g: MemoryGeometry) {
            normed = parts.claim(g.steps * g.dModel)
            x = parts.claim(g.steps * g.dInner)
            gated = parts.claim(g.steps * g.dInner)
        }
    }
}

/// What a worker's scratch memory has to hold.
struct MemoryScratchSizes {
    let geometry: MemoryGeometry
    /// Whether the values of tiles are not kept, so that there has to be room for those of one.
    let holdsKeptValues: Bool
    /// Whether some tiles hold some steps only.
    let packs: Bool
}

/// What a worker needs in the forward pass.
struct MemoryForwardScratch: BufferLayout {
    /// The recurrent state, `[stateSize, dInner]`.
    let state: UnsafeMutablePointer<Float>
    /// The rows that a tile reads, then those that it says, `[steps, dModel]`.
    let rows: UnsafeMutablePointer<Float>
    let passing: MemoryTile.PassingValues
    let kept: MemoryTile.KeptValues?

    init(_ parts: inout BufferParts, _ sizes: MemoryScratchSizes) {
        let g = sizes.geometry
        state = parts.claim(g.states)
        rows = parts.claim(g.steps * g.dModel)
        passing = MemoryTile.PassingValues(&parts, g)
        kept = sizes.holdsKeptValues ? MemoryTile.KeptValues(&parts, g) : nil
    }
}

/// What a worker needs in the backward pass: gradients of a tile's intermediate values, and those values as far as they
/// were not kept.
struct MemoryBackwardScratch: BufferLayout {
    /// Rows of a tile that holds some steps only, and the gradients of its rows, `[steps, dModel]`.
    let packed, packedGradient: UnsafeMutablePointer<Float>
    /// `[steps, dModel]` each.
    let dropped, dNormed: UnsafeMutablePointer<Float>
    /// `[steps, 2·dInner]`.
    let dIn: UnsafeMutablePointer<Float>
    /// `[steps, dInner]` each.
    let dx, dDelta: UnsafeMutablePointer<Float>
    /// The gradient of what the scan says, then, behind the scan, that of what the convolution says: less to hold in
    /// the cache.
    let dY: UnsafeMutablePointer<Float>
    /// `[steps, projected]`.
    let dProjected: UnsafeMutablePointer<Float>
    let passing: MemoryTile.PassingValues
    /// Values to make again, and the state that doing so leaves behind.
    let refill: (state: UnsafeMutablePointer<Float>, kept: MemoryTile.KeptValues)?
    /// What the scan works with.
    let scan: UnsafeMutablePointer<Float>

    init(_ parts: inout BufferParts, _ sizes: MemoryScratchSizes) {
        let g = sizes.geometry
        let rows = g.steps * g.dModel
        packed = parts.claim(sizes.packs ? rows : 0)
        packedGradient = parts.claim(sizes.packs ? rows : 0)
        dropped = parts.claim(rows)
        dNormed = parts.claim(rows)
        dIn = parts.claim(g.steps * 2 * g.dInner)
        dx = parts.claim(g.steps * g.dInner)
        dDelta = parts.claim(g.steps * g.dInner)
        dY = parts.claim(g.steps * g.dInner)
        dProjected = parts.claim(g.steps * g.projected)
        passing = MemoryTile.PassingValues(&parts, g)
        refill = sizes.holdsKeptValues ? (parts.claim(g.states), MemoryTile.KeptValues(&parts, g)) : nil
        scan = parts.claim(inn_scan_scratch_floats(Int32(g.dInner), Int32(g.stateSize)))
    }
}
