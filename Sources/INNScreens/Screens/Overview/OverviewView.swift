/// What the overview shows of the other screens' choices, which it cannot change, and its own.
struct OverviewView: Sendable {
    /// Whether who fires at each character of the newest text stands in place of rates and tuning.
    var isRasterShown: Bool
    let routing: RoutingView
    let neuronOrder: NeuronsView.Order
    let clusterOrder: ClustersView.Order
}

extension AppState {
    var overview: OverviewView {
        get {
            OverviewView(
                isRasterShown: isOverviewRasterShown, routing: routing, neuronOrder: neurons.order,
                clusterOrder: clusters.order)
        }
        set { isOverviewRasterShown = newValue.isRasterShown }
    }

    /// Whether text that the network writes is on display: somebody has to write it.
    public var showsGeneration: Bool { screen == .generate || screen == .overview && isOverviewRasterShown }
}
