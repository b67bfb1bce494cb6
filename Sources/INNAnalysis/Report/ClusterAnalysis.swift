import INNCore

/// Units with alike tuning, grouped by average linkage on 1 − Pearson of their tuning at lag 0.
///
/// Only units that tell something about the present character, beyond chance, take part: the tuning of the others is
/// noise.
public struct ClusterAnalysis: Codable, Sendable, Equatable {
    public struct Cluster: Codable, Sendable, Equatable {
        /// Units, numbered `round · neurons + neuron`, at least two.
        public var members: [Int]
        /// The category that describes the members' firing best on average; nil when unlabelled.
        public var label: CategoryScore?
        /// Mean over bootstrap samples of the text of the largest Jaccard similarity with a cluster found there, 0…1
        /// (Hennig 2007); above 0.75 is called stable.
        public var stability: Double
    }

    /// One step of the tree: node `leaves.count + index` joins two nodes.
    public struct Join: Codable, Sendable, Equatable {
        public var left: Int, right: Int
        public var distance: Float
    }

    public var clusters: [Cluster]
    /// Units that took part, as the leaves of the tree, from left to right.
    public var order: [Int]
    /// Units by the leaf number that ``joins`` use.
    public var leaves: [Int]
    public var joins: [Join]
    /// Mean silhouette of the chosen cut, −1…1; 0 when there is no cluster.
    public var silhouette: Double
    public var bootstraps: Int
    /// Units that took no part.
    public var untuned: [Int]

    public static let empty = ClusterAnalysis(
        clusters: [], order: [], leaves: [], joins: [], silhouette: 0, bootstraps: 0, untuned: [])
}
