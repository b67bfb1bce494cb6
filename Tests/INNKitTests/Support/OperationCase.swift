import Foundation
import Testing

@testable import INNAnalysis
@testable import INNCore
@testable import INNEvaluation
@testable import INNStore

/// One small description of an operation at one shape: it serves the forward twin, the composed twin and the
/// finite-difference test.
struct OperationCase: Sendable, CustomTestStringConvertible {
    let kind: Kind
    let name: String
    /// Makes the operands and says how to run the operation on them.
    let make: @Sendable (Operands) -> OperationRun

    var testDescription: String { "\(kind.name) \(name)" }

    init(_ kind: OperationKind, _ name: String, _ make: @escaping @Sendable (Operands) -> OperationRun) {
        self.kind = .program(kind)
        self.name = name
        self.make = make
    }

    init(_ part: TwinPart, _ name: String, _ make: @escaping @Sendable (Operands) -> OperationRun) {
        kind = .twin(part)
        self.name = name
        self.make = make
    }

    /// An operation of the program, or one that only twins are made of.
    enum Kind: Hashable, Sendable {
        case program(OperationKind)
        case twin(TwinPart)

        var name: String {
            switch self {
            case .program(let kind): kind.name
            case .twin(let part): "\(part)"
            }
        }

        /// Begins the random numbers of its cases.
        var seed: UInt64 {
            switch self {
            case .program(let kind): UInt64(kind.rawValue)
            case .twin(let part): 100 + UInt64(part.rawValue)
            }
        }
    }
}

/// The operations that only the twins of fused operations are made of.
enum TwinPart: Int, CaseIterable, Sendable {
    case softplus, selectiveScan, columns, activationGate, neuronAttention
}

/// How to run a described operation, fast and slow.
struct OperationRun {
    /// Runs the operation on tensors made from the operands' inputs, in their order.
    var forward: (Tape, [Tensor]) -> OperationOutcome
    /// The output in double precision, written as one loop nest per equation.
    var twin: (() -> [Double])?
    /// The same function made of smaller operations.
    var composed: ((Tape, [Tensor]) -> OperationOutcome)?
    /// Whether differences of the forward pass say anything about the gradient (not with a straight-through threshold).
    var isDifferentiable = true

    init(_ forward: @escaping (Tape, [Tensor]) -> Tensor, twin: (() -> [Double])? = nil) {
        self.forward = { OperationOutcome(output: forward($0, $1)) }
        self.twin = twin
    }
}

struct OperationOutcome {
    var output: Tensor
    var penalty: Float = 0
}

/// The values that an operation works on: seeded random inputs, parameters and ids.
final class Operands {
    let inputs = ParameterStore(), parameters = ParameterStore()
    var random: RandomSource
    private var identifiers: [UnsafeMutableBufferPointer<Int32>] = []
    private var buffers: [UnsafeMutablePointer<Float>] = []

    init(seed: UInt64) { random = RandomSource(seed: seed) }

    deinit {
        identifiers.forEach { $0.deallocate() }
        buffers.forEach { $0.deallocate() }
    }

    @discardableResult
    func input(_ name: String, _ shape: Shape, scale: Double = 1, offset: Double = 0) -> Parameter {
        inputs.addRandom(name, shape, scale: scale, offset: offset, &random)
    }

    func parameter(_ name: String, _ shape: Shape, scale: Double = 0.5, offset: Double = 0) -> Parameter {
        parameters.addRandom(name, shape, scale: scale, offset: offset, &random)
    }

    /// Random ids below a bound; with `skipping`, every fourth one is −1.
    func ids(_ count: Int, below bound: Int, skipping: Bool = false) -> UnsafeBufferPointer<Int32> {
        let buffer = UnsafeMutableBufferPointer<Int32>.allocate(capacity: count)
        for index in 0..<count {
            buffer[index] = skipping && index % 4 == 1 ? -1 : Int32(random.next() % UInt64(bound))
        }
        identifiers.append(buffer)
        return UnsafeBufferPointer(buffer)
    }

    /// A buffer of random values that lives as long as the operands.
    func buffer(_ count: Int, scale: Double = 0.5) -> UnsafeMutablePointer<Float> {
        let buffer = Workspace.allocate(count)
        for index in 0..<count { buffer[index] = Float(scale * random.normal()) }
        buffers.append(buffer)
        return buffer
    }

    /// Everything that a gradient exists for.
    var differentiable: [Parameter] { inputs.parameters + parameters.parameters }

    func tensors(on tape: Tape) -> [Tensor] { inputs.parameters.map { tape.makeTensor($0.shape, $0.array) } }
}

/// An operation with operands, ready to be evaluated: its loss is Σ output·cotangent + penalty.
final class OperationBench {
    let operands: Operands
    let run: OperationRun
    private let tape = Tape(team: ThreadTeam(threadCount: 1))

    init(_ operation: OperationCase) {
        operands = Operands(
            seed: operation.name.utf8.reduce(operation.kind.seed) { $0 &* 31 &+ UInt64($1) })
        run = operation.make(operands)
    }

    func output() -> [Float] {
        defer { tape.reset() }
        return run.forward(tape, operands.tensors(on: tape)).output.array()
    }

    func loss() -> Double {
        defer { tape.reset() }
        tape.isRecording = false
        let outcome = run.forward(tape, operands.tensors(on: tape))
        let cotangent = cotangent(outcome.output.count)
        return Double(outcome.penalty)
            + (0..<cotangent.count).reduce(0.0) { $0 + Double(outcome.output.data[$1]) * Double(cotangent[$1]) }
    }

    struct Evaluation {
        var output: [Float], penalty: Float
        /// By name, inputs first.
        var gradients: [(name: String, values: [Float])]
    }

    /// Output and all gradients of the loss, of the operation or of its composed twin.
    func evaluate(_ forward: (Tape, [Tensor]) -> OperationOutcome) -> Evaluation {
        defer { tape.reset() }
        tape.isRecording = true
        operands.parameters.clearGradients()
        let tensors = operands.tensors(on: tape)
        let outcome = forward(tape, tensors)
        let values = outcome.output.array()
        tape.backward(from: outcome.output, seed: cotangent(outcome.output.count))
        let inputs = zip(operands.inputs.parameters, tensors).map { ($0.name, gradient(tape, $1)) }
        return Evaluation(
            output: values, penalty: outcome.penalty,
            gradients: inputs + operands.parameters.parameters.map { ($0.name, $0.gradientArray) })
    }

    func cotangent(_ count: Int) -> [Float] {
        var random = RandomSource(seed: 0xC07A)
        return (0..<count).map { _ in Float(random.normal()) }
    }
}

/// Compares gradients with differences of `loss`: a sample of single values of every tensor, and one random direction
/// through all of a tensor.
///
/// - Parameter apart: half the distance of the inner two of four points.
func expectFiniteDifferences(
    _ variables: [Parameter], _ gradients: [(name: String, values: [Float])], apart: Double = 1e-2, samples: Int = 12,
    relative: Double = 2e-3,
    loss: () -> Double, sourceLocation: SourceLocation = #_sourceLocation
) {
    var random = RandomSource(seed: 0xD1FF)
    for (variable, gradient) in zip(variables, gradients) {
        let original = variable.array
        let values = gradient.values
        /// The slope along a direction by the four-point formula, whose error is of fourth order.
        func slope(_ direction: (Int) -> Double) -> Double {
            func at(_ position: Double) -> Double {
                for index in original.indices {
                    variable.values[index] = original[index] + Float(position * direction(index))
                }
                return loss()
            }
            defer { for index in original.indices { variable.values[index] = original[index] } }
            return (8 * (at(apart) - at(-apart)) - (at(2 * apart) - at(-2 * apart))) / (12 * apart)
        }
        let size = values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
        let typical = size / Double(max(1, values.count)).squareRoot()
        let picked =
            values.count <= samples
            ? Array(values.indices) : (0..<samples).map { _ in Int(random.next() % UInt64(values.count)) }
        for index in picked {
            let expected = slope { $0 == index ? 1 : 0 }
            let tolerance = 4e-4 + relative * (abs(expected) + typical)
            #expect(
                abs(Double(values[index]) - expected) <= tolerance,
                "d/d \(gradient.name)[\(index)] is \(values[index]), differences say \(expected)",
                sourceLocation: sourceLocation)
        }
        var direction = values.map { _ in random.normal() }
        let length = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
        for index in direction.indices { direction[index] /= max(length, 1e-30) }
        let expected = slope { direction[$0] }
        let actual = zip(values, direction).reduce(0.0) { $0 + Double($1.0) * $1.1 }
        #expect(
            abs(actual - expected) <= 4e-4 + relative * (abs(expected) + typical),
            "slope of \(gradient.name) is \(actual), differences say \(expected)", sourceLocation: sourceLocation)
    }
}

/// |a − b| ≤ relative·(|b| + typical size of b), element by element.
func expectTwins(
    _ actual: [Float], _ expected: [Double], relative: Double = 1e-4, _ what: String,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    expectClose(
        actual, expected.map { Float($0) }, absolute: twinTolerance(expected, relative), relative: relative, what,
        sourceLocation: sourceLocation)
}
