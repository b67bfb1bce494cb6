import INNCore

/// Embedding and readout on a device: what surrounds the rounds.
final class DeviceReadout {
    private let operations: DeviceOperations
    private let embedding, bias: DeviceParameters.Place
    private let norm: DeviceNorm
    /// Neurons that receive the character, and those that are read.
    private let inputs: Int, read: Range<Int>
    private let tokens, targets, mean, normed, logits, loss, dLogits, dMean, dNormed, partial, total: DeviceBuffer

    init(_ network: IntelligentNeuralNetwork, _ operations: DeviceOperations) throws {
        self.operations = operations
        let (s, parameters, device) = (operations.sizes, operations.parameters, operations.device)
        let c = network.configuration
        inputs = c.inputs ?? c.neurons
        read = (c.neurons - (c.outputs ?? c.neurons))..<c.neurons
        embedding = parameters.place(network.embedding)
        bias = parameters.place(network.readoutBias)
        norm = try DeviceNorm(network.readoutNormWeight, network.readoutNormBias, rows: s.rows, parameters)
        tokens = try device.allocate(s.rows)
        targets = try device.allocate(s.rows)
        mean = try device.allocate(s.rows * s.width)
        normed = try device.allocateStored(s.rows * s.width)
        logits = try device.allocate(s.rows * s.vocabulary)
        loss = try device.allocate(s.rows)
        dLogits = try device.allocateStored(s.rows * s.vocabulary)
        dMean = try device.allocate(s.rows * s.width)
        dNormed = try device.allocateStored(s.rows * s.width)
        partial = try device.allocate(512)
        total = try device.allocate(2)
    }

    /// Puts the characters' embeddings into the states of the neurons that receive them.
    func embed(
        _ tokens: UnsafeBufferPointer<Int32>, _ targets: UnsafeBufferPointer<Int32>, into states: Device.Address
    ) throws {
        let s = operations.sizes
        guard tokens.count == s.rows, let first = tokens.baseAddress, let following = targets.baseAddress else {
            fatalError("\(tokens.count) characters for \(s.rows) rows")
        }
        try operations.device.upload(first, count: s.rows, to: self.tokens.address)
        try operations.device.upload(following, count: s.rows, to: self.targets.address)
        let count = s.allRows * s.width
        try operations.flat(
            "embed", count,
            [
                .int(s.rows), .int(s.width), .int(inputs), .count(count), .buffer(self.tokens.address),
                .buffer(embedding.values), .buffer(states),
            ])
    }

    /// Reads the states out and queues their loss, and its gradient by the logits.
    func forward(_ states: Device.Address) throws {
        let s = operations.sizes
        try operations.flat(
            "sum_neurons", s.rows * s.width,
            [
                .int(read.lowerBound), .int(read.upperBound), .float(1 / Float(read.count)),
                .count(s.rows * s.width), .buffer(states), .buffer(mean.address),
            ])
        try operations.norm(norm, mean.address, into: normed.address)
        try operations.device.multiply(
            .init(rows: s.rows, columns: s.vocabulary, inner: s.width),
            .init(address: normed.address, stride: s.width),
            .init(address: embedding.factor, stride: s.width, transposed: true),
            into: .init(address: logits.address, stride: s.vocabulary))
        try operations.perRow(
            "cross_entropy", s.rows,
            [
                .int(s.vocabulary), .float(1 / Float(s.rows)), .buffer(targets.address), .buffer(bias.values),
                .buffer(logits.address), .buffer(dLogits.address), .buffer(loss.address),
            ])
    }

    /// The mean loss of the last forward pass in nats; waits for it.
    func meanLoss() throws -> Double {
        try sum(loss.address, operations.sizes.rows, squares: false)
            / Double(operations.sizes.rows)
    }

    /// The sum of values, or of their squares, in double precision.
    func sum(_ values: Device.Address, _ count: Int, squares: Bool) throws -> Double {
        try operations.grouped(
            "partial_sums", group: 256, grid: (256, 1),
            [.int(squares ? 1 : 0), .count(count), .buffer(values), .buffer(partial.address)])
        try operations.grouped(
            "total_sum", group: 256, grid: (1, 1), [.buffer(partial.address), .buffer(total.address)])
        var value = 0.0
        try operations.device.download(total.address, count: 1, into: &value)
        return value
    }

    /// The gradient by the states, and the readout's own.
    func backward(into dStates: Device.Address) throws {
        let s = operations.sizes
        let device = operations.device
        try device.multiply(
            .init(rows: s.vocabulary, columns: s.width, inner: s.rows),
            .init(address: dLogits.address, stride: s.vocabulary, transposed: true),
            .init(address: normed.address, stride: s.width),
            into: .init(address: embedding.gradient, stride: s.width), adds: true)
        try operations.addColumns(
            dLogits.address, segments: 1, segmentStride: 0, rows: s.rows, columns: s.vocabulary,
            rowStride: s.vocabulary, to: bias.gradient)
        try device.multiply(
            .init(rows: s.rows, columns: s.width, inner: s.vocabulary),
            .init(address: dLogits.address, stride: s.vocabulary),
            .init(address: embedding.factor, stride: s.width),
            into: .init(address: dNormed.address, stride: s.width))
        try device.clear(dMean.address, dMean.count)
        try operations.normBackward(norm, mean.address, dy: dNormed.address, to: dMean.address)
        try operations.flat(
            "spread_neurons", s.allRows * s.width,
            [
                .int(read.lowerBound), .int(read.upperBound), .float(1 / Float(read.count)),
                .count(s.rows * s.width), .count(s.allRows * s.width), .buffer(dMean.address), .buffer(dStates),
            ])
    }

    /// The embedding's share of what the first round asks of its input.
    func embedBackward(_ dStates: Device.Address) throws {
        let s = operations.sizes
        try operations.flat(
            "sum_neurons", s.rows * s.width,
            [
                .int(0), .int(inputs), .float(1), .count(s.rows * s.width), .buffer(dStates), .buffer(dMean.address),
            ])
        try operations.grouped(
            "embed_backward", group: 64, grid: ((s.width + 63) / 64, s.vocabulary),
            [
                .int(s.rows), .int(s.width), .buffer(tokens.address), .buffer(dMean.address),
                .buffer(embedding.gradient),
            ])
    }
}
