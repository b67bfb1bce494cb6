import CDevice

/// What a device can do, measured on the spot.
public struct DeviceCeiling: Codable, Sendable {
    /// Floating-point operations per second in a large matrix product of the device's precision.
    public var productFlops: Double
    /// Bytes per second, read and written, of a large copy inside its memory.
    public var bandwidth: Double
}

extension Device {
    /// Side of the product, floats of the copy, and how often each is done.
    private static let side = 4096, copied = 1 << 27, repetitions = 10

    public func ceiling() throws -> DeviceCeiling {
        try activate()
        let free = try memory().free
        // A small card, or an emulated one, is measured with less.
        let side = free > 4 << 30 && architecture > 0 && multiprocessors > 1 ? Self.side : 64
        let copied = side == Self.side ? Self.copied : 1 << 12
        let a = try allocateZeros(side * side)
        let b = try allocateZeros(side * side)
        let c = try allocate(side * side)
        let product = try seconds {
            try multiply(
                .init(rows: side, columns: side, inner: side), .init(address: a.address, stride: side),
                .init(address: b.address, stride: side, transposed: true), into: .init(address: c.address, stride: side)
            )
        }
        let from = try allocateZeros(copied)
        let to = try allocate(copied)
        let copy = try seconds {
            try check(
                driver.pointee.cuMemcpyDtoD_v2(to.address, from.address, copied * 4), "Copying inside \(name) failed")
        }
        return DeviceCeiling(
            productFlops: 2 * Double(side * side * side) / product, bandwidth: 8 * Double(copied) / copy)
    }

    /// Time of one of many repetitions.
    private func seconds(_ body: () throws -> Void) throws -> Double {
        try body()
        try synchronize()
        let clock = ContinuousClock()
        let start = clock.now
        for _ in 0..<Self.repetitions { try body() }
        try synchronize()
        let elapsed = start.duration(to: clock.now).components
        return (Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18) / Double(Self.repetitions)
    }
}
