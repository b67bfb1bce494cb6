import Foundation
import Testing

@testable import INNAnalysis
@testable import INNCore
@testable import INNStore

/// One reference file: tensors, configuration and what each tensor is.
struct GoldenFile: CustomTestStringConvertible, Sendable {
    let file: SafetensorsFile
    let name: String
    let testCase: String
    private let configuration: [String: GoldenValue]

    var testDescription: String { name }

    init(_ url: URL) throws {
        file = try SafetensorsFile(url)
        name = url.lastPathComponent
        testCase = try #require(file.metadata["case"])
        configuration = try JSONDecoder().decode(
            [String: GoldenValue].self, from: Data((file.metadata["config"] ?? "{}").utf8))
    }

    func int(_ key: String) throws -> Int {
        guard case .number(let value)? = configuration[key] else {
            throw GoldenProblem(text: "\(name): no number \(key) in the configuration")
        }
        return Int(value)
    }

    func double(_ key: String) throws -> Double {
        guard case .number(let value)? = configuration[key] else {
            throw GoldenProblem(text: "\(name): no number \(key) in the configuration")
        }
        return value
    }

    /// The rank of delta's projection: what the configuration says, or else the shape of `tensor`.
    func rank(_ tensor: String) throws -> Int { try (try? int("dt_rank")) ?? shape(tensor)[1] }

    func flag(_ key: String) -> Bool { configuration[key] == .flag(true) }
    func string(_ key: String) -> String? {
        if case .text(let value)? = configuration[key] { value } else { nil }
    }

    func floats(_ tensor: String) throws -> [Float] { try file.tensor(named: tensor).floats() }
    func ints(_ tensor: String) throws -> [Int32] { try file.tensor(named: tensor).ints() }
    func shape(_ tensor: String) throws -> [Int] { try file.tensor(named: tensor).shape }
    func has(_ tensor: String) -> Bool { file.contains(tensor) }

    /// Names of all tensors that have a `NAME.grad`.
    var differentiated: [String] { file.names.filter { has("\($0).grad") } }
}

struct GoldenProblem: Error { let text: String }

enum GoldenValue: Decodable, Equatable {
    case number(Double)
    case flag(Bool)
    case text(String)
    case list([Double])
    case other

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let value = try? container.decode(Bool.self) {
            self = .flag(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let value = try? container.decode([Double].self) {
            self = .list(value)
        } else {
            self = .other
        }
    }
}

/// The folder of reference vectors: `INN_GOLDEN_DIR`, or the copy that belongs to the tests.
enum GoldenVectors {
    static let files: [GoldenFile] = {
        let folder =
            ProcessInfo.processInfo.environment["INN_GOLDEN_DIR"].map { URL(fileURLWithPath: $0) }
            ?? Bundle.module.url(forResource: "GoldenVectors", withExtension: nil)!
        let urls = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
        return urls.filter { $0.pathExtension == "safetensors" }.sorted { $0.path < $1.path }.map { url in
            // A file that cannot be read must fail the run, not shrink it.
            do { return try GoldenFile(url) } catch { fatalError("\(url.path): \(error)") }
        }
    }()

    static func files(_ testCase: String) -> [GoldenFile] { files.filter { $0.testCase == testCase } }
}

// MARK: Tolerances of the reference vectors' README

/// Outputs and losses: |a − b| ≤ 1e-5 + 1e-4·|b|.
func expectOutputs(
    _ actual: [Float], _ expected: [Float], _ what: String, sourceLocation: SourceLocation = #_sourceLocation
) {
    expectClose(actual, expected, absolute: 1e-5, relative: 1e-4, what, sourceLocation: sourceLocation)
}

/// Gradients: element by element |a − b| ≤ 1e-4 + 1e-3·|b| and, per tensor, ‖a − b‖ ≤ 1e-3·‖b‖.
func expectGradients(
    _ actual: [Float], _ expected: [Float], _ what: String, checksNorm: Bool = true,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    expectClose(actual, expected, absolute: 1e-4, relative: 1e-3, what, sourceLocation: sourceLocation)
    guard checksNorm, actual.count == expected.count else { return }
    let difference = zip(actual, expected).reduce(0.0) { $0 + pow(Double($1.0) - Double($1.1), 2) }.squareRoot()
    let size = expected.reduce(0.0) { $0 + pow(Double($1), 2) }.squareRoot()
    #expect(
        difference <= 1e-3 * size, "\(what): ‖a − b‖ = \(difference) for ‖b‖ = \(size)", sourceLocation: sourceLocation)
}

func expectClose(
    _ actual: [Float], _ expected: [Float], absolute: Double, relative: Double, _ what: String,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    guard actual.count == expected.count else {
        Issue.record("\(what): \(actual.count) values instead of \(expected.count)", sourceLocation: sourceLocation)
        return
    }
    if let worst = worstExcess(actual, expected, absolute: absolute, relative: relative) {
        Issue.record(
            """
            \(what): [\(worst.index)] is \(actual[worst.index]), expected \(expected[worst.index]), \
            \(worst.excess) times the tolerance
            """,
            sourceLocation: sourceLocation)
    }
}

/// Reorders axes: result axis k is the input's axis `order[k]`.
func permuted(_ values: [Float], shape: [Int], order: [Int]) -> [Float] {
    var strides = [Int](repeating: 1, count: shape.count)
    for axis in stride(from: shape.count - 2, through: 0, by: -1) {
        strides[axis] = strides[axis + 1] * shape[axis + 1]
    }
    let newShape = order.map { shape[$0] }
    let newStrides = order.map { strides[$0] }
    return (0..<values.count).map { flat in
        var rest = flat
        var source = 0
        for axis in stride(from: newShape.count - 1, through: 0, by: -1) {
            source += rest % newShape[axis] * newStrides[axis]
            rest /= newShape[axis]
        }
        return values[source]
    }
}
