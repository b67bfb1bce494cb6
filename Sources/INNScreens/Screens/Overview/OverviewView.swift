/// What the overview shows of the other screens' choices; it has none of its own.
struct OverviewView: Sendable {
    let routing: RoutingView
    let neuronOrder: NeuronsView.Order
    let clusterOrder: ClustersView.Order
}

extension AppState {
    var overview: OverviewView {
        get { OverviewView(routing: routing, neuronOrder: neurons.order, clusterOrder: clusters.order) }
        // There is nothing that a key of the overview could have chosen.
        set {}
    }
}
