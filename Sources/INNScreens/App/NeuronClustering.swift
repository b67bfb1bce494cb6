import INNKit

/// Neurons of one round grouped by the similarity of their tuning: leaf order, groups and how well they separate.
public struct NeuronClustering: Equatable, Sendable {
    /// Neurons in dendrogram order, so that similar ones are neighbours.
    public let order: [Int]
    /// Cluster of each neuron, numbered in `order`.
    public let labels: [Int]
    public let count: Int
    /// The tree that `order` and `labels` come from.
    let linkage: AverageLinkage
    /// Mean silhouette of the chosen number of clusters, -1…1; 0 when there is one cluster only.
    public let silhouette: Float

    init(_ snapshot: ProbeSnapshot, round: Int) {
        let neurons = snapshot.neurons
        let symbols = snapshot.symbols.count
        guard neurons > 1, symbols > 1 else {
            (order, labels, count, silhouette) = (Array(0..<neurons), Array(repeating: 0, count: neurons), 1, 0)
            linkage = AverageLinkage(distances: Array(repeating: 0, count: neurons * neurons), count: neurons)
            return
        }
        var rows = [Float](repeating: .nan, count: neurons * symbols)
        let offset = round * symbols * neurons
        for symbol in 0..<symbols where snapshot.symbolCounts[symbol] > 0 {
            for neuron in 0..<neurons {
                rows[neuron * symbols + symbol] = snapshot.tuning[offset + symbol * neurons + neuron]
            }
        }
        let distances = AverageLinkage.correlationDistances(rows: rows, count: neurons, length: symbols)
        linkage = AverageLinkage(distances: distances, count: neurons)
        let cut = linkage.bestCut(distances: distances, maximumClusters: 8)
        order = linkage.leafOrder
        labels = cut.labels
        count = (cut.labels.max() ?? 0) + 1
        silhouette = cut.silhouette
    }

    /// Display columns (in `order`) where a new cluster begins.
    var borders: [Int] {
        order.indices.dropFirst().filter { labels[order[$0]] != labels[order[$0 - 1]] }
    }
}
