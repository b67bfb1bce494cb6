import INNKit
import Testing

@testable import INNScreens

/// Every key of the table does something when it is pressed, or says in the status line why it does not.
struct DeadKeyTests {
    /// Cursors stop at an end without a word, and whoever is on a screen stays there.
    private static let isQuiet: @Sendable (KeyBinding<AppState>) -> Bool = { binding in
        let moves = ["up", "down", "page up", "page down", "first", "last", "left", "right"]
        return moves.contains(binding.label) || binding.id == "back" || binding.id.hasPrefix("screen.")
    }

    /// What may have been done before the key.
    private static let before: [ScreenID: [String]] = [
        .routing: ["", "e", "ej", "v", "vvv", "["], .clusters: ["", "v", "vv", "["],
        .train: ["", "+", "i"], .overview: ["", ",", "v"],
    ]

    /// An analysis takes seconds to make.
    private static let insight = SyntheticInsight.insight(depth: .light)

    private func states(_ screen: ScreenID) -> [(String, AppState)] {
        var states: [(String, AppState)] = []
        for content in [ScreenSnapshotTests.Content.trained, .finished, .onePoint, .red] {
            var plain = ScreenSnapshotTests.state(content)
            plain.screen = screen
            _ = reduce(&plain, .resize(width: 100, height: 30))
            _ = reduce(&plain, .tick(now: 100))
            for isAnalysed in content == .finished ? [false, true] : [false] {
                if isAnalysed { _ = reduce(&plain, .insight(Self.insight)) }
                for keys in Self.before[screen] ?? [""] {
                    var state = plain
                    for key in keys { _ = reduce(&state, .key(.character(key))) }
                    state.message = nil
                    states.append(("\(content) \(isAnalysed ? "analysed " : "")“\(keys)”", state))
                }
            }
        }
        return states
    }

    @Test(arguments: [ScreenID.overview, .train, .routing, .clusters, .runs])
    func noKeyOfAScreenIsDeadWithoutAWord(screen: ScreenID) {
        for (name, state) in states(screen) {
            let plain = state.rendered()
            for binding in KeyTable.all where binding.context == .screen(screen) && !Self.isQuiet(binding) {
                guard let key = binding.keys.first else { continue }
                var pressed = state
                let effects = reduce(&pressed, .key(key))
                #expect(!effects.isEmpty || pressed.rendered() != plain, "\(binding.id) is dead: \(name)")
            }
        }
    }

    @Test(arguments: ScreenID.allCases, [(100, 30), (40, 12)])
    func noKeyOfTheWindowIsDeadWithoutAWord(_ screen: ScreenID, _ size: (Int, Int)) {
        for content in [ScreenSnapshotTests.Content.finished] {
            var state = ScreenSnapshotTests.state(content)
            state.screen = screen
            _ = reduce(&state, .resize(width: size.0, height: size.1))
            _ = reduce(&state, .tick(now: 100))
            let plain = state.rendered()
            for binding in KeyTable.all where binding.context == .global && !Self.isQuiet(binding) {
                guard let key = binding.keys.first else { continue }
                var pressed = state
                let effects = reduce(&pressed, .key(key))
                #expect(!effects.isEmpty || pressed.rendered() != plain, "\(binding.id) is dead on \(screen)")
            }
        }
    }

    @Test func whatIsSaidIsTrue() {
        func reason(_ keys: String, on screen: ScreenID, _ content: ScreenSnapshotTests.Content = .finished) -> String?
        {
            var state = ScreenSnapshotTests.state(content)
            state.screen = screen
            _ = reduce(&state, .resize(width: 120, height: 40))
            for key in keys { _ = reduce(&state, .key(.character(key))) }
            return state.message?.text
        }
        #expect(reason("en", on: .routing) == "scale: not in the graph; e shows the matrix")
        #expect(reason("eo", on: .routing) == "order: not in the graph; e shows the matrix")
        #expect(reason("vved", on: .routing)?.hasPrefix("difference: not in the graph") == true)
        #expect(reason("vvd", on: .routing) == nil)
        #expect(reason("d", on: .routing) == "difference: of mean weights and flow: v", "this character's weights")
        #expect(reason("[[", on: .clusters) == "round: this is the first round")
        #expect(reason("]", on: .clusters) == "round: this is the last round")
    }
}
