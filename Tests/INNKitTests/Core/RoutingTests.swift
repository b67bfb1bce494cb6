import Testing

@testable import INNCore

/// Routing weights are what docs/MODEL.md says: rows sum to 1, cut edges are exactly 0, deaf listeners hear exactly
/// nothing.
@Suite struct RoutingWeightTests {
    private static let shapes = [(1, 1, 5, 1), (2, 9, 6, 2), (3, 37, 6, 3), (5, 16, 7, 1)]

    private struct Step {
        let operands: Operands
        let input: [Float]
        let output: [Float]
        /// `[rows][heads][listeners]` of weights over speakers.
        let rows: [[Float]]
        let mix: [Float]
    }

    private func step(_ routing: RoutingCase, scale: Float = 1, edges change: (inout EdgeControls) -> Void) -> Step {
        let operands = Operands(seed: 6)
        let tape = Tape(team: ThreadTeam(threadCount: 1))
        let parameters = routing.parameters(operands)
        let states = operands.input("states", [routing.neurons, routing.rows, routing.dModel])
        for index in 0..<parameters.inProjection.count { parameters.inProjection.values[index] *= scale }
        var geometry = routing.geometry
        change(&geometry.edges)
        let input = tape.makeTensor(states.shape, states.array)
        let step = tape.routingStep(input, parameters, geometry)
        let weights = step.activations.routing
        let rows = (0..<routing.rows).flatMap { row in
            (0..<routing.heads).flatMap { head in
                (0..<routing.neurons).map { listener in (0..<routing.neurons).map { weights[row, head, listener, $0] } }
            }
        }
        let mix = Array(
            UnsafeBufferPointer(start: step.activations.mix, count: routing.neurons * routing.rows * routing.dModel))
        return Step(operands: operands, input: states.array, output: step.output.array(), rows: rows, mix: mix)
    }

    @Test(arguments: shapes, [RoutingMode.learned, .static, .uniform])
    func rowsSumToOne(_ shape: (Int, Int, Int, Int), mode: RoutingMode) {
        let routing = RoutingCase(
            neurons: shape.0, rows: shape.1, dModel: shape.2, heads: shape.3, mode: mode, selfEdges: true)
        // Large scores too: the softmax must neither overflow nor lose its sum.
        for scale: Float in [1, 100] {
            let result = step(routing, scale: scale) { _ in }
            #expect(result.rows.allSatisfy { abs($0.reduce(0, +) - 1) < 1e-5 }, "scale \(scale)")
            #expect(result.rows.allSatisfy { $0.allSatisfy { $0 >= 0 } })
        }
        guard mode == .uniform else { return }
        let uniform = 1 / Float(shape.0)
        #expect(step(routing) { _ in }.rows.allSatisfy { $0.allSatisfy { abs($0 - uniform) < 1e-7 } })
    }

    @Test(arguments: [RoutingMode.learned, .static, .uniform])
    func cutEdgesWeighNothingAndTheRestRenormalises(_ mode: RoutingMode) {
        let n = 5
        let routing = RoutingCase(neurons: n, rows: 21, dModel: 6, heads: 3, mode: mode)
        let result = step(routing) { edges in
            edges.scoreBias[0 * n + 3] = -.infinity
            edges.scoreBias[4 * n + 1] = -.infinity
        }
        for (index, row) in result.rows.enumerated() {
            let listener = index % n
            #expect(row[listener] == 0)
            if listener == 0 { #expect(row[3] == 0) }
            if listener == 4 { #expect(row[1] == 0) }
            #expect(abs(row.reduce(0, +) - 1) < 1e-5)
        }
    }

    @Test(arguments: [RoutingMode.learned, .static, .uniform])
    func aDeafListenerHearsExactlyNothing(_ mode: RoutingMode) {
        let n = 3
        let routing = RoutingCase(neurons: n, rows: 21, dModel: 6, heads: 2, mode: mode)
        let result = step(routing) { edges in
            for speaker in 0..<n { edges.scoreBias[1 * n + speaker] = -.infinity }
        }
        for (index, row) in result.rows.enumerated() {
            #expect(row.allSatisfy { index % n == 1 ? $0 == 0 : $0.isFinite })
        }
        #expect(result.output.allSatisfy { $0.isFinite })
        // Nothing was heard: the listener's message is W_O's bias alone, the same at every character.
        let size = 21 * 6
        let outBias = result.operands.parameters["outBias"]!.array
        for index in 0..<size {
            #expect(abs(result.output[size + index] - result.input[size + index] - outBias[index % 6]) < 1e-6)
        }
    }

    @Test(arguments: [RoutingMode.learned, .static, .uniform])
    func deafListenersHaveFiniteGradients(_ mode: RoutingMode) {
        let operands = Operands(seed: 7)
        let tape = Tape(team: ThreadTeam(threadCount: 1))
        let routing = RoutingCase(neurons: 3, rows: 5, mode: mode)
        let parameters = routing.parameters(operands)
        let states = operands.input("states", [3, 5, 6])
        var geometry = routing.geometry
        for index in geometry.edges.scoreBias.indices { geometry.edges.scoreBias[index] = -.infinity }
        let input = tape.makeTensor(states.shape, states.array)
        let step = tape.routingStep(input, parameters, geometry)
        tape.backward(from: step.output)
        #expect(gradient(tape, input).allSatisfy { $0 == 1 }, "only the residual passes")
        for parameter in operands.parameters.parameters {
            #expect(
                parameter.gradientArray.allSatisfy { $0.isFinite && ($0 == 0 || parameter.name == "outBias") },
                "\(parameter.name)")
        }
    }

    @Test func aLonelyNeuronListensToNobody() {
        let result = step(RoutingCase(neurons: 1, rows: 3, dModel: 5, heads: 1)) { _ in }
        #expect(result.rows.allSatisfy { $0 == [0] } && result.output.allSatisfy { $0.isFinite })
    }

    @Test func droppedEdgesLoseTheirMass() {
        let n = 3
        let routing = RoutingCase(neurons: n, rows: 9, gate: .off)
        let normal = step(routing) { _ in }
        let dropped = step(routing) { $0.weightScale = [1, 0, 1, 1, 1, 1, 1, 1, 1] }
        #expect(dropped.rows == normal.rows, "the stored weights are those before the scale")
        let silent = step(routing) { $0.headScale = [0, 0] }
        #expect(silent.mix.allSatisfy { $0 == 0 })
        let size = 9 * 6
        #expect(dropped.output[size...] == normal.output[size...], "only listener 0 loses an edge")
        #expect(dropped.output[..<size] != normal.output[..<size])
    }

    @Test func aGateForcedOpenEqualsNoGate() {
        func output(_ gate: GateMode) -> [Float] {
            let operands = Operands(seed: 8)
            let tape = Tape(team: ThreadTeam(threadCount: 1))
            let routing = RoutingCase(gate: .hard)
            let parameters = routing.parameters(operands)
            let states = operands.input("states", [3, 9, 6])
            for index in 0..<parameters.gateBias!.count { parameters.gateBias!.values[index] = 100 }
            var geometry = routing.geometry
            geometry.gate = gate
            return tape.routingStep(tape.makeTensor(states.shape, states.array), parameters, geometry).output.array()
        }
        #expect(output(.hard) == output(.off))
        #expect(output(.soft) == output(.off))
    }
}
