import CKernels

/// The trained tensors of the memory of all neurons in one round. The leading axis `sets` is 1 where neurons share
/// a tensor and `neurons` where each owns its own.
public struct MemoryParameters: Sendable {
    /// Layer norm before the memory, `[dModel]`, shared by all neurons; nil for a bare block.
    public var normWeight: Parameter?
    public var normBias: Parameter?
    /// `[sets, 2·dInner, dModel]`: rows of x, then rows of z.
    public var inProjection: Parameter
    /// `[convSets, dInner, convKernel]` and `[convSets, dInner]`.
    public var convWeight: Parameter
    public var convBias: Parameter
    /// `[sets, dtRank + 2·stateSize, dInner]`: low-rank delta, B, C.
    public var xProjection: Parameter
    /// `[sets, dInner, dtRank]` and `[sets, dInner]`.
    public var deltaProjection: Parameter
    public var deltaBias: Parameter
    /// `[sets, dInner, stateSize]`, A = −exp(aLog).
    public var aLog: Parameter
    /// `[sets, dInner]`.
    public var skip: Parameter
    /// `[sets, dModel, dInner]`.
    public var outProjection: Parameter
}

/// Sizes of a memory block.
public struct MemoryGeometry: Sendable {
    public var neurons: Int, batchSize: Int, steps: Int
    public var dModel: Int, dInner: Int, stateSize: Int, convKernel: Int, dtRank: Int
    /// States that the scan stores per tile, at least.
    var minimumBoundaries = 0

    public init(
        neurons: Int, batchSize: Int, steps: Int, dModel: Int, dInner: Int, stateSize: Int, convKernel: Int, dtRank: Int
    ) {
        self.neurons = neurons
        self.batchSize = batchSize
        self.steps = steps
        self.dModel = dModel
        self.dInner = dInner
        self.stateSize = stateSize
        self.convKernel = convKernel
        self.dtRank = dtRank
    }

    /// Columns of the x projection: low-rank delta, B and C.
    var projected: Int { dtRank + 2 * stateSize }
    var states: Int { stateSize * dInner }
    var boundaryCount: Int { max(minimumBoundaries, scanBoundaryCount(steps: steps)) }
    /// Floats of recurrent state per neuron and stream: scan state, then the last convKernel − 1 inputs.
    public var statePerStream: Int { (stateSize + convKernel - 1) * dInner }
}
