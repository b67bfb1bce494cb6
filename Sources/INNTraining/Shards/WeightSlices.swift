import INNCore

/// All weights in one row, cut into slices of equal length: who updates a slice need not know the rest of the
/// gradients.
///
/// Every weight begins at a multiple of ``alignment``, and so does every slice, so that a kernel over a part of one
/// computes the same bits as one over all of it. One slice holds the weights as they are.
struct WeightSlices {
    /// A part of a weight that lies in one slice.
    struct Piece {
        /// The weight's place in the store.
        let parameter: Int
        /// Its values.
        let range: Range<Int>
        /// Where they begin in the slice.
        let place: Int
    }

    /// By slice, in the order of the weights.
    let pieces: [[Piece]]
    /// Floats per slice.
    let length: Int

    private static let alignment = 64

    init(_ store: ParameterStore, count: Int) {
        func aligned(_ value: Int) -> Int { (value + Self.alignment - 1) / Self.alignment * Self.alignment }
        let starts = store.parameters.reduce(into: [0]) { $0.append($0.last! + aligned($1.count)) }
        let length = aligned((starts.last! + count - 1) / count)
        self.length = length
        pieces = (0..<count).map { slice in
            let (first, end) = (slice * length, (slice + 1) * length)
            return store.parameters.indices.compactMap { index in
                let start = starts[index]
                let low = max(first, start)
                let high = min(end, start + store.parameters[index].count)
                guard low < high else { return nil }
                return Piece(parameter: index, range: (low - start)..<(high - start), place: low - first)
            }
        }
    }

    /// Copies values of the weights, or what belongs to them, to where `flat` holds the first of `slices`.
    func pack(
        _ slices: Range<Int>, of values: (Int) -> UnsafeMutablePointer<Float>, into flat: UnsafeMutablePointer<Float>
    ) {
        for slice in slices {
            let target = flat + (slice - slices.lowerBound) * length
            for piece in pieces[slice] {
                (target + piece.place).update(
                    from: values(piece.parameter) + piece.range.lowerBound, count: piece.range.count)
            }
        }
    }

    /// The way back.
    func unpack(
        _ slices: Range<Int>, of flat: UnsafePointer<Float>, into values: (Int) -> UnsafeMutablePointer<Float>
    ) {
        for slice in slices {
            let source = flat + (slice - slices.lowerBound) * length
            for piece in pieces[slice] {
                (values(piece.parameter) + piece.range.lowerBound).update(
                    from: source + piece.place, count: piece.range.count)
            }
        }
    }
}
