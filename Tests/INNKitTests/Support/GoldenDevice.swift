import CEmulatedDevice
import Testing

@testable import INNCore
@testable import INNDevice

/// Parts of a network on an emulated device, for reference vectors.
final class GoldenDevice {
    let device: Device
    let parameters: DeviceParameters
    let operations: DeviceOperations
    /// Buffers whose addresses kernels are given.
    private var kept: [DeviceBuffer] = []

    /// - Parameter store: with the file's weights.
    init(_ store: ParameterStore, _ sizes: DeviceOperations.Sizes) throws {
        device = try Device(DeviceDriver(table: emulated_driver()))
        parameters = try DeviceParameters(store, on: device)
        operations = try DeviceOperations(parameters, sizes)
        for parameter in store.parameters { try parameters.upload(.values, parameter, from: parameter.values) }
    }

    /// Sizes of a part that needs no others than these.
    static func sizes(
        neurons: Int = 1, batch: Int = 1, steps: Int, width: Int = 4, inner: Int = 4, stateSize: Int = 4, taps: Int = 4,
        rank: Int = 1, heads: Int = 1, vocabulary: Int = 4
    ) -> DeviceOperations.Sizes {
        .init(
            neurons: neurons, batch: batch, steps: steps, width: width, inner: inner, stateSize: stateSize, taps: taps,
            rank: rank, heads: heads, vocabulary: vocabulary)
    }

    func buffer<Value>(_ values: [Value]) throws -> DeviceBuffer {
        let buffer = try allocate(values.count)
        try device.upload(values, count: values.count, to: buffer.address)
        return buffer
    }

    func allocate(_ count: Int) throws -> DeviceBuffer {
        let buffer = try device.allocate(count)
        kept.append(buffer)
        return buffer
    }

    func zeros(_ count: Int) throws -> DeviceBuffer {
        let buffer = try allocate(count)
        try device.clear(buffer.address, count)
        return buffer
    }

    func floats(_ buffer: DeviceBuffer) throws -> [Float] {
        var values = [Float](repeating: 0, count: buffer.count)
        try device.download(buffer.address, count: values.count, into: &values)
        return values
    }

    func gradient(_ parameter: Parameter) throws -> [Float] {
        try parameters.download(.gradients, parameter, into: parameter.gradient)
        return parameter.gradientArray
    }

    func matrix(_ buffer: DeviceBuffer, stride: Int, transposed: Bool = false) -> Device.Matrix {
        .init(address: buffer.address, stride: stride, transposed: transposed)
    }

    func place(_ parameter: Parameter, stride: Int, transposed: Bool = false) -> Device.Matrix {
        .init(address: parameters.place(parameter).values, stride: stride, transposed: transposed)
    }
}

/// The largest difference is at most 10⁻⁵ of the largest value.
func expectOnDevice(
    _ actual: [Float], _ expected: [Float], _ what: String, sourceLocation: SourceLocation = #_sourceLocation
) {
    guard actual.count == expected.count else {
        Issue.record("\(what): \(actual.count) values instead of \(expected.count)", sourceLocation: sourceLocation)
        return
    }
    let scale = expected.map(abs).max() ?? 0
    // NaN is no small difference.
    let worst = zip(actual, expected).map { abs($0 - $1) }.reduce(0) { $1 <= $0 ? $0 : $1 }
    #expect(worst <= 1e-5 * scale, "\(what): \(worst) of \(scale)", sourceLocation: sourceLocation)
}
