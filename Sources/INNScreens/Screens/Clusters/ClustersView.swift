/// What a user has chosen on the clusters screen.
struct ClustersView: Equatable, Sendable {
    enum Order: String, CaseIterable, Sendable { case cluster, id }

    var order = Order.cluster
    /// Draws the gates at each character even when there is an analysis.
    var isMap = false
    /// Symbol id and neuron id under the cursor.
    var symbol = 0
    var neuron = 0
    var hasCursor = false
    /// First line of the list of clusters and findings on display.
    var listOffset = 0
}
