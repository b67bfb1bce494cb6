import CKernelTables
import Foundation
import Testing

@testable import INNAnalysis
@testable import INNCore

/// Every vector kernel of every instruction set that this machine runs, against the plain reference.
@Suite struct KernelTwins {
    static let vectorSets = InstructionSet.available.filter { $0 != "reference" }

    @Test func everyKernelIsDescribed() {
        let names = String(cString: inn_kernel_names()).split(separator: " ").map(String.init)
        #expect(Set(Kernels.cases.map(\.kernel)) == Set(names))
    }

    @Test func theSetInUseIsAvailable() throws {
        #expect(
            InstructionSet.available.contains(InstructionSet.current) && InstructionSet.available.last == "reference")
        let error = #expect(throws: INNError.self) { try InstructionSet.select("mmx") }
        #expect(error?.message.contains("mmx") == true && error?.message.contains("reference") == true)
    }

    @Test(arguments: Kernels.cases, vectorSets)
    func vectorEqualsReference(_ kernel: KernelCase, set: String) throws {
        let vector = try #require(inn_kernel_table_named(set)).pointee
        let reference = try #require(inn_kernel_table_named("reference")).pointee
        let inputs = KernelInputs(seed: 31)
        let others = KernelInputs(seed: 31)
        let actual = kernel.run(vector, inputs)
        let expected = kernel.run(reference, others)
        for (index, (actual, expected)) in zip(actual, expected).enumerated() {
            #expect(actual.isIntact && expected.isIntact, "output \(index) was written past its end")
            expectTwins(actual.array, expected.array.map(Double.init), "output \(index)")
        }
    }

    // MARK: Elementary functions

    private func table(_ set: String) throws -> inn_kernel_table { try #require(inn_kernel_table_named(set)).pointee }

    /// The largest relative error of `values` against `exact`.
    private func worst(_ values: [Float], _ exact: (Int) -> Double) -> Double {
        values.indices.reduce(0.0) { largest, index in
            let expected = exact(index)
            let error = abs(Double(values[index]) / expected - 1)
            return error <= largest ? largest : error
        }
    }

    @Test(arguments: InstructionSet.available)
    func expKeepsItsBound(_ set: String) throws {
        let count = 175_003
        let table = try table(set)
        let x = (0..<count).map { Float(-87 + 175 * Double($0) / Double(count - 1)) }
        var y = [Float](repeating: 0, count: count)
        table.exp(count, x, &y)
        #expect(worst(y) { exp(Double(x[$0])) } < 3e-7)
    }

    /// Outside its range exp saturates instead of wrapping round.
    @Test(arguments: InstructionSet.available)
    func expSaturates(_ set: String) throws {
        let x: [Float] = [-.infinity, -1e30, -1000, -88, 0, -0.0]
        let table = try table(set)
        var y = [Float](repeating: -1, count: x.count)
        table.exp(x.count, x, &y)
        #expect(y[..<4].allSatisfy { $0 >= 0 && $0 < 2e-38 })
        #expect(y[4] == 1 && y[5] == 1)
        var large: [Float] = [0, 0]
        table.exp(2, [1000, .infinity], &large)
        #expect(large.allSatisfy { $0 > 1e38 })
    }

    @Test(arguments: InstructionSet.available)
    func softplusIsRelativelyExactForTinyValues(_ set: String) throws {
        let count = 20_000
        let table = try table(set)
        let x = (0..<count).map { Float(-86 + 106 * Double($0) / Double(count)) }
        var y = x
        table.softplus_forward(1, Int32(count), &y, [Float](repeating: 0, count: count), .infinity)
        #expect(worst(y) { slowSoftplus(Double(x[$0])) } < 1e-6)
    }

    @Test(arguments: InstructionSet.available)
    func softplusGradientIsRelativelyExactForTinyValues(_ set: String) throws {
        let count = 20_000
        let table = try table(set)
        // delta from 1e-30 to 2.4, evenly in its logarithm.
        let delta = (0..<count).map { Float(pow(10, -30 + 30.38 * Double($0) / Double(count))) }
        var gradient = [Float](repeating: 1, count: count)
        var bias = [Float](repeating: 0, count: count)
        table.softplus_backward(1, Int32(count), delta, 2.5, &gradient, &bias)
        #expect(worst(gradient) { -expm1(-Double(delta[$0])) } < 1e-6)
        #expect(bias == gradient)
    }

    @Test(arguments: InstructionSet.available)
    func softmaxOfLargeScoresStaysFinite(_ set: String) throws {
        let table = try table(set)
        let logits: [Float] = [1e4, -1e4, 9.999e3, -.infinity, 1e4]
        var out = [Float](repeating: 0, count: 5)
        let loss = table.softmax_cross_entropy(1, 5, logits, [1], 0, &out)
        #expect(out.allSatisfy { $0.isFinite } && abs(out.reduce(0, +) - 1) < 1e-5)
        #expect(abs(loss - 2e4) < 2)
    }

    /// Dropout must drop the same values on every machine.
    @Test(arguments: vectorSets)
    func dropoutMasksDoNotDependOnTheSet(_ set: String) throws {
        let count = 4097
        let ones = [Float](repeating: 1, count: count)
        func kept(_ set: String) throws -> [Bool] {
            var out = [Float](repeating: 0, count: count)
            try table(set).dropout_add(count, &out, ones, 0.37, 0xABCDEF, 12345)
            return out.map { $0 != 0 }
        }
        #expect(try kept(set) == kept("reference"))
    }

    // MARK: The whole model

    /// In a process of its own, because the choice of a set is the whole process's.
    @Test func theModelAgreesWithTheReferenceKernels() async throws {
        let bench = try ModelBench(.odd)
        bench.loss(learns: true)
        let values = bench.logits() + bench.gradients.flatMap(\.values)
        await #expect(processExitsWith: .success) { [values = values as [Float]] in
            try InstructionSet.select("reference")
            precondition(InstructionSet.current == "reference")
            let bench = try ModelBench(.odd)
            bench.loss(learns: true)
            let expected = bench.logits() + bench.gradients.flatMap(\.values)
            for (actual, expected) in zip(values, expected) {
                precondition(abs(actual - expected) <= 1e-5 + 1e-4 * abs(expected), "\(actual) instead of \(expected)")
            }
            precondition(values.count == expected.count)
        }
    }
}
