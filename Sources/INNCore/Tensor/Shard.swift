/// One of the equal parts that the streams of a batch are cut into, each with a forward and a backward pass of its own.
public struct Shard: Sendable, Equatable {
    /// 0 ..< ``count``.
    public var index: Int
    /// Shards in the whole batch.
    public var count: Int

    public init(index: Int, count: Int) { (self.index, self.count) = (index, count) }

    /// A batch that is not cut.
    public static let whole = Shard(index: 0, count: 1)

    /// The number that a row of this shard has in the whole batch, for activations `[groups, rows, …]`.
    ///
    /// - Parameters:
    ///   - group: for example the neuron; 0 where rows are all there is.
    ///   - row: within the group and this shard.
    ///   - rows: of a group in this shard.
    package func row(group: Int = 0, _ row: Int, of rows: Int) -> Int { (group * count + index) * rows + row }
}
