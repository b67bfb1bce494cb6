import CKernels
import Foundation

/// Records coarse operations as they run and walks them in reverse for gradients.
///
/// Eager: an operation computes its output at once and appends (operation, inputs, saved buffers) to a flat list.
/// All buffers come from one ``Workspace`` and go back to it at ``reset()``. Used by one thread at a time.
public final class Tape {
    public let workspace: Workspace
    public let team: ThreadTeam
    /// Whether operations are kept for ``backward(from:)``. Off for evaluation and generation.
    public var isRecording = true
    /// Nanoseconds and calls per kind of operation since ``OperationTimings/clear()``.
    public var timings = OperationTimings()

    /// Collects what every edge contributes to the loss during ``backward(from:seed:)``; nil nearly always.
    package var edgeAttribution: EdgeAttribution?

    private var operations: [Operation] = []
    private var owned: [Workspace.Buffer] = []
    private var gradients: [Workspace.Buffer?] = []

    public init(workspace: Workspace = Workspace(), team: ThreadTeam = ThreadTeam()) {
        self.workspace = workspace
        self.team = team
    }

    deinit { reset() }

    // MARK: Values

    /// A new tensor on this tape with undefined values, valid until ``reset()``.
    public func makeTensor(_ shape: Shape) -> Tensor {
        let buffer = keep(shape.count)
        gradients.append(nil)
        return Tensor(id: gradients.count - 1, shape: shape, data: buffer.pointer)
    }

    /// A tensor with a copy of the given values.
    public func makeTensor(_ shape: Shape, _ values: [Float]) -> Tensor {
        precondition(values.count == shape.count, "\(values.count) values for shape \(shape)")
        let tensor = makeTensor(shape)
        values.withUnsafeBufferPointer { source in
            if let base = source.baseAddress { tensor.data.update(from: base, count: values.count) }
        }
        return tensor
    }

    /// A buffer that lives until ``reset()``.
    package func keep(_ count: Int) -> Workspace.Buffer {
        let buffer = workspace.take(count)
        owned.append(buffer)
        return buffer
    }

    /// A buffer of zeros that lives until ``reset()``.
    func keepZeros(_ count: Int) -> Workspace.Buffer {
        let buffer = keep(count)
        buffer.pointer.update(repeating: 0, count: count)
        return buffer
    }

    /// Forgets everything recorded and gives all buffers back.
    public func reset() {
        for buffer in owned { workspace.give(buffer) }
        for case let buffer? in gradients { workspace.give(buffer) }
        owned.removeAll(keepingCapacity: true)
        gradients.removeAll(keepingCapacity: true)
        operations.removeAll(keepingCapacity: true)
    }

    // MARK: Gradients

    func record(_ operation: Operation) {
        if isRecording { operations.append(operation) }
    }

    /// Runs a forward computation and books its time under a kind.
    func timed<Result>(_ kind: OperationKind, _ body: () -> Result) -> Result {
        let start = DispatchTime.now().uptimeNanoseconds
        defer { timings.add(kind, forward: DispatchTime.now().uptimeNanoseconds - start) }
        return body()
    }

    /// Back-propagates from a scalar loss or, with `seed`, from any tensor with the given upstream gradient.
    /// Parameter gradients are added to the parameters' stores.
    public func backward(from output: Tensor, seed: [Float]? = nil) {
        let gradient = gradient(of: output)
        for index in 0..<output.count { gradient[index] += seed?[index] ?? 1 }
        for operation in operations.reversed() {
            let start = DispatchTime.now().uptimeNanoseconds
            operation.backward(on: self)
            guard let kind = operation.kind else { continue }
            timings.add(kind, backward: DispatchTime.now().uptimeNanoseconds - start)
        }
    }

    /// The gradient buffer of a tensor, zero before anything was added.
    public func gradient(of tensor: Tensor) -> UnsafeMutablePointer<Float> {
        if let buffer = gradients[tensor.id] { return buffer.pointer }
        let buffer = workspace.takeZeros(tensor.count)
        gradients[tensor.id] = buffer
        return buffer.pointer
    }

    /// The gradient of an operation's output, or nil when nothing downstream used it.
    func outputGradient(of tensor: Tensor) -> UnsafeMutablePointer<Float>? { gradients[tensor.id]?.pointer }

    /// Moves the gradient of a residual operation's output to its input: for h' = h + f(h), dh starts as dh'.
    /// Costs nothing when nobody else has used `input` yet.
    func passGradient(from output: Tensor, to input: Tensor) -> UnsafeMutablePointer<Float> {
        guard let buffer = gradients[output.id] else { return gradient(of: input) }
        gradients[output.id] = nil
        if let existing = gradients[input.id] {
            for index in 0..<input.count { existing.pointer[index] += buffer.pointer[index] }
            workspace.give(buffer)
            return existing.pointer
        }
        gradients[input.id] = buffer
        return buffer.pointer
    }

    /// The gradients that an operation h' = h + f(h), or h' = f(h), reads from and adds to: dh', and dh with the
    /// residual's share already in it. They are one buffer unless somebody else has used `input`, whose gradient f must
    /// not see.
    func branchGradients(
        from output: Tensor, to input: Tensor, isResidual: Bool
    ) -> (upstream: UnsafeMutablePointer<Float>, input: UnsafeMutablePointer<Float>) {
        if isResidual, gradients[input.id] == nil {
            let shared = passGradient(from: output, to: input)
            return (shared, shared)
        }
        let upstream = gradient(of: output)
        let target = gradient(of: input)
        if isResidual { inn_add(input.count, target, upstream) }
        return (upstream, target)
    }

    /// Gives the gradient of a finished output back, so that peak memory stays low during the backward walk.
    func releaseGradient(of tensor: Tensor) {
        if let buffer = gradients[tensor.id] { workspace.give(buffer) }
        gradients[tensor.id] = nil
    }
}
