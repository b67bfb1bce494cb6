import Foundation

@testable import INNAnalysis
@testable import INNCore

/// Descriptions of the small operations, odd sizes included.
enum SmallOperations {
    static let cases: [OperationCase] =
        embedding + neuronMean + layerNorm + linear + crossEntropy + convolution + softplus + scan
        + siluGate + columns + gate + attention + residual + transposedRows

    static let embedding: [OperationCase] = [
        (1, 1, 5, 1, nil, nil), (3, 9, 7, 1, nil, nil), (2, 18, 17, 2.5, nil, nil), (4, 9, 7, 1, 2, nil),
        (4, 37, 9, 1.5, 3, [[0, 1, 2, 3, 4], [5, 6], [10, 0]]),
    ].map { (neurons: Int, rows: Int, width: Int, scale: Double, inputs: Int?, senses: [[Int32]]?) in
        let receiving = inputs ?? neurons
        let heard = senses == nil ? "all" : "own"
        let name = "\(neurons)×\(rows)×\(width) scale \(scale), inputs \(receiving), \(heard) symbols"
        return OperationCase(.embedding, name) { operands in
            let table = operands.parameter("table", [11, width])
            let tokens = operands.ids(rows, below: 11)
            return OperationRun { tape, _ in
                tape.embedding(
                    tokens, table: table, neurons: neurons, inputs: inputs,
                    senses: senses.map { SymbolSenses($0, vocabulary: 11) }, scale: Float(scale))
            } twin: {
                let none = [Double](repeating: 0, count: width)
                return (0..<neurons).flatMap { neuron in
                    tokens.flatMap { token -> [Double] in
                        guard neuron < receiving, senses?[neuron].contains(token) ?? true else { return none }
                        let start = Int(token) * width
                        return table.doubles[start..<(start + width)].map { $0 * scale }
                    }
                }
            }
        }
    }

    static let neuronMean: [OperationCase] = [(1, [true]), (3, [true, false, true]), (5, nil), (2, [false, false])].map
    { neurons, included in
        OperationCase(.neuronMean, "\(neurons) neurons, included \(included.map(String.init(describing:)) ?? "all")") {
            operands in
            let rows = 9
            let width = 7
            let x = operands.input("x", [neurons, rows, width])
            return OperationRun { tape, inputs in
                tape.neuronMean(inputs[0], controls: included.map(ReadoutControls.init(isIncluded:)))
            } twin: {
                let counted = (0..<neurons).filter { included?[$0] ?? true }
                return (0..<(rows * width)).map { index in
                    counted.reduce(0.0) { $0 + x.doubles[$1 * rows * width + index] } / Double(max(1, counted.count))
                }
            }
        }
    }

    static let layerNorm: [OperationCase] = [(1, 1), (1, 5), (9, 7), (18, 17), (3, 64)].map { rows, width in
        OperationCase(.layerNorm, "\(rows)×\(width)") { operands in
            let x = operands.input("x", [rows, width], offset: 0.5)
            let weight = operands.parameter("weight", [width], offset: 1)
            let bias = operands.parameter("bias", [width])
            return OperationRun { tape, inputs in
                tape.layerNorm(inputs[0], weight: weight, bias: bias)
            } twin: {
                slowLayerNorm(x.doubles, weight: weight.doubles, bias: bias.doubles)
            }
        }
    }

    static let linear: [OperationCase] = [
        (1, 1, 5, 3, true), (1, 9, 7, 17, false), (3, 1, 5, 7, true), (5, 4, 17, 5, true),
    ].map {
        groups, rows, fanIn, fanOut, hasBias in
        OperationCase(.linear, "\(groups) groups × \(rows) × \(fanIn) → \(fanOut)\(hasBias ? " with bias" : "")") {
            operands in
            let x = operands.input("x", [groups, rows, fanIn])
            let weight = operands.parameter("weight", [groups, fanOut, fanIn])
            let bias = hasBias ? operands.parameter("bias", [groups, fanOut]) : nil
            return OperationRun { tape, inputs in
                tape.linear(inputs[0], weight: weight, bias: bias)
            } twin: {
                (0..<groups).flatMap { group in
                    slowLinear(
                        slice(x.doubles, group, of: groups), slice(weight.doubles, group, of: groups),
                        bias: bias.map { slice($0.doubles, group, of: groups) }, fanIn: fanIn, fanOut: fanOut)
                }
            }
        }
    }

    static let crossEntropy: [OperationCase] = [(1, 1, false), (1, 5, false), (9, 27, false), (6, 17, true)].map {
        rows, width, skipping in
        OperationCase(.crossEntropy, "\(rows)×\(width)\(skipping ? " with skipped rows" : "")") { operands in
            let x = operands.input("logits", [rows, width], scale: 2)
            let targets = operands.ids(rows, below: width, skipping: skipping)
            return OperationRun { tape, inputs in
                tape.crossEntropy(inputs[0], targets: targets)
            } twin: {
                let losses = (0..<rows).filter { targets[$0] >= 0 }.map { row -> Double in
                    let logits = slice(x.doubles, row, of: rows)
                    return log(logits.reduce(0) { $0 + exp($1) }) - logits[Int(targets[row])]
                }
                return [losses.reduce(0, +) / Double(rows)]
            }
        }
    }

    static let convolution: [OperationCase] = [
        (1, 1, 5, 4, 1), (2, 2, 7, 3, 1), (4, 9, 17, 4, 2), (3, 9, 16, 1, 3), (2, 2, 5, 4, 2),
    ].map {
        streams, steps, channels, taps, sets in
        OperationCase(.convSiLU, "\(streams) streams × \(steps) × \(channels), \(taps) taps, \(sets) sets") {
            operands in
            let x = operands.input("x", [streams, steps, channels])
            let weight = operands.parameter("weight", [sets, channels, taps])
            let bias = operands.parameter("bias", [sets, channels])
            return OperationRun { tape, inputs in
                tape.convSiLU(inputs[0], weight: weight, bias: bias)
            } twin: {
                (0..<streams).flatMap { stream in
                    slowConvSiLU(
                        slice(x.doubles, stream, of: streams),
                        weight: slice(weight.doubles, stream * sets / streams, of: sets),
                        bias: slice(bias.doubles, stream * sets / streams, of: sets), steps: steps, taps: taps)
                }
            }
        }
    }

    static let softplus: [OperationCase] = [
        (1, 5, 1, Float.infinity, 1.0), (6, 17, 3, .infinity, 3), (4, 7, 2, 2.5, 6),
    ].map {
        rows, width, sets, limit, spread in
        OperationCase(.softplus, "\(rows)×\(width), \(sets) sets, limit \(limit)") { operands in
            let x = operands.input("x", [rows, width], scale: spread)
            let bias = operands.parameter("bias", [sets, width])
            func biasIndex(_ index: Int) -> Int { index * sets / (rows * width) * width + index % width }
            // softplus(2.415) = 2.5: keep the differences away from the kink of the clamp.
            for index in 0..<x.count where abs(x.values[index] + bias.values[biasIndex(index)] - 2.415) < 0.1 {
                x.values[index] += 0.3
            }
            return OperationRun { tape, inputs in
                tape.softplus(inputs[0], bias: bias, limit: limit)
            } twin: {
                (0..<(rows * width)).map { index in
                    min(Double(limit), slowSoftplus(x.doubles[index] + bias.doubles[biasIndex(index)]))
                }
            }
        }
    }

    static let scan: [OperationCase] = [
        (1, 1, 5, 1, 1), (2, 2, 7, 3, 1), (2, 9, 17, 5, 2), (1, 9, 16, 16, 1), (3, 17, 5, 8, 3), (1, 25, 33, 16, 1),
        (1, 8, 7, 64, 1),
    ].map { streams, steps, channels, stateSize, sets in
        OperationCase(.selectiveScan, "\(streams) streams × \(steps) × \(channels), state \(stateSize), \(sets) sets") {
            operands in
            let x = operands.input("x", [streams, steps, channels])
            let delta = operands.input("delta", [streams, steps, channels])
            for index in 0..<delta.count { delta.values[index] = 0.1 + abs(delta.values[index]) }
            // Clamped now and then, never close to the limit.
            for index in stride(from: 0, to: delta.count, by: 7) { delta.values[index] = 3 }
            let b = operands.input("b", [streams, steps, stateSize])
            let c = operands.input("c", [streams, steps, stateSize])
            let aLog = operands.parameter("aLog", [sets, channels, stateSize])
            let skip = operands.parameter("skip", [sets, channels])
            for index in 0..<delta.count where abs(delta.values[index] - 2.5) < 0.1 { delta.values[index] = 2 }
            return OperationRun { tape, inputs in
                tape.selectiveScan(
                    inputs[0], delta: inputs[1], b: inputs[2], c: inputs[3], aLog: aLog, skip: skip, limit: 2.5)
            } twin: {
                (0..<streams).flatMap { stream in
                    slowScan(
                        slice(x.doubles, stream, of: streams), delta: slice(delta.doubles, stream, of: streams),
                        b: slice(b.doubles, stream, of: streams), c: slice(c.doubles, stream, of: streams),
                        aLog: slice(aLog.doubles, stream * sets / streams, of: sets),
                        skip: slice(skip.doubles, stream * sets / streams, of: sets), stateSize: stateSize, limit: 2.5)
                }
            }
        }
    }

    static let siluGate: [OperationCase] = [(1, 1), (2, 5), (3, 17)].map { rows, width in
        OperationCase(.siluGate, "\(rows)×\(width)") { operands in
            let x = operands.input("x", [rows, width])
            let gate = operands.input("gate", [rows, width], scale: 3)
            return OperationRun { tape, inputs in
                tape.siluGate(inputs[0], gate: inputs[1])
            } twin: {
                zip(x.doubles, gate.doubles).map { $0 * slowSiLU($1) }
            }
        }
    }

    static let columns: [OperationCase] = [0..<1, 2..<5, 4..<7, 0..<7].map { range in
        OperationCase(.columns, "\(range) of 7") { operands in
            let x = operands.input("x", [2, 3, 7])
            return OperationRun { tape, inputs in
                tape.columns(inputs[0], range)
            } twin: {
                (0..<6).flatMap { row in range.map { x.doubles[row * 7 + $0] } }
            }
        }
    }

    static let gate: [OperationCase] = [
        (1, 1, 5, 1, false), (3, 9, 7, 3, false), (2, 17, 17, 1, false), (3, 5, 7, 3, true),
    ].map {
        neurons, rows, width, sets, isHard in
        OperationCase(.activationGate, "\(neurons)×\(rows)×\(width), \(sets) sets\(isHard ? ", hard" : "")") {
            operands in
            let x = operands.input("x", [neurons, rows, width])
            let weight = operands.parameter("weight", [sets, width])
            let bias = operands.parameter("bias", [sets])
            var run = OperationRun { tape, inputs in
                tape.activationGate(inputs[0], weight: weight, bias: bias, isHard: isHard)
            } twin: {
                slowGates(
                    x.doubles, weight: weight.doubles, bias: bias.doubles, neurons: neurons, width: width,
                    isHard: isHard)
            }
            run.isDifferentiable = !isHard
            return run
        }
    }

    static let attention: [OperationCase] = [
        (1, 1, 5, 1, true, true), (2, 9, 6, 2, false, false), (3, 17, 6, 3, true, false), (5, 2, 7, 1, true, false),
        (5, 33, 10, 2, true, true),
    ].map { neurons, rows, width, heads, isGated, selfEdges in
        OperationCase(
            .neuronAttention,
            "\(neurons)×\(rows)×\(width), \(heads) heads\(isGated ? ", gated" : "")\(selfEdges ? ", self edges" : "")"
        ) { operands in
            let x = operands.input("qkv", [neurons, rows, 3 * width])
            let gate = isGated ? operands.input("gate", [neurons, rows]) : nil
            let edges = EdgeControls(neurons: neurons, selfEdges: selfEdges)
            return OperationRun { tape, inputs in
                tape.neuronAttention(inputs[0], gate: isGated ? inputs[1] : nil, heads: heads, edges: edges).mix
            } twin: {
                let values = x.doubles
                func column(_ index: Int) -> [Double] {
                    (0..<(neurons * rows * width)).map { values[$0 / width * 3 * width + index * width + $0 % width] }
                }
                return SlowAttention(neurons: neurons, rows: rows, width: width, heads: heads, edges: edges)
                    .mix(q: column(0), k: column(1), v: column(2), gate: gate?.doubles)
            }
        }
    }

    static let residual: [OperationCase] = [Dropout.none, Dropout(probability: 0.4, key: 77)].map { dropout in
        OperationCase(.residual, "dropout \(dropout.probability)") { operands in
            let base = operands.input("base", [3, 9, 7])
            let branch = operands.input("branch", [3, 9, 7])
            return OperationRun { tape, inputs in
                tape.residual(inputs[0], adding: inputs[1], dropout: dropout)
            } twin: {
                zip(base.doubles, slowDropout(branch.doubles, dropout)).map { $0 + $1 }
            }
        }
    }
}

extension SmallOperations {
    static let transposedRows: [OperationCase] = [(1, 5, 7), (3, 4, 5)].map { outer, inner, width in
        OperationCase(.transposedRows, "\(outer)×\(inner)×\(width)") { operands in
            let x = operands.input("x", [1, outer * inner, width])
            return OperationRun { tape, inputs in
                tape.transposedRows(inputs[0], outer, inner)
            } twin: {
                (0..<inner).flatMap { column in
                    (0..<outer).flatMap { row in slice(x.doubles, row * inner + column, of: outer * inner) }
                }
            }
        }
    }
}

/// Part `index` of an array cut into `count` equal parts.
func slice(_ values: [Double], _ index: Int, of count: Int) -> [Double] {
    let size = values.count / count
    return Array(values[(index * size)..<((index + 1) * size)])
}
