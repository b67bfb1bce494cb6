/// The kinds of differentiable operations: the one place where all are listed.
public enum OperationKind: Int, CaseIterable, Codable, Sendable {
    case embedding, memoryBlock, routingStep, neuronMean, layerNorm, linear, crossEntropy
    case convSiLU, siluGate, residual, transposedRows
    case lstmLayer, causalAttention, activation, positions, dropout

    public var name: String { String(describing: self) }
}

/// Time spent per kind of operation.
public struct OperationTimings: Sendable {
    /// Nanoseconds in forward passes, by `OperationKind.rawValue`.
    public private(set) var forward = [UInt64](repeating: 0, count: OperationKind.allCases.count)
    /// Nanoseconds in backward passes.
    public private(set) var backward = [UInt64](repeating: 0, count: OperationKind.allCases.count)

    public init() {}

    package mutating func add(_ kind: OperationKind, forward nanoseconds: UInt64) {
        forward[kind.rawValue] += nanoseconds
    }
    package mutating func add(_ kind: OperationKind, backward nanoseconds: UInt64) {
        backward[kind.rawValue] += nanoseconds
    }

    public mutating func clear() { self = OperationTimings() }
}

/// An operation that only tests use, to compose the slow twins of the fused ones.
protocol ForeignOperation {
    /// Adds to the gradients of what it was made from, and gives its output's back.
    func backward(on tape: Tape)
}

/// One recorded operation: what it was, its inputs and what it saved. An enum, so that recording allocates nothing.
enum Operation {
    case embedding(EmbeddingOperation)
    case memoryBlock(MemoryBlockOperation)
    case routingStep(RoutingStepOperation)
    case neuronMean(NeuronMeanOperation)
    case layerNorm(LayerNormOperation)
    case linear(LinearOperation)
    case crossEntropy(CrossEntropyOperation)
    case convSiLU(ConvSiLUOperation)
    case siluGate(SiLUGateOperation)
    case residual(ResidualOperation)
    case transposedRows(TransposedRowsOperation)
    case lstmLayer(LSTMLayerOperation)
    case causalAttention(CausalAttentionOperation)
    case activation(ActivationOperation)
    case positions(PositionsOperation)
    case dropout(DropoutOperation)
    case foreign(any ForeignOperation)

    /// Nil for an operation of the tests, which is not timed.
    var kind: OperationKind? {
        switch self {
        case .embedding: .embedding
        case .memoryBlock: .memoryBlock
        case .routingStep: .routingStep
        case .neuronMean: .neuronMean
        case .layerNorm: .layerNorm
        case .linear: .linear
        case .crossEntropy: .crossEntropy
        case .convSiLU: .convSiLU
        case .siluGate: .siluGate
        case .residual: .residual
        case .transposedRows: .transposedRows
        case .lstmLayer: .lstmLayer
        case .causalAttention: .causalAttention
        case .activation: .activation
        case .positions: .positions
        case .dropout: .dropout
        case .foreign: nil
        }
    }

    func backward(on tape: Tape) {
        switch self {
        case .embedding(let operation): operation.backward(on: tape)
        case .memoryBlock(let operation): operation.backward(on: tape)
        case .routingStep(let operation): operation.backward(on: tape)
        case .neuronMean(let operation): operation.backward(on: tape)
        case .layerNorm(let operation): operation.backward(on: tape)
        case .linear(let operation): operation.backward(on: tape)
        case .crossEntropy(let operation): operation.backward(on: tape)
        case .convSiLU(let operation): operation.backward(on: tape)
        case .siluGate(let operation): operation.backward(on: tape)
        case .residual(let operation): operation.backward(on: tape)
        case .transposedRows(let operation): operation.backward(on: tape)
        case .lstmLayer(let operation): operation.backward(on: tape)
        case .causalAttention(let operation): operation.backward(on: tape)
        case .activation(let operation): operation.backward(on: tape)
        case .positions(let operation): operation.backward(on: tape)
        case .dropout(let operation): operation.backward(on: tape)
        case .foreign(let operation): operation.backward(on: tape)
        }
    }
}
