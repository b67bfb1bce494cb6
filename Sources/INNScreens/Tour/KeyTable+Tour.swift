import INNKit

extension KeyTable {
    static let tourBinding = KeyBinding<AppState>(
        "tour", .global, [.f1], "tour", "a tour of two minutes: what a network does, shown on this one",
        when: Requirement { whyNoTour($0) }
    ) { $0.startTour() }

    private static func whyNoTour(_ state: AppState) -> String? {
        if state.runInfo.modelFamily != "inn" { return "this family has no neurons to show" }
        if state.runInfo.isLive { return "it writes a text: inn-tui tour" }
        guard state.run.generation != nil, state.generator == .ready else {
            return state.generator == .opening
                ? "the network is still being opened" : "no network is open: inn-tui tour"
        }
        return nil
    }

    static let tourBindings: [KeyBinding<AppState>] = [
        KeyBinding(
            "tour.next", .tour, [.enter, .right, .character(" ")], "on", "press the keys of the next stop",
            isHint: true,
            when: Requirement("the network is still being opened") {
                $0.run.generation != nil && $0.generator == .ready
            }
        ) { $0.nextTourStep() },
        KeyBinding(
            "tour.leave", .tour, [.escape, .character("q")], "leave",
            "leave the tour: text, position, colours and changes are again what they were before it", isHint: true
        ) { $0.leaveTour() },
        KeyBinding("tour.redraw", .tour, [.control("l")], "redraw", "draw the whole screen again") { _ in
            [.terminal(.redrawAll)]
        },
        KeyBinding("tour.interrupt", .tour, [.control("c")], "interrupt", "quit") { $0.interrupt() },
    ]
}
