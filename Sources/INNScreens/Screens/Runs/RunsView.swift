import INNKit

/// What a user has chosen on the runs screen.
struct RunsView: Equatable, Sendable {
    enum Order: String, CaseIterable, Sendable {
        case newest, name
        case best = "best loss"
    }

    /// Everything found in the runs folder.
    var listings: [RunSummary] = []
    /// Whether a list has arrived.
    var isListed = false
    /// Second at which the list was asked for last.
    var askedAt = -Double.infinity
    var filter = ""
    var order = Order.newest
    /// Name of the run under the cursor.
    var selected: String?
    /// Runs whose curves are overlaid, in the order in which they were marked.
    var marked: [String] = []
    var curves: [String: RunCurve] = [:]
    var axis = RunCurve.Axis.characters

    /// Overlaid curves beyond this many could not be told apart.
    static let maximumMarked = 8
    /// Seconds after which the list is asked for again while it is on display.
    static let refreshInterval = 2.0

    /// The runs on display: those that contain every word of the filter, in the chosen order.
    var shown: [RunSummary] {
        let words = filter.lowercased().split(separator: " ")
        let found = listings.filter { run in words.allSatisfy { run.searchText.contains($0) } }
        switch order {
        case .name: return found.sorted { $0.name < $1.name }
        case .newest: return found.sorted { ($0.lastStartedAt ?? 0, $1.name) > ($1.lastStartedAt ?? 0, $0.name) }
        case .best:
            func score(_ run: RunSummary) -> Double { run.bestValidBPC.flatMap { $0.isFinite ? $0 : nil } ?? .infinity }
            return found.sorted { (score($0), $0.name) < (score($1), $1.name) }
        }
    }

    /// The run under the cursor, the first one when none was chosen or the chosen one is filtered out.
    var current: RunSummary? {
        let shown = shown
        return shown.first { $0.name == selected } ?? shown.first
    }

    mutating func receive(_ listings: [RunSummary]) -> [Effect] {
        let before = Dictionary(
            self.listings.map { ($0.name, $0.lastReport?.step ?? 0) }, uniquingKeysWith: { first, _ in first })
        self.listings = listings
        isListed = true
        let names = Set(listings.map(\.name))
        marked.removeAll { !names.contains($0) }
        curves = curves.filter { names.contains($0.key) }
        // A run that goes on has a longer curve now.
        return listings.filter { marked.contains($0.name) && ($0.lastReport?.step ?? 0) != before[$0.name] }.map {
            .library(.curve($0.name))
        }
    }
}
