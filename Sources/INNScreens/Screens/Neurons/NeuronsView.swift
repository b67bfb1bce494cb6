/// What a user has chosen on the neurons screen.
struct NeuronsView: Codable, Equatable, Sendable {
    enum Order: String, CaseIterable, Codable, Sendable {
        /// Those that cost most first, as the cast has them; by number where there is none.
        case cost
        case id
        case rate = "firing"
        case cluster

        /// The same order as the routing screen names it.
        var inRouting: RoutingView.Order {
            switch self {
            case .cost, .id: .id
            case .rate: .firing
            case .cluster: .cluster
            }
        }
    }
    /// What the detail shows of the selected neuron.
    enum Page: String, CaseIterable, Codable, Sendable {
        case worth = "what it is for"
        case tuning, rules, contexts
        case effect = "logit effect"
        case emergence = "over training"
    }

    var order = Order.cost
    /// Lists firing rates even when there is a cast.
    var showsRates = false
    var page = Page.worth
    /// First character of the raster on display.
    var rasterOffset = 0
}
