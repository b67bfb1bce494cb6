import INNCore

/// A network's weights, gradients and AdamW moments in a device's memory, each kind as one long array with a place per
/// parameter; and the weights once more where products take them in 16 bits.
final class DeviceParameters {
    /// Where one parameter lies.
    struct Place {
        let values: Device.Address, gradient: Device.Address
        let count: Int
        /// The values as matrix products take them.
        let factor: Device.Address
    }

    let device: Device
    private let store: ParameterStore
    private let offsets: [String: Int]
    /// Values of each array; gaps between parameters stay zero.
    let count: Int
    let values: DeviceBuffer, gradients: DeviceBuffer, first: DeviceBuffer, second: DeviceBuffer
    /// What products take of the weights; nil where they take the weights themselves.
    let copies: DeviceBuffer?

    /// Parameters begin at multiples of so many values.
    private static let alignment = 64

    init(_ store: ParameterStore, on device: Device) throws {
        (self.store, self.device) = (store, device)
        var offsets: [String: Int] = [:]
        var count = 0
        for parameter in store.parameters {
            offsets[parameter.name] = count
            count += (parameter.count + Self.alignment - 1) / Self.alignment * Self.alignment
        }
        (self.offsets, self.count) = (offsets, count)
        values = try device.allocateZeros(count)
        gradients = try device.allocateZeros(count)
        first = try device.allocateZeros(count)
        second = try device.allocateZeros(count)
        copies = device.precision.stored == .float ? nil : try device.allocateStored(count)
    }

    /// Bytes that the arrays of a store take.
    static func bytes(_ store: ParameterStore, _ precision: Device.Precision) -> Int {
        let stored = precision.stored
        return store.count * (4 * Device.Element.float.bytes + (stored == .float ? 0 : stored.bytes))
    }

    private func offset(_ parameter: Parameter) -> Int {
        guard let offset = offsets[parameter.name] else { fatalError("\(parameter.name) is of another network") }
        return offset
    }

    func place(_ parameter: Parameter) -> Place {
        let offset = offset(parameter)
        return Place(
            values: values.address + offset, gradient: gradients.address + offset, count: parameter.count,
            factor: (copies ?? values).address + offset)
    }

    /// An array that has a place for every parameter.
    enum Kind { case values, gradients, first, second }

    private func buffer(_ kind: Kind) -> DeviceBuffer {
        switch kind {
        case .values: values
        case .gradients: gradients
        case .first: first
        case .second: second
        }
    }

    func upload(_ kind: Kind, _ parameter: Parameter, from source: UnsafePointer<Float>) throws {
        try device.upload(source, count: parameter.count, to: buffer(kind).address + offset(parameter))
    }

    func download(_ kind: Kind, _ parameter: Parameter, into target: UnsafeMutablePointer<Float>) throws {
        try device.download(buffer(kind).address + offset(parameter), count: parameter.count, into: target)
    }

    func clearGradients() throws { try device.clear(gradients.address, count) }

    /// Calls `body` with the place of each parameter in the arrays, as addresses.
    func forEach(
        _ body: (
            Parameter, _ values: Device.Address, _ gradient: Device.Address, _ first: Device.Address,
            _ second: Device.Address
        ) throws -> Void
    ) rethrows {
        for parameter in store.parameters {
            let offset = offset(parameter)
            try body(
                parameter, values.address + offset, gradients.address + offset, first.address + offset,
                second.address + offset)
        }
    }
}
