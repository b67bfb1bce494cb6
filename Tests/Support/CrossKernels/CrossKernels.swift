import CKernelTables
import Glibc

/// The kernel tests of INNKitTests as a program of its own, for a processor that has no Swift toolchain here: see
/// `scripts/check-aarch64`. The cases, their inputs and the tolerances are the very files of the tests.
@main enum CrossKernels {
    static func main() {
        let sets = String(cString: inn_available_instruction_sets()).split(separator: " ").map { String($0) }
        guard let reference = inn_kernel_table_named("reference")?.pointee else { fatalError("no reference") }
        var failures = 0
        func report(_ what: String, _ problems: [String]) {
            failures += problems.isEmpty ? 0 : 1
            for problem in problems { print("\(what): \(problem)") }
        }
        for set in sets {
            guard let table = inn_kernel_table_named(set)?.pointee else { fatalError("no table") }
            for promise in KernelPromise.all {
                report("\(set), \(promise.name)", promise.problem(table).map { [$0] } ?? [])
            }
            guard set != "reference" else { continue }
            for kernel in Kernels.cases {
                report("\(set), \(kernel.kernel) \(kernel.name)", kernel.problems(table, beside: reference))
            }
        }
        let cases = Kernels.cases.count * (sets.count - 1)
        let promises = KernelPromise.all.count * sets.count
        print("\(sets.joined(separator: ", ")): \(cases) cases and \(promises) promises, \(failures) failed.")
        exit(failures > 0 || sets.count < 2 ? 1 : 0)
    }
}
