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
    var selected: ExactName?
    /// Runs whose curves are overlaid, in the order in which they were marked.
    var marked: [ExactName] = []
    var curves: [ExactName: RunCurve] = [:]
    /// How names are written, no two alike.
    private var forms: [ExactName: String] = [:]
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
        return shown.first { $0.exactName == selected } ?? shown.first
    }

    /// A name as it is written on the screen, told apart from those of all other runs.
    func form(of name: String) -> String { forms[ExactName(name)] ?? DistinctNames.onScreen.form(of: name) }

    /// The same in at most so many columns.
    func form(of name: String, columns: Int) -> String {
        let all = listings.map(\.name)
        guard let index = all.firstIndex(where: { ExactName($0) == ExactName(name) }) else {
            return DistinctNames.onScreen.forms(of: [name], columns: columns)[0]
        }
        return DistinctNames.onScreen.forms(of: all, columns: columns)[index]
    }

    mutating func receive(_ listings: [RunSummary]) -> [Effect] {
        let before = Dictionary(
            self.listings.map { ($0.exactName, $0.lastReport?.step ?? 0) }, uniquingKeysWith: { first, _ in first })
        self.listings = listings
        isListed = true
        let names = listings.map(\.exactName)
        if Set(names) != Set(forms.keys) {
            let written = DistinctNames.onScreen.forms(of: names.map(\.text))
            forms = Dictionary(zip(names, written), uniquingKeysWith: { first, _ in first })
        }
        marked.removeAll { forms[$0] == nil }
        curves = curves.filter { forms[$0.key] != nil }
        // A run that goes on has a longer curve now.
        return listings.filter {
            marked.contains($0.exactName) && ($0.lastReport?.step ?? 0) != before[$0.exactName]
        }.map { .library(.curve($0.name)) }
    }
}

extension RunSummary {
    var exactName: ExactName { ExactName(name) }
}

extension DistinctNames {
    /// For the cells of a screen.
    static let onScreen = Self { scalar in
        // The terminal would be given a question mark for an emoji in place of the sign.
        displayed(scalar) == scalar && !scalar.properties.isEmojiPresentation
    }
}
