import INNCore
import INNDevice

/// What a training runs on. No part of a run: the same one may go on elsewhere.
public struct TrainingMachine: Sendable {
    /// Threads on the host; nil for one per core.
    public var threads: Int?
    /// The device that trains; nil for the host.
    public var device: DeviceChoice?
    /// The processes that train together, of which this is the first; nil for this one alone.
    package var ranks: Ranks?

    private static let mostThreads = 1024

    public init(threads: Int? = nil, device: DeviceChoice? = nil) { (self.threads, self.device) = (threads, device) }

    /// - Parameters:
    ///   - deviceName: `cpu`, `auto`, `cuda` or `cuda:N`.
    ///   - precision: in which a device trains; nil for `tf32`.
    /// - Throws: ``INNError`` of kind `usage` when there cannot be so many threads, or no such device.
    public init(threads: Int?, deviceName: String, precision: Device.Precision?) throws {
        if let threads, !(1...Self.mostThreads).contains(threads) {
            throw INNError(.usage, "--threads is \(threads), but must lie between 1 and \(Self.mostThreads).")
        }
        self.init(threads: threads, device: try DeviceChoice.named(deviceName, precision: precision))
    }
}
