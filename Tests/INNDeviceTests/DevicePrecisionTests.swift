import CEmulatedDevice
import INNCore
import Testing

@testable import INNDevice

/// What a precision changes besides the numbers.
@Suite struct DevicePrecisionTests {
    /// Bits of what products take of weights: the nearest of 16 bits, and of two the even one.
    @Test func weightsAreRoundedToEven() throws {
        let tie: Float = 1 + 0x1p-8
        let cases: [(Float, UInt16)] = [
            (1, 0x3f80), (tie, 0x3f80), (tie.nextUp, 0x3f81), (tie.nextDown, 0x3f80), (1 + 3 * 0x1p-8, 0x3f82),
            (-.pi, 0xc049), (0, 0), (-0.0, 0x8000), (0x1p-133, 0x0001), (.greatestFiniteMagnitude, 0x7f80),
            (-.infinity, 0xff80), (.nan, 0x7fff),
        ]
        let store = ParameterStore()
        let weight = store.add("weight", [cases.count])
        for (index, example) in cases.enumerated() { weight.values[index] = example.0 }
        let device = try DeviceTrainingTests.device(.bf16)
        let parameters = try DeviceParameters(store, on: device)
        let operations = try DeviceOperations(
            parameters,
            .init(
                neurons: 1, batch: 1, steps: 1, width: 4, inner: 4, stateSize: 4, taps: 4, rank: 1, heads: 1,
                vocabulary: 4))
        try parameters.upload(.values, weight, from: weight.values)
        try operations.copyWeights()
        let copies = try #require(parameters.copies)
        var bits = [UInt16](repeating: 0, count: copies.count)
        try device.download(copies.address, count: copies.count, into: &bits)
        #expect(Array(bits.prefix(cases.count)) == cases.map(\.1))
        #expect(bits.dropFirst(cases.count).allSatisfy { $0 == 0 })
    }

    @Test func onlySixteenBitsHaveCopiesOfWeights() throws {
        for precision in [Device.Precision.fp32, .tf32] {
            let parameters = try DeviceParameters(ParameterStore(), on: DeviceTrainingTests.device(precision))
            #expect(parameters.copies == nil)
        }
    }

    /// What is said before training is what training then takes.
    @Test(arguments: Device.Precision.allCases) func theMemoryIsWhatWasSaid(_ precision: Device.Precision) throws {
        for change: @Sendable (inout INNConfiguration) -> Void in [
            { _ in }, { $0.routing = .static }, { $0.routing = .off }, { $0.sharing = .own },
            { ($0.carryState, $0.gate) = (false, .off) },
        ] {
            var c = INNConfiguration(
                vocabularySize: 27, neurons: 6, dModel: 48, rounds: 2, heads: 2, stateSize: 8, carryState: true)
            change(&c)
            let network = try IntelligentNeuralNetwork(c, seed: 1)
            let device = try DeviceTrainingTests.device(precision)
            let training = try DeviceNetwork(network, on: device, batchSize: 4, steps: 64)
            if c.carryState {
                try training.uploadState(network.makeState(batchSize: 4))
                // What validation takes besides.
                try training.holdState(carries: true)
            }
            let said = DeviceNetwork.bytes(
                network, DeviceNetwork.sizes(c, batchSize: 4, steps: 64), precision)
            let taken = device.allocatedBytes
            #expect(
                said >= taken * 99 / 100 && said <= taken * 102 / 100, "\(c.routing), \(c.sharing): \(said), \(taken)")
        }
    }

    /// At the paper's size: what it was on a card (docs/gpu-h200.json), and three fifths of it in 16 bits.
    @Test func theMemoryOfThePapersNetwork() throws {
        var c = INNPreset.paper.configuration
        c.vocabularySize = 27
        let network = try IntelligentNeuralNetwork(c, seed: 1)
        let sizes = DeviceNetwork.sizes(c, batchSize: 16, steps: 256)
        let whole = DeviceNetwork.bytes(network, sizes, .tf32)
        #expect(abs(whole - 19_413_336_064) < whole / 100)
        #expect(abs(DeviceNetwork.bytes(network, sizes, .bf16) - whole * 3 / 5) < whole / 100)
    }
}
