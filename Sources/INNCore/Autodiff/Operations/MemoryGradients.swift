import CKernels

/// Where one chunk of tiles adds its weight gradients: the parameters' own gradients, or a partial sum.
struct MemoryGradients: BufferLayout {
    struct Sizes {
        let parameters: MemoryParameters
        let geometry: MemoryGeometry
    }

    /// One weight set each.
    var inProjection, convWeight, convBias, xProjection, deltaProjection, deltaBias, skip,
        outProjection: UnsafeMutablePointer<Float>
    /// `[stateSize, dInner]`, gradient of A.
    let decay: UnsafeMutablePointer<Float>
    /// `[dModel]` each.
    let normWeight, normBias: UnsafeMutablePointer<Float>

    /// A partial sum.
    init(_ parts: inout BufferParts, _ sizes: Sizes) {
        let p = sizes.parameters
        func perSet(_ parameter: Parameter) -> Int { parameter.count / parameter.shape[0] }
        inProjection = parts.claim(perSet(p.inProjection))
        convWeight = parts.claim(perSet(p.convWeight))
        convBias = parts.claim(perSet(p.convBias))
        xProjection = parts.claim(perSet(p.xProjection))
        deltaProjection = parts.claim(perSet(p.deltaProjection))
        deltaBias = parts.claim(perSet(p.deltaBias))
        skip = parts.claim(perSet(p.skip))
        outProjection = parts.claim(perSet(p.outProjection))
        decay = parts.claim(sizes.geometry.states)
        normWeight = parts.claim(sizes.geometry.dModel)
        normBias = parts.claim(sizes.geometry.dModel)
    }
}

/// How the tiles of a memory block are cut into chunks. The cut depends on the model and the batch alone, never on the
/// number of threads, so that gradients have the same bits on any machine with the same instruction set.
struct MemoryChunks {
    let count: Int
    /// Whether every chunk is alone with its weight sets and can add to the gradients directly.
    let ownsWeights: Bool
    let ownsConvolution: Bool
    private let neurons: Int, batchSize: Int

    init(_ operation: MemoryBlockOperation) {
        neurons = operation.geometry.neurons
        batchSize = operation.geometry.batchSize
        let isOwn = operation.parameters.inProjection.shape[0] > 1
        ownsWeights = isOwn
        ownsConvolution = operation.parameters.convWeight.shape[0] > 1
        count = isOwn ? neurons : min(8, neurons > 1 ? neurons : batchSize)
    }

    /// Neurons and streams of a chunk: whole neurons, or streams when there is only one neuron.
    func tiles(_ chunk: Int) -> (neurons: Range<Int>, streams: Range<Int>) {
        neurons > 1
            ? (chunkRange(chunk, of: count, count: neurons), 0..<batchSize)
            : (0..<1, chunkRange(chunk, of: count, count: batchSize))
    }
}

extension MemoryBlockOperation {
    /// Where a neuron's gradients go: to its own weights where nobody else adds to them, else to the chunk's partial
    /// sums.
    func gradients(_ neuron: Int, partial: MemoryGradients, _ chunks: MemoryChunks) -> MemoryGradients {
        var result = partial
        let p = parameters
        func own(_ parameter: Parameter) -> UnsafeMutablePointer<Float> {
            parameter.gradient + set(parameter, neuron)
        }
        if chunks.ownsWeights {
            result.inProjection = own(p.inProjection)
            result.xProjection = own(p.xProjection)
            result.deltaProjection = own(p.deltaProjection)
            result.deltaBias = own(p.deltaBias)
            result.skip = own(p.skip)
            result.outProjection = own(p.outProjection)
        }
        if chunks.ownsConvolution {
            result.convWeight = own(p.convWeight)
            result.convBias = own(p.convBias)
        }
        return result
    }

    func addDecay(_ neuron: Int, partial: MemoryGradients) {
        let g = geometry
        let offset = parameters.aLog.shape[0] > 1 ? neuron * g.states : 0
        addDecayGradient(
            partial.decay, rates: decayRates + offset, to: parameters.aLog.gradient + offset, channels: g.dInner,
            stateSize: g.stateSize)
    }

    /// Adds one chunk's partial sums to the parameters, in the order of the chunks.
    func reduce(_ parts: MemoryGradients, _ chunks: MemoryChunks) {
        let p = parameters
        func add(_ sum: UnsafePointer<Float>, to parameter: Parameter) {
            inn_add(parameter.count, parameter.gradient, sum)
        }
        if let weight = p.normWeight, let bias = p.normBias {
            add(parts.normWeight, to: weight)
            add(parts.normBias, to: bias)
        }
        if !chunks.ownsConvolution {
            add(parts.convWeight, to: p.convWeight)
            add(parts.convBias, to: p.convBias)
        }
        guard !chunks.ownsWeights else { return }
        add(parts.inProjection, to: p.inProjection)
        add(parts.xProjection, to: p.xProjection)
        add(parts.deltaProjection, to: p.deltaProjection)
        add(parts.deltaBias, to: p.deltaBias)
        add(parts.skip, to: p.skip)
        add(parts.outProjection, to: p.outProjection)
        addDecay(0, partial: parts)
    }
}
