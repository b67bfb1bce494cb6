import CEmulatedDevice
import INNCore
import Testing

@testable import INNDevice

/// The network on an emulated device beside the network on the host: the same kernels' source, the same Swift, no GPU.
@Suite struct DeviceNetworkTests {
    struct Case: Sendable, CustomStringConvertible {
        var name: String
        var change: @Sendable (inout INNConfiguration) -> Void
        var description: String { name }
    }

    static let cases: [Case] = [
        Case(name: "as in the paper, with gates") { _ in },
        Case(name: "shared weights, self edges, no gates") {
            ($0.sharing, $0.gate, $0.selfEdges) = (.all, .off, true)
        },
        Case(name: "own convolution, hard gates") { ($0.sharing, $0.gate) = (.conv, .hard) },
        Case(name: "pressure on hard gates") { ($0.gate, $0.gateTarget, $0.gatePressure) = (.hard, 0.2, 3) },
        Case(name: "static routing") { $0.routing = .static },
        Case(name: "uniform routing, hard gates") { ($0.routing, $0.gate) = (.uniform, .hard) },
        Case(name: "no messages") { $0.routing = .off },
        Case(name: "roles") { ($0.inputs, $0.outputs) = (2, 1) },
        Case(name: "dropout") { $0.dropout = 0.2 },
        Case(name: "one neuron, which hears nobody") { $0.neurons = 1 },
        Case(name: "sixteen states, three taps") { ($0.stateSize, $0.convKernel) = (16, 3) },
    ]

    static func configuration(_ change: (inout INNConfiguration) -> Void) -> INNConfiguration {
        var c = INNConfiguration(
            vocabularySize: 11, neurons: 3, dModel: 12, rounds: 2, heads: 2, stateSize: 8, carryState: true)
        change(&c)
        return c
    }

    /// Characters and what follows them, for `batches` batches.
    static func text(_ c: INNConfiguration, count: Int, seed: UInt64 = 3) -> [Int32] {
        var random = RandomSource(seed: seed)
        return (0..<count).map { _ in Int32(random.uniform(0...Double(c.vocabularySize) - 0.001)) }
    }

    /// How far a device may be from the host: of the loss, of the largest value of each parameter's gradient and of the
    /// carried memory, and of the norm of all gradients.
    struct Tolerance {
        var loss: Double
        var gradients: Float, memory: Float, norm: Float
    }

    @Test(arguments: cases) func gradientsAreTheHosts(_ example: Case) throws {
        try Self.expectTheHosts(
            example, .fp32, within: Tolerance(loss: 1e-5, gradients: 2e-5, memory: 1e-5, norm: 1e-5))
    }

    /// Losses, gradients and carried memory of two windows beside the host's.
    static func expectTheHosts(
        _ example: Case, _ precision: Device.Precision, within tolerance: Tolerance
    ) throws {
        let c = Self.configuration(example.change)
        let (batch, steps) = (2, 19)
        let host = try IntelligentNeuralNetwork(c, seed: 5)
        let other = try IntelligentNeuralNetwork(c, seed: 5)
        let device = try DeviceNetwork(
            other, on: Device(DeviceDriver(table: emulated_driver()), precision: precision), batchSize: batch,
            steps: steps)
        let state = host.makeState(batchSize: batch)
        try device.uploadState(state)
        let tape = Tape(workspace: Workspace(), team: ThreadTeam(threadCount: 1))
        for window in 0..<2 {
            let tokens = Self.text(c, count: batch * steps, seed: UInt64(window))
            let targets = Self.text(c, count: batch * steps, seed: UInt64(window + 10))
            tape.reset()
            host.parameters.clearGradients()
            try device.clearGradients()
            let key = UInt64(7 + window)
            let (own, theirs) = try tokens.withUnsafeBufferPointer { tokens in
                try targets.withUnsafeBufferPointer { targets in
                    let result = host.forward(
                        tokens: tokens, batchSize: batch, steps: steps, on: tape,
                        context: ForwardContext(isTraining: true, dropoutKey: key, state: state))
                    let loss = tape.crossEntropy(result.logits, targets: targets)
                    tape.backward(from: loss)
                    let theirs = try device.accumulate(
                        tokens: tokens, targets: targets, dropoutKey: key)
                    return (Double(loss.data[0]), theirs)
                }
            }
            #expect(abs(own - theirs) < tolerance.loss * own, "window \(window): \(own), \(theirs)")
            let rates = try device.gateRates()
            #expect(rates.count == (c.hasGates ? c.rounds : 0) && rates.joined().allSatisfy { $0 >= 0 && $0 <= 1 })
            try device.downloadGradients()
            let pairs = Array(zip(host.parameters.parameters, other.parameters.parameters))
            let distance = Self.distance(pairs.flatMap(\.0.gradientArray), pairs.flatMap(\.1.gradientArray))
            #expect(distance < tolerance.norm, "window \(window)")
            for (mine, yours) in pairs {
                let difference = Self.relative(mine.gradientArray, yours.gradientArray)
                #expect(difference < tolerance.gradients, "\(mine.name), window \(window): \(difference)")
            }
        }
        let theirs = other.makeState(batchSize: batch)
        try device.downloadState(theirs)
        let carried = Self.relative(
            Array(UnsafeBufferPointer(start: state.data, count: state.count)),
            Array(UnsafeBufferPointer(start: theirs.data, count: theirs.count)))
        #expect(carried < tolerance.memory)
    }

    /// Of so many values that every group has some to add up: where the last ones have none, they would hide what the
    /// groups before them take over from each other.
    @Test func theNormIsThatOfAllGradients() throws {
        let c = Self.configuration { ($0.neurons, $0.dModel) = (4, 40) }
        let network = try IntelligentNeuralNetwork(c, seed: 5)
        #expect(network.parameterCount > 1 << 16)
        let device = try DeviceNetwork(
            network, on: Device(DeviceDriver(table: emulated_driver())), batchSize: 1, steps: 3)
        try device.uploadState(network.makeState(batchSize: 1))
        try device.clearGradients()
        let text = Self.text(c, count: 3)
        try text.withUnsafeBufferPointer { _ = try device.accumulate(tokens: $0, targets: $0, dropoutKey: 7) }
        let norm = try device.gradientNorm()
        try device.downloadGradients()
        let gradients = network.parameters.parameters.flatMap(\.gradientArray)
        let squares = gradients.reduce(0.0) { $0 + Double($1) * Double($1) }
        #expect(abs(norm - squares.squareRoot()) < 1e-9 * norm)
    }

    /// Between two barriers the work-items of a group may run in any order.
    @Test(arguments: cases) func bothOrdersOfWorkItemsGiveTheSameBits(_ example: Case) throws {
        try Self.expectTheSameBits(example, .fp32)
    }

    static func expectTheSameBits(_ example: Case, _ precision: Device.Precision) throws {
        let c = Self.configuration(example.change)
        let (batch, steps) = (2, 19)
        let tokens = Self.text(c, count: batch * steps, seed: 1)
        let targets = Self.text(c, count: batch * steps, seed: 2)
        func gradients(reversed: Bool) throws -> [[Float]] {
            emulator_reverse(reversed ? 1 : 0)
            defer { emulator_reverse(0) }
            let network = try IntelligentNeuralNetwork(c, seed: 5)
            let device = try DeviceNetwork(
                network, on: Device(DeviceDriver(table: emulated_driver()), precision: precision), batchSize: batch,
                steps: steps)
            try device.uploadState(network.makeState(batchSize: batch))
            try device.clearGradients()
            try tokens.withUnsafeBufferPointer { tokens in
                try targets.withUnsafeBufferPointer {
                    _ = try device.accumulate(tokens: tokens, targets: $0, dropoutKey: 7)
                }
            }
            try device.downloadGradients()
            return network.parameters.parameters.map(\.gradientArray)
        }
        let (forwards, backwards) = (try gradients(reversed: false), try gradients(reversed: true))
        for (index, values) in forwards.enumerated() {
            #expect(values == backwards[index], "parameter \(index): a barrier is missing")
        }
    }

    /// The norm of the difference beside the norm.
    static func distance(_ a: [Float], _ b: [Float]) -> Float {
        let difference = zip(a, b).reduce(Float(0)) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        return (difference / max(1e-24, a.reduce(0) { $0 + $1 * $1 })).squareRoot()
    }

    /// The largest difference beside the largest value.
    static func relative(_ a: [Float], _ b: [Float]) -> Float {
        let scale = max(1e-12, a.map(abs).max() ?? 0)
        // NaN must not be the smaller of two.
        let differences = zip(a, b).map { abs($0 - $1) }
        return differences.contains { !$0.isFinite } ? .infinity : (differences.max() ?? 0) / scale
    }
}
