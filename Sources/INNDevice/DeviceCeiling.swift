import CDevice
import Foundation
import INNCore

/// What a device can do, measured on the spot.
public struct DeviceCeiling: Codable, Sendable {
    /// Floating-point operations per second in a large matrix product of the device's precision.
    public var productFlops: Double
    /// Bytes per second, read and written, of a large copy inside its memory.
    public var bandwidth: Double

    private static func text(_ value: Double) -> String { String(format: value < 10 ? "%.1f" : "%.0f", value) }

    var products: String { "\(Self.text(productFlops * 1e-12)) TFLOP/s" }
    var copies: String { "\(Self.text(bandwidth * 1e-9)) GB/s" }
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
        let a = try allocateNumbers(side * side, precision.stored)
        let b = try allocateNumbers(side * side, precision.stored)
        let c = try allocateStored(side * side)
        let product = try seconds {
            try multiply(
                .init(rows: side, columns: side, inner: side), .init(address: a.address, stride: side),
                .init(address: b.address, stride: side, transposed: true), into: .init(address: c.address, stride: side)
            )
        }
        let from = try allocateNumbers(copied, .float)
        let to = try allocate(copied)
        let copy = try seconds {
            try check(
                driver.pointee.cuMemcpyDtoD_v2(to.address.bits, from.address.bits, copied * 4),
                "Copying inside \(name) failed")
        }
        return DeviceCeiling(
            productFlops: 2 * Double(side * side * side) / product, bandwidth: 8 * Double(copied) / copy)
    }

    /// Room for so many values that are numbers: with zeros, cards draw less power and run a little faster.
    private func allocateNumbers(_ count: Int, _ element: Element) throws -> DeviceBuffer {
        let buffer = try allocate(count, element)
        var random = RandomSource(seed: 1)
        let numbers = (0..<min(count, 1 << 16)).map { _ in Float(random.uniform(-1...1)) }
        switch element {
        case .float: try upload(numbers, count: numbers.count, to: buffer.address)
        case .bfloat:
            try upload(numbers.map { UInt16($0.bitPattern >> 16) }, count: numbers.count, to: buffer.address)
        }
        // Copied on, twice as many each time.
        var filled = numbers.count
        while filled < count {
            let part = min(filled, count - filled)
            try check(
                driver.pointee.cuMemcpyDtoD_v2(
                    (buffer.address + filled).bits, buffer.address.bits, part * element.bytes),
                "Copying inside \(name) failed")
            filled += part
        }
        return buffer
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
