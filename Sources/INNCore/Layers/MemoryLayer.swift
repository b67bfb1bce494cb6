import Foundation

/// Norm and memory of all neurons in one round.
public final class MemoryLayer {
    /// What a memory layer is made of.
    public struct Options: Sendable {
        /// Weight sets, 1 or the number of neurons; the same for the depthwise convolution.
        public var sets: Int, convSets: Int
        public var dModel: Int, dInner: Int, stateSize: Int, convKernel: Int, dtRank: Int
    }

    public let parameters: MemoryParameters
    private let store: ParameterStore
    private let options: Options
    /// A of every weight set, refreshed when the parameters change.
    private let decayRates: UnsafeMutablePointer<Float>
    private var decayVersion = -1

    /// Adds the layer's parameters to `store` under `name`.
    ///
    /// - Parameter normName: name of the norm before it.
    public init(_ store: ParameterStore, name: String, normName: String, _ options: Options) {
        self.store = store
        self.options = options
        let (sets, convSets, dModel, dInner) = (options.sets, options.convSets, options.dModel, options.dInner)
        let (stateSize, convKernel, dtRank) = (options.stateSize, options.convKernel, options.dtRank)
        parameters = MemoryParameters(
            normWeight: store.add("\(normName).weight", [dModel], decays: false),
            normBias: store.add("\(normName).bias", [dModel], decays: false),
            inProjection: store.add("\(name).inProjection", [sets, 2 * dInner, dModel]),
            convWeight: store.add("\(name).convWeight", [convSets, dInner, convKernel]),
            convBias: store.add("\(name).convBias", [convSets, dInner], decays: false),
            xProjection: store.add("\(name).xProjection", [sets, dtRank + 2 * stateSize, dInner]),
            deltaProjection: store.add("\(name).deltaProjection", [sets, dInner, dtRank]),
            deltaBias: store.add("\(name).deltaBias", [sets, dInner], decays: false),
            aLog: store.add("\(name).aLog", [sets, dInner, stateSize], decays: false),
            skip: store.add("\(name).skip", [sets, dInner], decays: false),
            outProjection: store.add("\(name).outProjection", [sets, dModel, dInner]))
        decayRates = Workspace.allocate(parameters.aLog.count)
    }

    deinit { decayRates.deallocate() }

    /// Mamba's initialisation: aLog = log 1…S, skip = 1, softplus(deltaBias) log-uniform in [1e-3, 1e-1], the rest as
    /// PyTorch.
    public func initialise(_ random: inout RandomSource) {
        let p = parameters
        let (dInner, convKernel) = (options.dInner, options.convKernel)
        p.normWeight?.fill(1)
        p.inProjection.fillUniform(fanIn: p.inProjection.shape.last, &random)
        p.convWeight.fillUniform(fanIn: convKernel, &random)
        p.convBias.fillUniform(fanIn: convKernel, &random)
        p.xProjection.fillUniform(fanIn: dInner, &random)
        p.deltaProjection.fillUniform(fanIn: options.dtRank, &random)
        for index in 0..<p.deltaBias.count {
            let delta = exp(random.uniform(log(1e-3)...log(1e-1)))
            p.deltaBias.values[index] = Float(delta + log(-expm1(-delta)))
        }
        for index in 0..<p.aLog.count { p.aLog.values[index] = log(Float(index % options.stateSize + 1)) }
        p.skip.fill(1)
        p.outProjection.fillUniform(fanIn: dInner, &random)
    }

    /// Runs the memory over `batchSize` streams of `steps` characters; see
    /// ``Tape/memoryBlock(_:_:_:decayRates:state:_:controls:)``.
    public func callAsFunction(
        _ input: Tensor, batchSize: Int, steps: Int, on tape: Tape, state: UnsafeMutablePointer<Float>?,
        _ run: MemoryOptions, controls: MemoryControls? = nil
    ) -> Tensor {
        if decayVersion != store.version {
            fillDecayRates(
                parameters.aLog, channels: options.dInner, stateSize: options.stateSize, into: decayRates)
            decayVersion = store.version
        }
        return tape.memoryBlock(
            input, parameters,
            geometry(neurons: input.shape[0], dModel: input.shape[2], batchSize: batchSize, steps: steps),
            decayRates: decayRates, state: state, run, controls: controls)
    }

    public func geometry(neurons: Int, dModel: Int, batchSize: Int, steps: Int) -> MemoryGeometry {
        MemoryGeometry(
            neurons: neurons, batchSize: batchSize, steps: steps, dModel: dModel, dInner: options.dInner,
            stateSize: options.stateSize, convKernel: options.convKernel, dtRank: options.dtRank)
    }

    /// Intermediate values that take long to make are kept up to this many bytes in a whole network, and made again
    /// above.
    static let activationBudget = 1 << 29

    /// Bytes that keeping the intermediate values of one call takes.
    static func activationBytes(_ geometry: MemoryGeometry) -> Int {
        MemoryTile.KeptValues.count(geometry) * geometry.neurons * geometry.batchSize * MemoryLayout<Float>.stride
    }
}

extension Parameter {
    package func fill(_ value: Float) { values.update(repeating: value, count: count) }

    /// Uniform in ±1/√fanIn: PyTorch's default for linear and convolution layers.
    func fillUniform(fanIn: Int, scale: Double = 1, _ random: inout RandomSource) {
        let bound = scale / Double(fanIn).squareRoot()
        for index in 0..<count { values[index] = Float(random.uniform(-bound...bound)) }
    }

    func fillNormal(deviation: Double, _ random: inout RandomSource) {
        for index in 0..<count { values[index] = Float(random.normal() * deviation) }
    }
}
