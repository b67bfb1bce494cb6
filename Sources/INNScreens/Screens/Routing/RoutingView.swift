/// What a user has chosen on the routing screen. Neurons are named by id, whatever the order on display.
struct RoutingView: Codable, Equatable, Sendable {
    enum Order: String, CaseIterable, Codable, Sendable {
        case id, cluster, firing
        case listened = "listened-to"
        case community
    }
    enum Measure: String, CaseIterable, Codable, Sendable {
        case routing = "a"
        case flow, causal
    }
    enum Difference: String, CaseIterable, Codable, Sendable { case off, first, previous }

    var order = Order.id
    var measure = Measure.routing
    var difference = Difference.off
    /// Draws the strongest edges between neurons on a circle instead of the matrix.
    var isGraph = false
    var listener = 0
    var speaker = 0
    var hasCursor = false
}
