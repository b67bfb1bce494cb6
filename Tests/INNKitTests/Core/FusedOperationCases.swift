@testable import INNCore

/// A memory block to describe: sizes and options.
struct MemoryCase: Sendable {
    var neurons = 2, batchSize = 1, steps = 9, dModel = 7, dInner = 14, stateSize = 3, convKernel = 4, dtRank = 1
    var ownsWeights = true, ownsConvolution = true
    var isResidual = true, hasNorm = true, saves = true, hasState = false
    var dropout = Dropout.none

    var geometry: MemoryGeometry {
        MemoryGeometry(
            neurons: neurons, batchSize: batchSize, steps: steps, dModel: dModel, dInner: dInner, stateSize: stateSize,
            convKernel: convKernel, dtRank: dtRank)
    }

    var name: String {
        var words = [
            """
            \(neurons)×\(batchSize)×\(steps)×\(dModel)→\(dInner), state \(stateSize), \(convKernel) taps, rank \
            \(dtRank)
            """
        ]
        words.append(ownsWeights ? "own" : ownsConvolution ? "conv" : "all")
        if !isResidual { words.append("not residual") }
        if !hasNorm { words.append("no norm") }
        if !saves { words.append("recomputing") }
        if hasState { words.append("with state") }
        if dropout.probability > 0 { words.append("dropout") }
        return words.joined(separator: ", ")
    }

    func parameters(_ operands: Operands) -> MemoryParameters {
        let g = geometry
        let sets = ownsWeights ? neurons : 1
        let convSets = ownsConvolution ? neurons : 1
        func scale(_ fanIn: Int) -> Double { 0.7 / Double(fanIn).squareRoot() }
        return MemoryParameters(
            normWeight: hasNorm ? operands.parameter("normWeight", [dModel], offset: 1) : nil,
            normBias: hasNorm ? operands.parameter("normBias", [dModel]) : nil,
            inProjection: operands.parameter("inProjection", [sets, 2 * dInner, dModel], scale: scale(dModel)),
            convWeight: operands.parameter("convWeight", [convSets, dInner, convKernel]),
            convBias: operands.parameter("convBias", [convSets, dInner]),
            xProjection: operands.parameter("xProjection", [sets, g.projected, dInner], scale: scale(dInner)),
            deltaProjection: operands.parameter("deltaProjection", [sets, dInner, dtRank], scale: scale(dtRank)),
            // Negative enough that softplus stays below the clamp, whose kink differences cannot see through.
            deltaBias: operands.parameter("deltaBias", [sets, dInner], offset: -1),
            aLog: operands.parameter("aLog", [sets, dInner, stateSize]),
            skip: operands.parameter("skip", [sets, dInner], offset: 1),
            outProjection: operands.parameter("outProjection", [sets, dModel, dInner], scale: scale(dInner)))
    }

    var operation: OperationCase {
        OperationCase(.memoryBlock, name) { operands in
            let g = geometry
            let parameters = parameters(operands)
            operands.input("states", [neurons, batchSize * steps, dModel])
            let stateCount = neurons * batchSize * g.statePerStream
            let initial = hasState ? operands.buffer(stateCount) : nil
            let state = hasState ? operands.buffer(stateCount) : nil
            let rates = operands.buffer(parameters.aLog.count)
            var run = OperationRun { tape, inputs in
                fillDecayRates(parameters.aLog, channels: dInner, stateSize: stateSize, into: rates)
                if let initial, let state { state.update(from: initial, count: stateCount) }
                return tape.memoryBlock(
                    inputs[0], parameters, g, decayRates: rates, state: state,
                    MemoryOptions(savesActivations: saves, dropout: dropout, isResidual: isResidual))
            }
            if !hasState, isResidual || dropout.probability == 0 {
                run.composed = { tape, inputs in
                    OperationOutcome(
                        output: composedMemoryBlock(
                            inputs[0], parameters, g, on: tape, dropout: dropout, isResidual: isResidual))
                }
            }
            return run
        }
    }

    static let cases: [OperationCase] = [
        MemoryCase(neurons: 1, steps: 1, dModel: 5, dInner: 5, stateSize: 1, convKernel: 1),
        MemoryCase(neurons: 3, batchSize: 2, steps: 2, dModel: 5, dInner: 10, stateSize: 5, convKernel: 3),
        MemoryCase(neurons: 2, batchSize: 3, steps: 9, dModel: 17, dInner: 34, stateSize: 16, dtRank: 2, saves: false),
        MemoryCase(neurons: 5, batchSize: 1, steps: 17, ownsWeights: false),
        MemoryCase(neurons: 3, batchSize: 2, ownsWeights: false, ownsConvolution: false, saves: false),
        MemoryCase(neurons: 1, batchSize: 11, steps: 5, ownsWeights: false, ownsConvolution: false),
        MemoryCase(neurons: 9, batchSize: 1, steps: 2, ownsWeights: false, ownsConvolution: false),
        MemoryCase(dropout: Dropout(probability: 0.3, key: 5)),
        MemoryCase(isResidual: false), MemoryCase(isResidual: false, hasNorm: false, saves: false),
        MemoryCase(hasNorm: false),
        MemoryCase(isResidual: false, dropout: Dropout(probability: 0.3, key: 6)),
        MemoryCase(batchSize: 2, steps: 9, hasState: true),
        MemoryCase(batchSize: 2, steps: 2, saves: false, hasState: true),
        MemoryCase(steps: 1, stateSize: 5, convKernel: 3, ownsWeights: false, hasState: true),
        MemoryCase(dModel: 18, dInner: 18, dtRank: 1),
        MemoryCase(batchSize: 2, dtRank: 3, saves: false, hasState: true),
        MemoryCase(neurons: 3, steps: 5, dtRank: 17, ownsWeights: false),
    ].map(\.operation)
}

/// A routing step to describe: sizes and options.
struct RoutingCase: Sendable {
    var neurons = 3, rows = 9, dModel = 6, heads = 2
    var mode = RoutingMode.learned, gate = GateMode.soft
    var ownsGates = true, selfEdges = false, isResidual = true, hasNorm = true
    /// Cut, drop and scale some edges and heads.
    var hasEdgeControls = false
    var topK = 0, searchedBlocks = 0
    var groups: Int?
    var dropout = Dropout.none
    var pressure: FiringPressure?
    var storesBelow = RoutingGeometry.storedNeurons

    /// The same without stored weights, however few neurons there are.
    var inBlocks: RoutingCase {
        var copy = self
        copy.storesBelow = 0
        return copy
    }

    var name: String {
        var words = ["\(neurons)×\(rows)×\(dModel), \(heads) heads, \(mode), gate \(gate)\(ownsGates ? " own" : "")"]
        if selfEdges { words.append("self edges") }
        if !isResidual { words.append("not residual") }
        if !hasNorm { words.append("no norm") }
        if hasEdgeControls { words.append("edge controls") }
        if topK > 0 { words.append("top \(topK)") }
        if searchedBlocks > 0 { words.append("searched in \(searchedBlocks) blocks") }
        if let groups { words.append("\(groups) groups") }
        if dropout.probability > 0 { words.append("dropout") }
        if pressure != nil { words.append("pressure") }
        if storesBelow == 0 { words.append("in blocks") }
        return words.joined(separator: ", ")
    }

    var geometry: RoutingGeometry {
        var edges = EdgeControls(neurons: neurons, selfEdges: selfEdges)
        if hasEdgeControls {
            edges.scoreBias[1] = -.infinity
            edges.scoreBias[neurons] = 0.7
            edges.weightScale = (0..<(neurons * neurons)).map { $0 % 3 == 2 ? 0 : 1 + 0.1 * Float($0) }
            edges.headScale = (0..<heads).map { $0 == 0 ? 0.5 : 1.5 }
        }
        var geometry = RoutingGeometry(
            neurons: neurons, rows: rows, dModel: dModel, heads: heads, mode: mode, gate: gate, edges: edges,
            topK: topK,
            groups: groups.map { RoutingGroups(neurons: neurons, groups: $0, edges: edges) })
        (geometry.storesBelow, geometry.searchedBlocks) = (storesBelow, searchedBlocks)
        return geometry
    }

    func parameters(_ operands: Operands) -> RoutingParameters {
        let projected = mode == .learned ? 3 * dModel : dModel
        let sets = ownsGates ? neurons : 1
        let hasGate = gate != .off
        return RoutingParameters(
            normWeight: hasNorm ? operands.parameter("normWeight", [dModel], offset: 1) : nil,
            normBias: hasNorm ? operands.parameter("normBias", [dModel]) : nil,
            gateWeight: hasGate ? operands.parameter("gateWeight", [sets, dModel]) : nil,
            gateBias: hasGate ? operands.parameter("gateBias", [sets]) : nil,
            inProjection: operands.parameter("inProjection", [projected, dModel]),
            inBias: operands.parameter("inBias", [projected]),
            outProjection: operands.parameter("outProjection", [dModel, dModel]),
            outBias: operands.parameter("outBias", [dModel]),
            staticScores: mode == .static ? operands.parameter("staticScores", [heads, neurons, neurons]) : nil)
    }

    var operation: OperationCase {
        OperationCase(.routingStep, name) { operands in
            let g = geometry
            let parameters = parameters(operands)
            let states = operands.input("states", [neurons, rows, dModel])
            var run = OperationRun { _, inputs in inputs[0] }
            run.forward = { tape, inputs in
                let step = tape.routingStep(
                    inputs[0], parameters, g, dropout: dropout, pressure: pressure, isResidual: isResidual)
                return OperationOutcome(output: step.output, penalty: step.penalty)
            }
            run.twin = { slowRoutingStep(states.doubles, parameters, g, dropout: dropout, isResidual: isResidual) }
            // The composition has only the complete graph, and neither scaled edges nor a pressure.
            if mode == .learned, !hasEdgeControls, topK == 0, groups == nil, pressure == nil,
                isResidual || dropout.probability == 0
            {
                run.composed = { tape, inputs in
                    OperationOutcome(
                        output: composedRoutingStep(
                            inputs[0], parameters, g, on: tape, dropout: dropout, isResidual: isResidual))
                }
            }
            // Differences cannot see through a threshold or a choice.
            run.isDifferentiable = gate != .hard && topK == 0
            return run
        }
    }

    static let cases: [OperationCase] =
        (few + few.filter { $0.groups == nil && $0.rows > 1 }.map(\.inBlocks) + many).map(\.operation)

    /// So many neurons that their weights are not stored.
    private static let many = [
        RoutingCase(neurons: 67, rows: 5, dModel: 8), RoutingCase(neurons: 66, rows: 3, dModel: 4, topK: 5),
        RoutingCase(neurons: 65, rows: 2, dModel: 3, heads: 1, mode: .static, hasEdgeControls: true),
        RoutingCase(neurons: 67, rows: 3, dModel: 6, topK: 4, searchedBlocks: 2),
        RoutingCase(neurons: 70, rows: 2, dModel: 5, heads: 1, gate: .off, selfEdges: true, topK: 3, searchedBlocks: 1),
        RoutingCase(neurons: 65, rows: 2, dModel: 6, heads: 2, hasEdgeControls: true, topK: 2, searchedBlocks: 1),
    ]

    private static let few = [
        RoutingCase(neurons: 1, rows: 1, dModel: 5, heads: 1, selfEdges: true),
        RoutingCase(neurons: 1, rows: 2, dModel: 5, heads: 1),
        RoutingCase(neurons: 2, rows: 2, dModel: 7, heads: 1, ownsGates: false),
        RoutingCase(neurons: 5, rows: 17, dModel: 17, heads: 1),
        RoutingCase(neurons: 3, rows: 37, dModel: 6, heads: 3, selfEdges: true),
        RoutingCase(neurons: 2, rows: 70, dModel: 6, heads: 3),
        RoutingCase(gate: .hard), RoutingCase(neurons: 5, rows: 37, gate: .hard, ownsGates: false),
        RoutingCase(gate: .off),
        RoutingCase(dropout: Dropout(probability: 0.3, key: 9)),
        RoutingCase(rows: 37, gate: .off, dropout: Dropout(probability: 0.5, key: 10)),
        RoutingCase(isResidual: false), RoutingCase(isResidual: false, hasNorm: false), RoutingCase(hasNorm: false),
        RoutingCase(isResidual: false, dropout: Dropout(probability: 0.3, key: 11)),
        RoutingCase(hasEdgeControls: true), RoutingCase(neurons: 5, rows: 37, selfEdges: true, hasEdgeControls: true),
        RoutingCase(neurons: 2, rows: 5, dModel: 5, heads: 1, hasEdgeControls: true),
        RoutingCase(pressure: FiringPressure(target: 0.2, weight: 3)),
        RoutingCase(neurons: 5, rows: 37, ownsGates: false, pressure: FiringPressure(target: 0.9, weight: 2)),
        RoutingCase(neurons: 6, topK: 2),
        RoutingCase(neurons: 5, rows: 37, heads: 3, gate: .off, selfEdges: true, topK: 1),
        RoutingCase(neurons: 4, groups: 2), RoutingCase(neurons: 9, rows: 37, heads: 3, ownsGates: false, groups: 3),
        RoutingCase(neurons: 6, rows: 5, heads: 1, gate: .off, selfEdges: true, groups: 3),
        RoutingCase(neurons: 8, gate: .hard, groups: 2),
        RoutingCase(neurons: 8, rows: 17, topK: 2, groups: 2, dropout: Dropout(probability: 0.3, key: 13)),
        RoutingCase(neurons: 4, isResidual: false, groups: 2, pressure: FiringPressure(target: 0.2, weight: 3)),
        RoutingCase(mode: .static), RoutingCase(neurons: 5, rows: 37, mode: .static, gate: .off, selfEdges: true),
        RoutingCase(mode: .static, hasEdgeControls: true),
        RoutingCase(neurons: 1, rows: 2, dModel: 5, heads: 1, mode: .static),
        RoutingCase(mode: .uniform), RoutingCase(neurons: 5, rows: 37, mode: .uniform, gate: .off, selfEdges: true),
        RoutingCase(mode: .uniform, hasEdgeControls: true, dropout: Dropout(probability: 0.3, key: 12)),
    ]
}
