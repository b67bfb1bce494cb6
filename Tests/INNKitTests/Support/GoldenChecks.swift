import Foundation
import Testing

@testable import INNAnalysis
@testable import INNCore
@testable import INNStore

func logFloat(_ value: Float) -> Float { Float(log(Double(value))) }

func gradient(_ tape: Tape, _ tensor: Tensor) -> [Float] {
    Array(UnsafeBufferPointer(start: tape.gradient(of: tensor), count: tensor.count))
}

/// Softmax over the rows of a tensor, in double precision.
func softmax(_ logits: Tensor, temperature: Double) -> [Float] {
    let width = logits.shape.last
    let values = logits.array()
    return stride(from: 0, to: values.count, by: width).flatMap { start -> [Float] in
        let row = values[start..<(start + width)].map { Double($0) / temperature }
        let largest = row.max()!
        let powers = row.map { exp($0 - largest) }
        let sum = powers.reduce(0, +)
        return powers.map { Float($0 / sum) }
    }
}

/// Checks y, the loss sum(y·cotangent), the input's gradient and the gradients of all parameters of a reference file.
///
/// - Parameters:
///   - order: how the file's axes are turned to make ours, for x and y; nil when they agree.
///   - keyBias: a bias whose middle third (of the given width) has an exact gradient of zero.
func check(
    _ golden: GoldenFile, output: Tensor, tape: Tape, input: Tensor, parameters: [String: Parameter],
    order: [Int]? = nil,
    keyBias: (name: String, width: Int)? = nil
) throws {
    let shape = try golden.shape("y")
    let cotangent = try golden.floats("cotangent")
    func ours(_ values: [Float]) -> [Float] { order.map { permuted(values, shape: shape, order: $0) } ?? values }
    expectOutputs(output.array(), ours(try golden.floats("y")), "y")
    let seed = ours(cotangent)
    let loss = zip(output.array(), seed).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    expectOutputs([Float(loss)], try golden.floats("loss"), "loss")
    tape.backward(from: output, seed: seed)
    let inputShape = try golden.shape("x")
    let inputGradient = try golden.floats("x.grad")
    expectGradients(
        gradient(tape, input), order.map { permuted(inputGradient, shape: inputShape, order: $0) } ?? inputGradient,
        "x.grad")
    for (name, parameter) in parameters {
        try checkGradient(
            parameter.gradientArray, golden, name, keyBiasWidth: keyBias?.name == name ? keyBias?.width : nil)
    }
}

/// Checks one parameter's gradient; a key bias is split because its exact gradient is zero.
func checkGradient(
    _ actual: [Float], _ golden: GoldenFile, _ name: String, keyBiasWidth: Int? = nil, checksNorm: Bool = true
) throws {
    let expected = try golden.floats("\(name).grad")
    guard let width = keyBiasWidth else {
        if expected.allSatisfy({ $0 == 0 }) {
            #expect(actual.allSatisfy { $0 == 0 }, "\(name).grad must be exactly zero")
        }
        expectGradients(actual, expected, "\(name).grad", checksNorm: checksNorm)
        return
    }
    expectGradients(Array(actual[..<width]), Array(expected[..<width]), "\(name).grad of q", checksNorm: checksNorm)
    expectGradients(Array(actual[(2 * width)...]), Array(expected[(2 * width)...]), "\(name).grad of v")
    // What is stored there is rounding noise, and so is ours; on larger gradients both are larger.
    let noise = max(1e-5, 4 * (expected[width..<(2 * width)].map(abs).max() ?? 0))
    #expect(actual[width..<(2 * width)].allSatisfy { abs($0) <= noise }, "\(name).grad of k must vanish up to \(noise)")
}

/// The memory parameters of a reference file, under the given name prefix.
func goldenMemory(
    _ golden: GoldenFile, prefix: String, store: ParameterStore, _ g: MemoryGeometry
) throws -> MemoryParameters {
    func add(_ name: String, _ shape: Shape) throws -> Parameter {
        try store.add(prefix + name, shape, values: golden.floats(prefix + name))
    }
    let convSets = try golden.shape(prefix + "conv1d.bias")[0] / g.dInner
    return MemoryParameters(
        inProjection: try add("in_proj.weight", [1, 2 * g.dInner, g.dModel]),
        convWeight: try add("conv1d.weight", [convSets, g.dInner, g.convKernel]),
        convBias: try add("conv1d.bias", [convSets, g.dInner]),
        xProjection: try add("x_proj.weight", [1, g.projected, g.dInner]),
        deltaProjection: try add("dt_proj.weight", [1, g.dInner, g.dtRank]),
        deltaBias: try add("dt_proj.bias", [1, g.dInner]), aLog: try add("A_log", [1, g.dInner, g.stateSize]),
        skip: try add("D", [1, g.dInner]), outProjection: try add("out_proj.weight", [1, g.dModel, g.dInner]))
}

func goldenMemoryNames(_ p: MemoryParameters) -> [String: Parameter] {
    let all = [
        p.inProjection, p.convWeight, p.convBias, p.xProjection, p.deltaProjection, p.deltaBias, p.aLog, p.skip,
        p.outProjection,
    ]
    return Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })
}
