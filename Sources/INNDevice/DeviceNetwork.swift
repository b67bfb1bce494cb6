import INNCore

/// An Intelligent Neural Network on a device: forward pass, backward pass and optimizer over batches of one shape.
///
/// The network on the host owns the names and shapes; its weights are the ones here only after ``download()``.
public final class DeviceNetwork {
    public let device: Device
    private let network: IntelligentNeuralNetwork
    private let parameters: DeviceParameters
    private let operations: DeviceOperations
    private let readout: DeviceReadout
    private let memories: [DeviceMemory]
    private let routings: [DeviceRouting]
    private let memoryScratch: DeviceMemory.Scratch
    private let routingScratch: DeviceRouting.Scratch?
    /// States before the first round, and after each memory and each routing, `[neurons, rows, dModel]`.
    private let states: [DeviceBuffer]
    private let dStates: DeviceBuffer
    private let rates: DeviceBuffer
    /// The recurrent state that passes carry: what the last one began with, and what it left.
    private var carried: (before: DeviceBuffer, after: DeviceBuffer)?
    private var held: (before: DeviceBuffer, after: DeviceBuffer)?
    /// What keys dropout in the present pass, and whether there is any.
    private var dropoutKey: UInt64 = 0
    private var drops = false

    /// Neurons whose pairs fit into the memory that a group of work-items shares, by the width of a head.
    private static let sharedBytes = 48 << 10
    /// The second extent of a grid ends there.
    private static let mostTiles = 65_535

    /// Puts a network on a device, weights included.
    ///
    /// - Parameters:
    ///   - batchSize: streams of every batch, of `steps` characters each.
    /// - Throws: ``INNError``: of kind `usage` for what a device cannot do, `unavailable` when its memory is too small.
    public init(_ network: IntelligentNeuralNetwork, on device: Device, batchSize: Int, steps: Int) throws {
        let c = network.configuration
        try Self.require(c)
        self.network = network
        self.device = device
        try device.activate()
        let sizes = Self.sizes(c, batchSize: batchSize, steps: steps)
        guard sizes.tiles <= Self.mostTiles, sizes.allRows * 3 * sizes.inner < 1 << 31 else {
            throw INNError(
                .usage,
                "A batch of \(batchSize) × \(steps) characters with \(c.neurons) neurons is too large for one pass "
                    + "of a device; make it smaller and add --accumulate.")
        }
        try Self.requireRoom(network, sizes, device)
        let parameters = try DeviceParameters(network.parameters, on: device)
        let operations = try DeviceOperations(parameters, sizes)
        (self.parameters, self.operations) = (parameters, operations)
        readout = try DeviceReadout(network, operations)
        memories = try network.memories.map { try DeviceMemory($0.parameters, operations) }
        routings = try network.routings.map { try DeviceRouting($0.parameters, c, operations) }
        memoryScratch = try DeviceMemory.Scratch(sizes, on: device)
        routingScratch =
            routings.isEmpty
            ? nil
            : try DeviceRouting.Scratch(
                sizes, isStatic: c.routing == .static, isPressed: IntelligentNeuralNetwork.firingPressure(c) != nil,
                on: device)
        states = try (0...(memories.count + routings.count)).map { _ in
            try device.allocate(sizes.allRows * sizes.width)
        }
        dStates = try device.allocate(sizes.allRows * sizes.width)
        rates = try device.allocate(max(1, c.rounds * c.neurons))
        try upload()
    }

    static func sizes(_ c: INNConfiguration, batchSize: Int, steps: Int) -> DeviceOperations.Sizes {
        .init(
            neurons: c.neurons, batch: batchSize, steps: steps, width: c.dModel, inner: c.dInner,
            stateSize: c.stateSize, taps: c.convKernel, rank: c.deltaRank, heads: c.heads,
            vocabulary: c.vocabularySize)
    }

    /// What a device cannot do is refused, never done more slowly.
    public static func require(_ c: INNConfiguration) throws {
        let refused = refusals(c)
        guard refused.isEmpty else {
            throw INNError(
                .usage, "A CUDA device cannot train \(refused.joined(separator: ", ")); train without --device.")
        }
    }

    /// What a device cannot do of a network, each in a few words.
    public static func refusals(_ c: INNConfiguration) -> [String] {
        var refused: [String] = []
        if c.memory == .none { refused.append("--memory none") }
        if c.topK != nil { refused.append("--top-k") }
        if c.groups != nil { refused.append("--groups") }
        if c.senses != nil { refused.append("--senses") }
        if c.scores != nil, c.scores != ScoreOptions() { refused.append("--scores") }
        if ![4, 8, 16].contains(c.stateSize) { refused.append("a state size of \(c.stateSize)") }
        if c.convKernel < 2 { refused.append("a convolution of one tap") }
        let (pairs, tile) = (c.neurons * c.neurons, c.neurons * (c.dModel / c.heads + 1))
        if 4 * (2 * pairs + 2 * tile) > sharedBytes {
            refused.append("\(c.neurons) neurons with heads of \(c.dModel / c.heads)")
        }
        return refused
    }

    // MARK: Between host and device

    /// Takes over the host's weights.
    public func upload() throws {
        try device.activate()
        for parameter in network.parameters.parameters {
            try parameters.upload(.values, parameter, from: parameter.values)
        }
        try operations.copyWeights()
    }

    /// Brings the host's weights up to date.
    public func download() throws {
        try device.activate()
        for parameter in network.parameters.parameters {
            try parameters.download(.values, parameter, into: parameter.values)
        }
        network.parameters.markChanged()
    }

    /// Brings the host's copy of the biases of all gates up to date, or takes it over.
    public func downloadGateBiases() throws {
        for routing in network.routings {
            guard let bias = routing.parameters.gateBias else { continue }
            try parameters.download(.values, bias, into: bias.values)
        }
    }

    public func uploadGateBiases() throws {
        for routing in network.routings {
            guard let bias = routing.parameters.gateBias else { continue }
            try parameters.upload(.values, bias, from: bias.values)
        }
    }

    /// Brings the host's gradients up to date.
    public func downloadGradients() throws {
        try device.activate()
        for parameter in network.parameters.parameters {
            try parameters.download(.gradients, parameter, into: parameter.gradient)
        }
    }

    /// Moments of AdamW, one buffer per parameter in the store's order.
    public func uploadMoments(
        first: [UnsafeMutablePointer<Float>], second: [UnsafeMutablePointer<Float>]
    ) throws {
        try device.activate()
        for (index, parameter) in network.parameters.parameters.enumerated() {
            try parameters.upload(.first, parameter, from: first[index])
            try parameters.upload(.second, parameter, from: second[index])
        }
    }

    public func downloadMoments(
        first: [UnsafeMutablePointer<Float>], second: [UnsafeMutablePointer<Float>]
    ) throws {
        try device.activate()
        for (index, parameter) in network.parameters.parameters.enumerated() {
            try parameters.download(.first, parameter, into: first[index])
            try parameters.download(.second, parameter, into: second[index])
        }
    }

    private func makeCarried() throws -> (before: DeviceBuffer, after: DeviceBuffer) {
        let count = memories.count * operations.sizes.tiles * operations.sizes.statePerTile
        return (try device.allocateZeros(count), try device.allocateZeros(count))
    }

    /// Carries the memory from here on, as the host's state has it.
    public func uploadState(_ state: RecurrentState) throws {
        try device.activate()
        let buffers = try carried ?? makeCarried()
        carried = buffers
        try device.upload(UnsafePointer(state.data), count: state.count, to: buffers.before.address)
    }

    public func downloadState(_ state: RecurrentState) throws {
        guard let carried else { return }
        try device.activate()
        try device.download(carried.before.address, count: state.count, into: state.data)
    }

    // MARK: Passes

    private func dropout(_ site: Int) -> DeviceDropout {
        let probability = network.configuration.dropout
        guard drops, probability > 0 else { return DeviceDropout() }
        return DeviceDropout(key: RandomSource.key(dropoutKey, UInt64(site)), probability: probability)
    }

    private func state(_ buffer: DeviceBuffer?, round: Int) -> Device.Address? {
        buffer.map { $0.address + round * operations.sizes.tiles * operations.sizes.statePerTile }
    }

    private func forward(_ tokens: UnsafeBufferPointer<Int32>, _ targets: UnsafeBufferPointer<Int32>) throws {
        try readout.embed(tokens, targets, into: states[0].address)
        var index = 0
        for round in memories.indices {
            try memories[round].forward(
                states[index].address, into: states[index + 1].address, before: state(carried?.before, round: round),
                after: state(carried?.after, round: round), dropout: dropout(2 * round), memoryScratch)
            index += 1
            guard let routingScratch else { continue }
            try routings[round].forward(
                states[index].address, into: states[index + 1].address, dropout: dropout(2 * round + 1),
                routingScratch)
            index += 1
        }
        try readout.forward(states[index].address)
    }

    private func backward() throws {
        try readout.backward(into: dStates.address)
        var index = states.count - 1
        for round in memories.indices.reversed() {
            if let routingScratch {
                index -= 1
                try routings[round].backward(
                    states[index].address, dStates: dStates.address, dropout: dropout(2 * round + 1), routingScratch)
            }
            index -= 1
            try memories[round].backward(
                states[index].address, dStates: dStates.address, before: state(carried?.before, round: round),
                dropout: dropout(2 * round), memoryScratch)
        }
        try readout.embedBackward(dStates.address)
    }

    private func swapStates() { if let buffers = carried { carried = (buffers.after, buffers.before) } }

    public func clearGradients() throws {
        try device.activate()
        try parameters.clearGradients()
    }

    /// Adds the gradients of one batch.
    ///
    /// - Parameters:
    ///   - dropoutKey: keys the masks, as on the host.
    /// - Returns: the mean loss in nats.
    public func accumulate(
        tokens: UnsafeBufferPointer<Int32>, targets: UnsafeBufferPointer<Int32>, dropoutKey: UInt64
    ) throws -> Double {
        try device.activate()
        self.dropoutKey = dropoutKey
        drops = true
        try forward(tokens, targets)
        try backward()
        swapStates()
        return try readout.meanLoss()
    }

    /// By round and neuron, how often gates were open in the last pass; empty without gates.
    public func gateRates() throws -> [[Float]] {
        guard network.configuration.hasGates else { return [] }
        let neurons = network.configuration.neurons
        for (round, routing) in routings.enumerated() {
            try routing.rates(into: rates.address + round * neurons)
        }
        var all = [Float](repeating: 0, count: routings.count * neurons)
        try device.download(rates.address, count: all.count, into: &all)
        return routings.indices.map { Array(all[($0 * neurons)..<(($0 + 1) * neurons)]) }
    }

    /// The firing-rate pressure in nats, from what ``gateRates()`` gives; 0 without any.
    public func penalty(_ rates: [[Float]]) -> Double {
        guard let pressure = IntelligentNeuralNetwork.firingPressure(network.configuration) else { return 0 }
        return rates.reduce(0) { sum, own in
            let excess = Double(own.reduce(0, +)) / Double(own.count) - Double(pressure.target)
            return sum + Double(pressure.weight) * excess * excess
        }
    }

    /// Empties the memory that passes carry.
    public func forget() throws {
        guard let carried else { return }
        try device.activate()
        try device.clear(carried.before.address, carried.before.count)
    }

    public func fits(batchSize: Int, steps: Int) -> Bool {
        operations.sizes.batch == batchSize && operations.sizes.steps == steps
    }

    /// Mean loss in nats of a batch, without dropout.
    public func evaluate(
        tokens: UnsafeBufferPointer<Int32>, targets: UnsafeBufferPointer<Int32>
    ) throws -> Double {
        try device.activate()
        drops = false
        try forward(tokens, targets)
        swapStates()
        return try readout.meanLoss()
    }

    /// Sets the memory of training aside while other text is read, from an empty memory that is carried or from none.
    public func holdState(carries: Bool) throws {
        try device.activate()
        held = carried
        carried = carries ? try makeCarried() : nil
    }

    /// Takes training's memory back.
    public func releaseState() {
        carried = held
        held = nil
    }

    // MARK: Optimizer

    /// The L2 norm of all gradients.
    public func gradientNorm() throws -> Double {
        try readout.sum(parameters.gradients.address, parameters.count, squares: true).squareRoot()
    }

    /// Numbers of one update, see the host's `AdamW`.
    public struct Update {
        var learningRate: Double, beta1: Double, beta2: Double, epsilon: Double
        /// 1 − β₁ᵗ and 1 − β₂ᵗ of update t.
        var correction1: Double, correction2: Double
        var gradientScale: Double

        public init(
            learningRate: Double, beta1: Double, beta2: Double, epsilon: Double, correction1: Double,
            correction2: Double, gradientScale: Double
        ) {
            (self.learningRate, self.beta1, self.beta2, self.epsilon) = (learningRate, beta1, beta2, epsilon)
            (self.correction1, self.correction2, self.gradientScale) = (correction1, correction2, gradientScale)
        }
    }

    /// One update of AdamW, as the host's.
    ///
    /// - Parameter decay: a parameter's weight decay.
    public func update(_ update: Update, decay: (Parameter) -> Double) throws {
        let learningRate = Float(update.learningRate)
        try parameters.forEach { parameter, values, gradient, first, second in
            try operations.flat(
                "adamw", parameter.count,
                [
                    .count(parameter.count), .float(Float(update.gradientScale)),
                    .float(1 - learningRate * Float(decay(parameter))), .float(Float(update.beta1)),
                    .float(Float(update.beta2)), .float(learningRate / Float(update.correction1)),
                    .float(Float(update.correction2).squareRoot()), .float(Float(update.epsilon)),
                    .buffer(gradient), .buffer(first), .buffer(second), .buffer(values),
                ])
        }
        try operations.copyWeights()
    }
}
