import INNKit

/// What a user has chosen on the routing screen. Neurons are named by id, whatever the order on display.
struct RoutingView: Codable, Equatable, Sendable {
    enum Order: String, CaseIterable, Codable, Sendable {
        case id, cluster, firing
        case listened = "listened-to"
        case community
    }
    enum Measure: String, CaseIterable, Codable, Sendable {
        /// The weights at the character read last.
        case character = "a here"
        /// Their mean over the probed text.
        case routing = "a"
        case flow, causal
    }
    enum Difference: String, CaseIterable, Codable, Sendable { case off, first, previous }

    var order = Order.id
    /// Nil until the user chooses.
    var measure: Measure?
    var difference = Difference.off
    /// Draws the strongest edges between neurons on a circle instead of the matrix.
    var isGraph = false
    var listener = 0
    var speaker = 0
    var hasCursor = false

    /// What is on display: what was chosen, or this character's weights where a text is stepped through, and otherwise
    /// the mean.
    func measure(in run: RunState) -> Measure {
        let chosen = measure ?? (run.isGrowing ? .routing : .character)
        let isElsewhere = !run.hasMoment || run.selection.probeStep != nil
        return chosen == .character && isElsewhere ? .routing : chosen
    }

    /// Has one of the measures on display that are known of every step.
    mutating func showWhatChanges() {
        if measure == .causal || measure == .character { measure = .routing }
    }

    mutating func nextMeasure(in run: RunState) {
        let next = measure(in: run).next
        let isElsewhere = !run.hasMoment || run.selection.probeStep != nil
        measure = next == .character && isElsewhere ? next.next : next
    }

    /// The next order in which neurons really stand otherwise.
    mutating func nextOrder(in run: RunState) {
        order = order.next
        if order == .community, run.communities == nil { order = order.next }
    }

    /// The next difference: of a single earlier probe snapshot the first is the previous one too.
    mutating func nextDifference(in run: RunState) {
        difference = difference.next
        let shown = run.probe?.snapshot.step ?? 0
        if difference == .previous, run.data.probes.entries.count(where: { $0.snapshot.step < shown }) < 2 {
            difference = .off
        }
    }
}

extension ScreenContext<RoutingView> {
    var measure: RoutingView.Measure { view.measure(in: run) }
}

extension RunState {
    /// Whether there is a present character whose routing can be shown beside the probes.
    var hasMoment: Bool {
        guard let generation, generation.current != nil, !generation.routing.isEmpty else { return false }
        return generation.neurons == probe?.snapshot.neurons && generation.rounds == probe?.snapshot.rounds
    }

    /// Which character is the present one.
    var momentNote: String {
        guard let frame = generation, let current = frame.current else { return "" }
        return "at “" + TuningFigure.name(frame.symbols[frame.text[current].symbol]) + "”, position "
            + Format.grouped(frame.position)
    }
}
