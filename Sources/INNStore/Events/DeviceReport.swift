/// What trains instead of the processor, and how much of it the training uses.
public struct DeviceReport: Codable, Sendable, Equatable {
    /// As its driver names it.
    public var name: String
    /// In which it trains, such as `tf32`.
    public var precision: String
    /// Share of the time since the previous report in which the matrix products alone would be done at the rate that
    /// large ones had when training began; nil where that could not be measured.
    public var productShare: Double?
    /// Bytes of its memory that this training holds, and all that it has.
    public var bytes: Int, totalBytes: Int

    public init(name: String, precision: String, productShare: Double?, bytes: Int, totalBytes: Int) {
        (self.name, self.precision, self.productShare) = (name, precision, productShare)
        (self.bytes, self.totalBytes) = (bytes, totalBytes)
    }
}
