import CKernelTables
import Foundation
import Testing

@testable import INNAnalysis
@testable import INNCore
@testable import INNTraining

/// A training step in steady state takes all its buffers from the workspace.
@Suite struct Allocations {
    @Test(arguments: NamedConfiguration.all, [true, false])
    func trainingAllocatesNoBuffersInSteadyState(_ named: NamedConfiguration, savesActivations: Bool) throws {
        let bench = try ModelBench(named.configuration, threads: 2)
        bench.model.activationBudget = savesActivations ? 1 << 29 : 0
        let optimizer = AdamW(bench.model.parameters, team: bench.tape.team)
        let state = bench.model.makeState(batchSize: 2)
        bench.train(2, optimizer: optimizer, state: state)
        let before = (bench.tape.workspace.allocationCount, bench.tape.workspace.byteCount)
        bench.train(8, optimizer: optimizer, state: state)
        #expect((bench.tape.workspace.allocationCount, bench.tape.workspace.byteCount) == before)
    }

    @Test func generatingAllocatesNoBuffersInSteadyState() throws {
        let bench = try ModelBench(.odd)
        let state = bench.model.makeState(batchSize: 1)
        func step() {
            _ = ModelBench.logits(bench.model, [3], batchSize: 1, on: bench.tape, ForwardContext(state: state))
        }
        step()
        let before = bench.tape.workspace.allocationCount
        for _ in 0..<10 { step() }
        #expect(bench.tape.workspace.allocationCount == before)
    }

    #if os(Linux)
    /// In a process of its own, because the heap is the whole process's.
    @Test func trainingHoldsNoMoreMemoryAfterManySteps() async {
        await #expect(processExitsWith: .success) {
            let bench = try ModelBench(INNConfiguration.odd.with { $0.dropout = 0.1 })
            let optimizer = AdamW(bench.model.parameters, team: bench.tape.team)
            // On one thread: worker threads come and go with a few kilobytes each. Other parts of the process may still
            // hold something for a moment, so the least of several looks counts.
            func least() -> Int {
                (0..<5).map { _ in
                    bench.train(100, optimizer: optimizer)
                    return inn_allocated_bytes()
                }.min()!
            }
            let before = least()
            let growth = least() - before
            // Even the smallest block, lost once per step, would add up to 8,000 bytes.
            precondition(growth < 4096, "500 training steps hold \(growth) bytes more")
        }
    }
    #endif

    @Test func aDroppedTapeGivesItsBuffersBack() {
        let workspace = Workspace()
        let team = ThreadTeam(threadCount: 1)
        func use() {
            let tape = Tape(workspace: workspace, team: team)
            let tensor = tape.makeTensor([100], [Float](repeating: 1, count: 100))
            _ = tape.gradient(of: tensor)
        }
        use()
        let before = workspace.allocationCount
        use()
        #expect(workspace.allocationCount == before)
    }

    @Test func workspaceLendsABufferOnlyOnce() {
        let workspace = Workspace()
        let first = workspace.take(20)
        let second = workspace.take(20)
        #expect(first.pointer != second.pointer)
        workspace.give(first)
        #expect(workspace.take(17).pointer == first.pointer, "20 and 17 floats share a size class")
        #expect(workspace.allocationCount == 2 && workspace.byteCount == 2 * 32 * 4)
        let zeros = workspace.takeZeros(5)
        #expect((0..<5).allSatisfy { zeros.pointer[$0] == 0 })
        #expect(UInt(bitPattern: zeros.pointer) % 64 == 0)
        for buffer in [first, second, zeros] { workspace.give(buffer) }
    }
}
