/// What a user has chosen on the neurons screen.
struct NeuronsView: Equatable, Sendable {
    enum Order: String, CaseIterable, Sendable {
        case id
        case rate = "firing"
        case cluster

        /// The same order as the routing screen names it.
        var inRouting: RoutingView.Order {
            switch self {
            case .id: .id
            case .rate: .firing
            case .cluster: .cluster
            }
        }
    }
    /// What the detail shows of the selected neuron.
    enum Page: String, CaseIterable, Sendable {
        case tuning, rules, contexts
        case effect = "logit effect"
    }

    var order = Order.id
    var page = Page.tuning
    /// First character of the raster on display.
    var rasterOffset = 0
}
