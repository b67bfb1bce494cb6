import INNCore

extension DeviceNetwork {
    /// Bytes on a device that training takes in a precision; less than a hundredth of them is not counted.
    static func bytes(
        _ network: IntelligentNeuralNetwork, _ s: DeviceOperations.Sizes, _ precision: Device.Precision
    ) -> Int {
        let c = network.configuration
        let (memory, routing) = (DeviceMemory.savedCounts(s), DeviceRouting.savedCounts(s, c))
        let blocks = c.rounds + network.routings.count
        // Activations and their gradients.
        let stored =
            c.rounds * memory.stored + network.routings.count * routing.stored + s.rows * (s.vocabulary + 2 * s.width)
            + s.allRows * (2 * s.width + 5 * s.inner + s.projected)
            + (network.routings.isEmpty ? 0 : s.allRows * (6 * s.width + 1))
        // States between rounds and their gradient, what is summed up, and what rounds keep in 32 bits. Carried memory
        // is there before and after a batch, once more for validation while training's is set aside.
        let carried = 4 * (c.carryState ? c.rounds : 0) * s.tiles * s.statePerTile
        let sums =
            s.tiles * (s.stateSize + s.taps + 2) * s.inner + (s.inner + 31) / 32 * s.allRows * 2 * s.stateSize
            + (c.routing == .static ? s.rows * s.heads * s.neurons * s.neurons : 0)
            + (network.routings.isEmpty ? 0 : s.heads * s.allRows) + DeviceOperations.partialCount(s)
        let floats =
            c.rounds * memory.floats + network.routings.count * routing.floats + (blocks + 2) * s.allRows * s.width
            + s.rows * (s.vocabulary + 2 * s.width) + carried + sums
        return DeviceParameters.bytes(network.parameters, precision) + stored * precision.stored.bytes
            + floats * Device.Element.float.bytes
    }

    /// - Throws: ``INNError`` of kind `unavailable` when the device's free memory does not hold a training.
    static func requireRoom(
        _ network: IntelligentNeuralNetwork, _ sizes: DeviceOperations.Sizes, _ device: Device
    ) throws {
        let needed = bytes(network, sizes, device.precision)
        let free = try device.memory().free
        guard needed > free else { return }
        let lesser = bytes(network, sizes, .bf16)
        let advice =
            device.architecture >= Device.Precision.bf16.leastArchitecture && lesser <= free
            ? ", or train with --precision bf16, which takes \(lesser >> 20) MB" : ""
        throw INNError(
            .unavailable,
            """
            Training in \(device.precision.rawValue) takes about \(needed >> 20) MB of \(device.name)'s memory, and \
            \(free >> 20) MB are free; make the batch, the sequence or the network smaller\(advice).
            """)
    }
}
