import CKernelTables
import Testing

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
        #expect(kernel.problems(vector, beside: reference) == [])
    }

    @Test(arguments: KernelPromise.all, InstructionSet.available)
    func promisesAreKept(_ promise: KernelPromise, set: String) throws {
        let table = try #require(inn_kernel_table_named(set)).pointee
        #expect(promise.problem(table) == nil)
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
