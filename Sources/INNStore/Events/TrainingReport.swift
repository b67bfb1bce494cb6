import INNCore

/// One line of training metrics, as printed by `--json`, stored in `run.sqlite` and drawn as curves.
public struct TrainingReport: Codable, Sendable, Equatable {
    /// Optimizer updates made so far (1 after the first).
    public var step: Int
    /// Training characters consumed so far.
    public var charactersSeen: Int
    /// Passes over the training split, fractional.
    public var epoch: Double
    /// Mean training loss since the previous report, in bits per character; NaN when the loss was not finite.
    public var trainBPC: Double
    /// Validation loss in bits per character, in the reports where it was measured.
    public var validBPC: Double?
    /// The firing-rate pressure added to the loss, in nats; 0 without `gateTarget`. Never part of a BPC.
    public var gatePenalty: Double
    /// The learning rate of the last update.
    public var learningRate: Double
    /// Global L2 norm of the gradient before clipping, of the last update.
    public var gradientNorm: Double
    /// Training throughput since the previous report, characters per second (validation time excluded).
    public var charsPerSecond: Double
    /// Wall-clock seconds of training so far, summed over resumed sessions.
    public var elapsedSeconds: Double
    /// Share of the planned training that is done, 0…1.
    public var progress: Double
    /// What the ranks did since the previous report; nil for a training in one process. Stored of the
    /// last report alone.
    public var ranks: RankReport?
    /// What a device did since the previous report; nil for a training on the processor. Not stored: the device's name
    /// stands in the mark of every start.
    public var device: DeviceReport?

    public init(
        step: Int, charactersSeen: Int, epoch: Double = 0, trainBPC: Double, validBPC: Double? = nil,
        gatePenalty: Double = 0, learningRate: Double, gradientNorm: Double,
        charsPerSecond: Double, elapsedSeconds: Double, progress: Double
    ) {
        self.step = step
        self.charactersSeen = charactersSeen
        self.epoch = epoch
        self.trainBPC = trainBPC
        self.validBPC = validBPC
        self.gatePenalty = gatePenalty
        self.learningRate = learningRate
        self.gradientNorm = gradientNorm
        self.charsPerSecond = charsPerSecond
        self.elapsedSeconds = elapsedSeconds
        self.progress = progress
    }
}
