import CKernels
import INNCore

/// Sums in a balanced binary tree. Any aligned power of two of its leaves is a subtree, so the bits of the result do
/// not depend on who sums which of them.
///
/// - Parameter values: as many as a power of two.
func pairwiseSum<Value>(_ values: [Value], _ add: (Value, Value) -> Value) -> Value {
    precondition(values.count.nonzeroBitCount == 1, "a tree of \(values.count) leaves")
    var sums = values
    while sums.count > 1 { sums = (0..<sums.count / 2).map { add(sums[2 * $0], sums[2 * $0 + 1]) } }
    return sums[0]
}

/// The same for the gradients of shards that are computed one after the other: keeps the sums that wait for their
/// neighbour, one for every level of the tree.
final class GradientSum {
    private let store: ParameterStore
    private let team: ThreadTeam
    /// By level, one buffer per weight.
    private var waiting: [[Workspace.Buffer]] = []
    private let workspace: Workspace

    init(_ store: ParameterStore, workspace: Workspace, team: ThreadTeam) {
        (self.store, self.workspace, self.team) = (store, workspace, team)
    }

    deinit { for buffer in waiting.joined() { workspace.give(buffer) } }

    /// Adds the gradients in the store, which are the next shard's; with the last shard the store has the sum.
    ///
    /// - Parameters:
    ///   - index: how many shards came before.
    ///   - count: shards in all, a power of two.
    func add(_ index: Int, of count: Int) {
        var level = 0
        while (index >> level) & 1 == 1 {
            let sums = waiting[level]
            each { inn_add($1.count, $1.gradient, sums[$0].pointer) }
            level += 1
        }
        guard index + 1 < count else { return }
        if waiting.count == level { waiting.append(store.parameters.map { workspace.take($0.count) }) }
        let sums = waiting[level]
        each { sums[$0].pointer.update(from: $1.gradient, count: $1.count) }
    }

    private func each(_ body: (_ index: Int, _ parameter: Parameter) -> Void) {
        team.run(store.parameters.count) { index, _ in body(index, store.parameters[index]) }
    }
}
