/// What a user has chosen on the clusters screen.
struct ClustersView: Codable, Equatable, Sendable {
    enum Order: String, CaseIterable, Codable, Sendable { case cluster, id }

    /// What is drawn.
    enum Figure: String, CaseIterable, Codable, Sendable {
        /// What losing each neuron costs when each character comes next.
        case causal
        /// What every unit responds to, with the evidence.
        case units
        /// The gates of one round at each character.
        case gates
    }

    var order = Order.cluster
    var figure = Figure.causal
    /// Symbol id and neuron id under the cursor.
    var symbol = 0
    var neuron = 0
    var hasCursor = false
    /// First line of the list of clusters and findings on display.
    var listOffset = 0
}
