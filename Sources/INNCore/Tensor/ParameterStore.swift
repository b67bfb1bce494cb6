/// One trained tensor: a handle into its ``ParameterStore``.
public struct Parameter: @unchecked Sendable {
    /// Field-standard name, for example `rounds.0.memory.inProjection`.
    public let name: String
    public let shape: Shape
    /// Whether AdamW's weight decay applies (not to biases, norms, `aLog` and `skip`).
    public let decays: Bool
    public let values: UnsafeMutablePointer<Float>
    /// Accumulated gradient, same shape; cleared by ``ParameterStore/clearGradients()``.
    public let gradient: UnsafeMutablePointer<Float>

    public var count: Int { shape.count }
    public var array: [Float] { Array(UnsafeBufferPointer(start: values, count: count)) }
    public var gradientArray: [Float] { Array(UnsafeBufferPointer(start: gradient, count: count)) }
}

/// Owns the trained tensors of a model and their gradients, in a fixed order.
public final class ParameterStore: @unchecked Sendable {
    public private(set) var parameters: [Parameter] = []
    private var indices: [String: Int] = [:]
    /// Changes whenever values change, so that derived quantities can be cached.
    public private(set) var version = 0

    public init() {}

    deinit {
        for parameter in parameters {
            parameter.values.deallocate()
            parameter.gradient.deallocate()
        }
    }

    /// Adds a parameter filled with zeros.
    @discardableResult
    public func add(_ name: String, _ shape: Shape, decays: Bool = true) -> Parameter {
        precondition(indices[name] == nil, "parameter \(name) exists already")
        let values = Workspace.allocate(shape.count)
        let gradient = Workspace.allocate(shape.count)
        values.update(repeating: 0, count: shape.count)
        gradient.update(repeating: 0, count: shape.count)
        let parameter = Parameter(name: name, shape: shape, decays: decays, values: values, gradient: gradient)
        indices[name] = parameters.count
        parameters.append(parameter)
        return parameter
    }

    public subscript(name: String) -> Parameter? { indices[name].map { parameters[$0] } }

    /// Number of trained values.
    public var count: Int { parameters.reduce(0) { $0 + $1.count } }

    public func clearGradients() {
        for parameter in parameters { parameter.gradient.update(repeating: 0, count: parameter.count) }
    }

    /// Says that values were changed from outside, for example by an optimizer or by loading a checkpoint.
    public func markChanged() { version += 1 }

    /// Replaces the values of one parameter.
    ///
    /// - Throws: ``INNError`` when the name is unknown or the number of values is wrong.
    public func load(_ name: String, _ values: [Float]) throws {
        guard let parameter = self[name] else {
            throw INNError(
                .data, "The model has no parameter named “\(name)”; the file belongs to another kind of model.")
        }
        guard values.count == parameter.count else {
            throw INNError(
                .data,
                """
                Parameter “\(name)” has \(values.count) values in the file, but the model needs \(parameter.count) \
                (shape \(parameter.shape)).
                """
            )
        }
        values.withUnsafeBufferPointer { parameter.values.update(from: $0.baseAddress!, count: values.count) }
        markChanged()
    }
}
