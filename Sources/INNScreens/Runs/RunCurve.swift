import INNKit

extension RunSummary {
    /// Model family and preset, for example `inn small`; empty when the configuration cannot be read.
    var model: String { description.map { "\($0.model) \($0.preset)" } ?? "" }
    var corpus: String { description?.corpus ?? "" }
    var parameterCount: Int? { description?.parameters }

    /// What is said behind a loss that is counted per byte; nothing where it is per character, as everywhere.
    var perByte: String { unit == .byte ? " per byte" : "" }

    /// What the filter searches.
    var searchText: String { "\(name) \(state.rawValue) \(model) \(corpus)".lowercased() }
}

/// The loss of a run, bounded in size, over each of the axes on which runs are compared.
struct RunCurve: Equatable, Sendable {
    enum Axis: String, CaseIterable, Sendable { case characters, steps, minutes }

    struct Lines: Equatable, Sendable {
        var train = BoundedSeries(capacity: 1024)
        var validation = BoundedSeries(capacity: 1024)
    }

    private(set) var lines: [Axis: Lines] = [:]
    /// Step of the last report in it.
    private(set) var lastStep = 0

    init(_ reports: [TrainingReport]) {
        for axis in Axis.allCases {
            var result = Lines()
            for report in reports {
                let x: Double =
                    switch axis {
                    case .characters: Double(report.charactersSeen)
                    case .steps: Double(report.step)
                    case .minutes: report.elapsedSeconds / 60
                    }
                result.train.append(x: x, y: report.trainBPC)
                if let valid = report.validBPC { result.validation.append(x: x, y: valid) }
            }
            lines[axis] = result
        }
        lastStep = reports.last?.step ?? 0
    }

    subscript(axis: Axis) -> Lines { lines[axis] ?? Lines() }
}

/// Everything that is known of a run when it is opened.
public struct RunContents: Sendable {
    public var info: RunInfo
    public var reports: [TrainingReport]
    public var marks: [EventMark]
    public var snapshots: [ProbeSnapshot]
    public var samples: [TextSample]
    /// What is changed in the network as it trains, or was when it trained last.
    public var interventions: InterventionSet

    public init(
        info: RunInfo, reports: [TrainingReport] = [], marks: [EventMark] = [], snapshots: [ProbeSnapshot] = [],
        samples: [TextSample] = [], interventions: InterventionSet = .none
    ) {
        self.info = info
        self.reports = reports
        self.marks = marks
        self.snapshots = snapshots
        self.samples = samples
        self.interventions = interventions
    }
}

extension RunsView {
    /// What the losses of the marked runs are counted per, of all kinds that there are.
    var markedUnits: String {
        let units = Set(listings.filter { marked.contains(ExactName($0.name)) }.compactMap(\.unit))
        return units.count > 1 ? "bits per character or byte" : (units.first ?? .character).bits
    }
}
