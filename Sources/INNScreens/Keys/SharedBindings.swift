import INNKit

/// Bindings for the arrow keys and their letters.
func movement<State: Sendable>(
    _ prefix: String, _ context: KeyContext, vertical: String?, horizontal: String?,
    when requirement: Requirement<State> = .none,
    move: @escaping @Sendable (inout State, _ dx: Int, _ dy: Int) -> Void
) -> [KeyBinding<State>] {
    func binding(_ name: String, _ keys: [Key], _ help: String, _ dx: Int, _ dy: Int) -> KeyBinding<State> {
        KeyBinding("\(prefix).\(name)", context, keys, name, help, when: requirement) {
            move(&$0, dx, dy)
            return []
        }
    }
    var result: [KeyBinding<State>] = []
    if let vertical {
        result += [
            binding("up", [.up, .character("k")], "\(vertical) up", 0, -1),
            binding("down", [.down, .character("j")], "\(vertical) down", 0, 1),
            binding("page up", [.pageUp], "\(vertical) ten up", 0, -10),
            binding("page down", [.pageDown], "\(vertical) ten down", 0, 10),
            binding("first", [.character("g"), .home], "\(vertical) to the first", 0, -1_000_000),
            binding("last", [.character("G"), .end], "\(vertical) to the last", 0, 1_000_000),
        ]
    }
    if let horizontal {
        result += [
            binding("left", [.left, .character("h")], "\(horizontal) left", -1, 0),
            binding("right", [.right, .character("l")], "\(horizontal) right", 1, 0),
        ]
    }
    return result
}

/// Round and probe-step keys shared by the screens that show a probe snapshot.
///
/// - Parameters:
///   - roundsShown: whether what is on display is of one round.
///   - prepareStep: has the screen show what changes with the steps, before another one is on display.
///   - prepare: the same before they are played.
func probeBindings<View: Sendable>(
    _ prefix: String, _ context: KeyContext, roundsShown: Requirement<ScreenContext<View>> = .none,
    stepping prepareStep: @escaping @Sendable (inout View) -> Void = { _ in },
    replaying prepare: @escaping @Sendable (inout View) -> Void = { _ in }
) -> [KeyBinding<ScreenContext<View>>] {
    func round(
        _ name: String, _ key: Character, _ help: String, _ delta: Int, _ requirement: Requirement<ScreenContext<View>>
    ) -> KeyBinding<ScreenContext<View>> {
        KeyBinding(
            "\(prefix).\(name)", context, [.character(key)], "round", help, isHint: true,
            when: requirement.and(roundsShown)
        ) {
            $0.selection.round = $0.shownRound + delta
            return []
        }
    }
    func time(
        _ name: String, _ key: Character, _ help: String, _ delta: Int, _ requirement: Requirement<ScreenContext<View>>
    ) -> KeyBinding<ScreenContext<View>> {
        KeyBinding(
            "\(prefix).\(name)", context, [.character(key)], "time", help, isHint: true,
            when: .severalProbes.and(requirement)
        ) {
            prepareStep(&$0.view)
            $0.selection.isReplaying = false
            $0.selection.probeStep = $0.run.probeStep(movedBy: delta)
            return []
        }
    }
    return [
        round("roundBack", "[", "previous round", -1, .roundBefore),
        round("roundOn", "]", "next round", 1, .roundAfter),
        time(
            "earlier", ",", "earlier probe snapshot", -1,
            Requirement("these are the first measurements") { !$0.run.showsFirstProbe }),
        time(
            "later", ".", "later probe snapshot", 1,
            Requirement("these are the newest measurements") { $0.selection.probeStep != nil }),
        KeyBinding(
            "\(prefix).replay", context, [.character("E")], "time",
            "emergence: play the training so far from its first measurement, or pause; rows keep their order",
            isHint: true, when: .severalProbes
        ) { state in
            prepare(&state.view)
            let run = state.run
            state.selection.toggleReplay(run)
            return []
        },
    ]
}

/// The key that pauses training, on every screen that has no other use for it; that of a stored run is played by it.
///
/// - Parameter prepare: as of ``probeBindings(_:_:roundsShown:stepping:replaying:)``.
func pauseBinding<View: Sendable>(
    _ prefix: String, _ context: KeyContext, isHint: Bool = false,
    replaying prepare: @escaping @Sendable (inout View) -> Void = { _ in }
) -> KeyBinding<ScreenContext<View>> {
    KeyBinding(
        "\(prefix).pause", context, [.character(" ")], "pause",
        "pause training, or go on; play or pause that of a stored run", isHint: isHint, when: .playable
    ) { state in
        let run = state.run
        // While the training so far is played, it is the player that pauses.
        guard run.canPause, !state.selection.isReplaying else {
            prepare(&state.view)
            state.selection.toggleReplay(run)
            return []
        }
        // The status changes when the trainer says so, after the step in progress.
        return [.trainer(state.trainer == .paused ? .resume : .pause)]
    }
}

/// Keys that steer a training in progress, on the screens where its curves are.
func trainingBindings<View: Sendable>(_ prefix: String, _ context: KeyContext) -> [KeyBinding<ScreenContext<View>>] {
    [
        pauseBinding(prefix, context, isHint: true),
        KeyBinding(
            "\(prefix).checkpoint", context, [.character("c")], "checkpoint", "write a checkpoint now", isHint: true,
            when: .liveTraining
        ) {
            $0.show("writing a checkpoint after this step")
            return [.trainer(.checkpoint)]
        },
    ]
}
