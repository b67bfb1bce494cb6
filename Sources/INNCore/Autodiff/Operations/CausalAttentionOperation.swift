import CKernels

/// Multi-head attention of every character to those before it and itself, tile by tile of one stream and head; within a
/// tile in blocks of rows, which need only the columns up to their last. Weights are made again in the backward pass
/// instead of kept.
///
/// Twin: the equation, in the tests.
struct CausalAttentionOperation {
    /// q, k, v side by side, `[batchSize·steps, 3·width]`.
    let input: Tensor
    /// `[batchSize·steps, width]`.
    let output: Tensor
    let batchSize: Int, steps: Int, heads: Int
    /// Of the attention weights.
    let dropout: Dropout
    /// What was read before; only without a backward pass.
    let cache: AttentionCache?

    static let blockRows = 64

    private var width: Int { output.shape.last }
    private var headDim: Int { width / heads }
    private var scale: Float { 1 / Float(headDim).squareRoot() }
    private var first: Int { cache?.filled ?? 0 }

    private func scratchSizes(isBackward: Bool) -> CausalAttentionScratch.Sizes {
        CausalAttentionScratch.Sizes(
            columns: first + steps, drops: dropout.probability > 0, isBackward: isBackward)
    }

    /// Where a tile's rows are: pointers to its first row of q, k, v, their strides, and of the output.
    private struct Tile {
        let index: Int
        let q, k, v: UnsafePointer<Float>
        let keyStride: Int
        /// Offset of its columns in the rows of a stream: into q, and into the output.
        let queryOffset: Int, outputOffset: Int
    }

    private func tile(_ index: Int) -> Tile {
        let stream = index / heads
        let column = index % heads * headDim
        let query = stream * steps * 3 * width + column
        if let cache {
            let start = stream * cache.capacity * width + column
            return Tile(
                index: index, q: input.data + query, k: cache.keys + start, v: cache.values + start, keyStride: width,
                queryOffset: query,
                outputOffset: stream * steps * width + column)
        }
        return Tile(
            index: index, q: input.data + query, k: input.data + query + width, v: input.data + query + 2 * width,
            keyStride: 3 * width,
            queryOffset: query, outputOffset: stream * steps * width + column)
    }

    private var blocks: [Range<Int>] {
        stride(from: 0, to: steps, by: Self.blockRows).map { $0..<min(steps, $0 + Self.blockRows) }
    }

    func forward(on tape: Tape) {
        if let cache { append(to: cache) }
        tape.withScratch(CausalAttentionScratch.self, scratchSizes(isBackward: false)) { scratch in
            tape.team.run(batchSize * heads) { index, worker in
                let tile = tile(index)
                let own = scratch[worker]
                for rows in blocks {
                    let seen = first + rows.upperBound
                    attend(tile, rows, own.weights)
                    let mixed = drop(own.weights, tile, rows, into: own.dropped)
                    LinearAlgebra.multiply(
                        .init(rows: rows.count, columns: headDim, inner: seen), .init(mixed, stride: seen),
                        .init(tile.v, stride: tile.keyStride),
                        into: output.data + tile.outputOffset + rows.lowerBound * width, stride: width)
                }
            }
        }
    }

    /// The attention weights of a block of rows, `[rows, first + rows.upperBound]`, zero for what comes later.
    private func attend(_ tile: Tile, _ rows: Range<Int>, _ weights: UnsafeMutablePointer<Float>) {
        let seen = first + rows.upperBound
        LinearAlgebra.multiply(
            .init(rows: rows.count, columns: seen, inner: headDim),
            .init(tile.q + rows.lowerBound * 3 * width, stride: 3 * width),
            .init(tile.k, stride: tile.keyStride, transposed: true), into: weights, stride: seen)
        inn_causal_softmax_forward(Int32(rows.count), Int32(seen), Int32(first + rows.lowerBound), scale, weights)
    }

    /// Applies dropout to a block; every weight has a number of its own, whatever the blocks.
    private func drop(
        _ source: UnsafeMutablePointer<Float>, _ tile: Tile, _ rows: Range<Int>,
        into target: UnsafeMutablePointer<Float>
    ) -> UnsafeMutablePointer<Float> {
        guard dropout.probability > 0 else { return source }
        let seen = first + rows.upperBound
        target.update(repeating: 0, count: rows.count * seen)
        for row in rows {
            let start = (row - rows.lowerBound) * seen
            inn_dropout_add(
                first + row + 1, target + start, source + start, dropout.probability, dropout.key,
                dropout.place(row: tile.index * steps + row, of: batchSize * heads * steps, width: steps))
        }
        return target
    }

    /// Takes the new keys and values into the cache.
    private func append(to cache: AttentionCache) {
        for stream in 0..<batchSize {
            for step in 0..<steps {
                let row = input.data + (stream * steps + step) * 3 * width
                let target = (stream * cache.capacity + cache.filled + step) * width
                (cache.keys + target).update(from: row + width, count: width)
                (cache.values + target).update(from: row + 2 * width, count: width)
            }
        }
    }

    func backward(on tape: Tape) {
        guard let gradient = tape.outputGradient(of: output) else { return }
        let target = tape.gradient(of: input)
        tape.withScratch(CausalAttentionScratch.self, scratchSizes(isBackward: true)) { scratch in
            tape.team.run(batchSize * heads) { index, worker in
                let tile = tile(index)
                for rows in blocks {
                    addGradients(
                        tile, rows, gradient + tile.outputOffset + rows.lowerBound * width,
                        target + tile.queryOffset, scratch[worker])
                }
            }
        }
        tape.releaseGradient(of: output)
    }

    /// The gradients from one block of rows: `upstream` starts at its first row, `target` at the first row of the
    /// tile's q.
    private func addGradients(
        _ tile: Tile, _ rows: Range<Int>, _ upstream: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>,
        _ scratch: CausalAttentionScratch
    ) {
        let seen = rows.upperBound
        let stride = 3 * width
        let (weights, raw) = (scratch.weights, scratch.gradient)
        attend(tile, rows, weights)
        let used = drop(weights, tile, rows, into: scratch.dropped)
        LinearAlgebra.multiply(
            .init(rows: seen, columns: headDim, inner: rows.count), .init(used, stride: seen, transposed: true),
            .init(upstream, stride: width),
            into: target + 2 * width, stride: stride, accumulates: true)
        LinearAlgebra.multiply(
            .init(rows: rows.count, columns: seen, inner: headDim), .init(upstream, stride: width),
            .init(tile.v, stride: stride, transposed: true),
            into: raw, stride: seen)
        let scores = drop(raw, tile, rows, into: scratch.droppedGradient)
        inn_causal_softmax_backward(Int32(rows.count), Int32(seen), Int32(rows.lowerBound), scale, weights, scores)
        LinearAlgebra.multiply(
            .init(rows: rows.count, columns: headDim, inner: seen), .init(scores, stride: seen),
            .init(tile.k, stride: stride),
            into: target + rows.lowerBound * stride, stride: stride, accumulates: true)
        LinearAlgebra.multiply(
            .init(rows: seen, columns: headDim, inner: rows.count), .init(scores, stride: seen, transposed: true),
            .init(tile.q + rows.lowerBound * stride, stride: stride), into: target + width, stride: stride,
            accumulates: true)
    }
}

/// What a worker needs for one block of rows, `[blockRows, columns]` each.
private struct CausalAttentionScratch: BufferLayout {
    struct Sizes {
        /// Columns of the last block.
        let columns: Int
        let drops: Bool, isBackward: Bool
    }

    /// The weights, and what dropout leaves of them.
    let weights, dropped: UnsafeMutablePointer<Float>
    /// Their gradients, in the same order.
    let gradient, droppedGradient: UnsafeMutablePointer<Float>

    init(_ parts: inout BufferParts, _ sizes: Sizes) {
        let block = CausalAttentionOperation.blockRows * sizes.columns
        weights = parts.claim(block)
        dropped = parts.claim(sizes.drops ? block : 0)
        gradient = parts.claim(sizes.isBackward ? block : 0)
        droppedGradient = parts.claim(sizes.isBackward && sizes.drops ? block : 0)
    }
}

/// Keys and values of what a layer has read, `[batchSize, capacity, width]` each.
public struct AttentionCache {
    public let keys: UnsafeMutablePointer<Float>, values: UnsafeMutablePointer<Float>
    public let capacity: Int
    /// Characters in it before the call.
    public let filled: Int
}

extension Tape {
    /// softmax(q·kᵀ/√headDim)·v for every head, each row over itself and the rows before it in its stream.
    ///
    /// - Parameters:
    ///   - input: q, k, v side by side, `[…, batchSize·steps, 3·width]`, streams contiguous in time.
    ///   - cache: what was read before, and where to add this; the tape must not be recording.
    /// - Returns: `[…, batchSize·steps, width]`.
    public func causalAttention(
        _ input: Tensor, batchSize: Int, steps: Int, heads: Int, dropout: Dropout = .none, cache: AttentionCache? = nil
    ) -> Tensor {
        precondition(
            input.shape.rows == batchSize * steps,
            "causalAttention: \(input.shape) does not hold \(batchSize) × \(steps) rows")
        precondition(
            cache == nil || (!isRecording && dropout.probability == 0), "a cache is for reading, not for training")
        let output = makeTensor(input.shape.replacingLast(with: input.shape.last / 3))
        let operation = CausalAttentionOperation(
            input: input, output: output, batchSize: batchSize, steps: steps, heads: heads, dropout: dropout,
            cache: cache)
        timed(.causalAttention) { operation.forward(on: self) }
        record(.causalAttention(operation))
        return output
    }
}
