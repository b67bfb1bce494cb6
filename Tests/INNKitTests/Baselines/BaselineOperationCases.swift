import Foundation

@testable import INNAnalysis
@testable import INNCore

/// Descriptions of the operations that only the baselines use.
enum BaselineOperations {
    static let cases: [OperationCase] = lstm + attention + activation + positions + dropout

    static let lstm: [OperationCase] = [(1, 1, 3, 5), (2, 4, 5, 7), (5, 3, 7, 17), (3, 9, 4, 11)].map {
        batchSize, steps, fanIn, hidden in
        OperationCase(.lstmLayer, "\(batchSize)×\(steps)×\(fanIn) → \(hidden)") { operands in
            let x = operands.input("x", [1, batchSize * steps, fanIn])
            let parameters = LSTMParameters(
                inputWeight: operands.parameter("inputWeight", [4 * hidden, fanIn]),
                recurrentWeight: operands.parameter("recurrentWeight", [4 * hidden, hidden]),
                inputBias: operands.parameter("inputBias", [4 * hidden]),
                recurrentBias: operands.parameter("recurrentBias", [4 * hidden]))
            let start = operands.buffer(2 * batchSize * hidden)
            return OperationRun { tape, inputs in
                // The call replaces the state, and every call must start alike.
                let state = tape.keep(2 * batchSize * hidden).pointer
                state.update(from: start, count: 2 * batchSize * hidden)
                return tape.lstmLayer(inputs[0], parameters, batchSize: batchSize, steps: steps, state: state)
            } twin: {
                (0..<batchSize).flatMap { stream in
                    slowLSTM(
                        slice(x.doubles, stream, of: batchSize), parameters,
                        hidden: (0..<hidden).map { Double(start[stream * hidden + $0]) },
                        cell: (0..<hidden).map { Double(start[(batchSize + stream) * hidden + $0]) })
                }
            }
        }
    }

    static let attention: [OperationCase] = [(1, 1, 1, 4, 0), (2, 5, 3, 15, 0), (2, 9, 2, 14, 0.4), (1, 70, 1, 3, 0)]
        .map { batchSize, steps, heads, width, probability in
            OperationCase(.causalAttention, "\(batchSize)×\(steps)×\(width), \(heads) heads, dropout \(probability)") {
                operands in
                let x = operands.input("x", [1, batchSize * steps, 3 * width])
                let dropout = Dropout(probability: Float(probability), key: 5)
                return OperationRun { tape, inputs in
                    tape.causalAttention(inputs[0], batchSize: batchSize, steps: steps, heads: heads, dropout: dropout)
                } twin: {
                    slowCausalAttention(
                        x.doubles, batchSize: batchSize, steps: steps, heads: heads, width: width, dropout: dropout)
                }
            }
        }

    static let activation: [OperationCase] = ActivationKind.allCases.map { function in
        OperationCase(.activation, function.rawValue) { operands in
            // Away from 0, where relu has no slope to compare.
            let x = operands.input("x", [3, 37])
            for index in 0..<x.count where abs(x.values[index]) < 0.1 { x.values[index] = 0.3 }
            return OperationRun { tape, inputs in
                tape.activation(inputs[0], function)
            } twin: {
                x.doubles.map { function == .relu ? max(0, $0) : $0 / 2 * (1 + erf($0 / 2.0.squareRoot())) }
            }
        }
    }

    static let positions: [OperationCase] = [(1, 3, 0), (3, 4, 2)].map { batchSize, steps, first in
        OperationCase(.positions, "\(batchSize)×\(steps) from \(first)") { operands in
            let x = operands.input("x", [1, batchSize * steps, 5])
            let table = operands.parameter("table", [7, 5])
            return OperationRun { tape, inputs in
                tape.addPositions(inputs[0], table: table, batchSize: batchSize, steps: steps, first: first)
            } twin: {
                x.doubles.enumerated().map { $1 + table.doubles[(first + $0 / 5 % steps) * 5 + $0 % 5] }
            }
        }
    }

    static let dropout: [OperationCase] = [
        OperationCase(.dropout, "0.4") { operands in
            let x = operands.input("x", [3, 17])
            let dropout = Dropout(probability: 0.4, key: 77)
            return OperationRun { tape, inputs in
                tape.dropout(inputs[0], dropout)
            } twin: {
                slowDropout(x.doubles, dropout)
            }
        }
    ]
}

/// One stream through an LSTM layer, step by step and unit by unit.
private func slowLSTM(_ x: [Double], _ p: LSTMParameters, hidden: [Double], cell: [Double]) -> [Double] {
    let width = hidden.count
    let fanIn = p.inputWeight.shape[1]
    var (hidden, cell, output) = (hidden, cell, [Double]())
    for step in 0..<(x.count / fanIn) {
        func gate(_ kind: Int, _ unit: Int) -> Double {
            let row = kind * width + unit
            return p.inputBias.doubles[row] + p.recurrentBias.doubles[row]
                + (0..<fanIn).reduce(0) { $0 + p.inputWeight.doubles[row * fanIn + $1] * x[step * fanIn + $1] }
                + (0..<width).reduce(0) { $0 + p.recurrentWeight.doubles[row * width + $1] * hidden[$1] }
        }
        let cells = (0..<width).map {
            slowSigmoid(gate(1, $0)) * cell[$0] + slowSigmoid(gate(0, $0)) * tanh(gate(2, $0))
        }
        let states = (0..<width).map { slowSigmoid(gate(3, $0)) * tanh(cells[$0]) }
        (hidden, cell) = (states, cells)
        output += states
    }
    return output
}

/// softmax(q·kᵀ/√headDim)·v, row by row.
private func slowCausalAttention(
    _ x: [Double], batchSize: Int, steps: Int, heads: Int, width: Int, dropout: Dropout
) -> [Double] {
    let headDim = width / heads
    var output = [Double](repeating: 0, count: batchSize * steps * width)
    for stream in 0..<batchSize {
        for head in 0..<heads {
            func value(_ part: Int, _ step: Int, _ index: Int) -> Double {
                x[((stream * steps + step) * 3 + part) * width + head * headDim + index]
            }
            for step in 0..<steps {
                let scores = (0...step).map { other in
                    (0..<headDim).reduce(0) { $0 + value(0, step, $1) * value(1, other, $1) }
                        / Double(headDim).squareRoot()
                }
                let powers = scores.map { exp($0 - scores.max()!) }
                let sum = powers.reduce(0, +)
                for (other, power) in powers.enumerated() {
                    let place = UInt64(((stream * heads + head) * steps + step) * steps + other)
                    let weight = slowDropout([power / sum], dropout, first: place)[0]
                    for index in 0..<headDim {
                        output[(stream * steps + step) * width + head * headDim + index] +=
                            weight * value(2, other, index)
                    }
                }
            }
        }
    }
    return output
}
