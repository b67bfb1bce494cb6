import Testing

@testable import INNCore
@testable import INNStore

/// Every operation against its slow twin, its composition and finite differences.
@Suite struct Operations {
    static let all = SmallOperations.cases + MemoryCase.cases + RoutingCase.cases + BaselineOperations.cases

    @Test func everyKindIsDescribed() {
        let kinds = OperationKind.allCases.map(OperationCase.Kind.program) + TwinPart.allCases.map { .twin($0) }
        #expect(Set(Self.all.map(\.kind)) == Set(kinds))
    }

    @Test(arguments: all)
    func forwardEqualsItsTwin(_ operation: OperationCase) throws {
        let bench = OperationBench(operation)
        guard let twin = bench.run.twin else {
            #expect(
                operation.kind == .program(.memoryBlock), "only the memory block is checked by its composition alone")
            return
        }
        expectTwins(bench.output(), twin(), operation.testDescription)
    }

    @Test(arguments: all.filter { OperationBench($0).run.isDifferentiable })
    func gradientsEqualDifferences(_ operation: OperationCase) {
        let bench = OperationBench(operation)
        expectFiniteDifferences(
            bench.operands.differentiable, bench.evaluate(bench.run.forward).gradients, loss: bench.loss)
    }

    @Test(arguments: (MemoryCase.cases + RoutingCase.cases).filter { OperationBench($0).run.composed != nil })
    func fusedEqualsComposed(_ operation: OperationCase) throws {
        let bench = OperationBench(operation)
        let composed = try #require(bench.run.composed)
        let fused = bench.evaluate(bench.run.forward)
        let expected = bench.evaluate(composed)
        expectTwins(fused.output, expected.output.map(Double.init), "output")
        for (actual, expected) in zip(fused.gradients, expected.gradients) {
            expectTwins(actual.values, expected.values.map(Double.init), actual.name)
        }
    }

    @Test func hardGatePassesTheSoftGradient() {
        func gradients(isHard: Bool) -> [[Float]] {
            let operands = Operands(seed: 3)
            let x = operands.input("x", [3, 5, 7])
            let weight = operands.parameter("weight", [3, 7])
            let bias = operands.parameter("bias", [3])
            let tape = Tape(team: ThreadTeam(threadCount: 1))
            let input = tape.makeTensor(x.shape, x.array)
            let gate = tape.activationGate(input, weight: weight, bias: bias, isHard: isHard)
            tape.backward(from: gate, seed: (0..<15).map { Float($0) - 7 })
            return [gradient(tape, input), weight.gradientArray, bias.gradientArray]
        }
        #expect(gradients(isHard: true) == gradients(isHard: false))
    }

    /// h is used by a residual operation and directly: both gradients must add up, and the branch must see only its
    /// own.
    @Test(arguments: [MemoryCase(hasNorm: false).operation, RoutingCase().operation, SmallOperations.residual[0]])
    func residualInputMayBeUsedTwice(_ operation: OperationCase) {
        let bench = OperationBench(operation)
        let single = bench.run.forward
        func doubled(_ tape: Tape, _ inputs: [Tensor]) -> OperationOutcome {
            let outcome = single(tape, inputs)
            return OperationOutcome(output: tape.residual(outcome.output, adding: inputs[0]), penalty: outcome.penalty)
        }
        func loss() -> Double {
            let tape = Tape(team: ThreadTeam(threadCount: 1))
            let output = doubled(tape, bench.operands.tensors(on: tape)).output
            return zip(output.array(), bench.cotangent(output.count)).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
        }
        expectFiniteDifferences(bench.operands.differentiable, bench.evaluate(doubled).gradients, loss: loss)
    }

    @Test func repeatedBackwardAddsToParameterGradients() {
        let operands = Operands(seed: 4)
        let weight = operands.parameter("weight", [3, 5])
        let tape = Tape(team: ThreadTeam(threadCount: 1))
        let input = tape.makeTensor([2, 5], (0..<10).map { Float($0) })
        func pass() { tape.backward(from: tape.linear(input, weight: weight)) }
        pass()
        let once = weight.gradientArray
        let second = Tape(team: ThreadTeam(threadCount: 1))
        second.backward(from: second.linear(second.makeTensor([2, 5], input.array()), weight: weight))
        #expect(weight.gradientArray == once.map { 2 * $0 })
    }

    @Test func nothingIsRecordedWhenNotRecording() {
        let operands = Operands(seed: 5)
        let weight = operands.parameter("weight", [3, 5])
        let tape = Tape(team: ThreadTeam(threadCount: 1))
        tape.isRecording = false
        tape.backward(from: tape.linear(tape.makeTensor([1, 5], [1, 2, 3, 4, 5]), weight: weight))
        #expect(weight.gradientArray.allSatisfy { $0 == 0 })
    }
}
