/// What the overview shows of the other screens' choices; it has none of its own, so all of it is constant.
struct OverviewView: Sendable {
    let routing: RoutingView
    let neuronOrder: NeuronsView.Order
    let clusterOrder: ClustersView.Order
}

extension AppState {
    var overview: OverviewView {
        get { OverviewView(routing: routing, neuronOrder: neurons.order, clusterOrder: clusters.order) }
        // A handler has nothing to change in it.
        set {}
    }
}
