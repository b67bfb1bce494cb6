import INNKit
import Testing

@testable import INNScreens

/// A network that came without the history of its training.
struct LoneNetworkTests {
    private func state(_ screen: ScreenID, width: Int = 160, height: Int = 50) throws -> AppState {
        let snapshot = try #require(SyntheticRun(steps: 400, probes: 2).snapshots.last)
        var info = SyntheticRun.info(isLive: false)
        info.notice = nil
        var state = AppState(runInfo: info, snapshots: [snapshot], width: width, height: height)
        state.screen = screen
        _ = reduce(&state, .generator(.ready))
        _ = reduce(&state, .tick(now: 100))
        return state
    }

    @Test(arguments: [(160, 50), (120, 40), (80, 24), (60, 20), (40, 12)])
    func noPaneIsEmpty(width: Int, height: Int) throws {
        for screen in [ScreenID.overview, .train] {
            var state = try state(screen, width: width, height: height)
            for _ in state.panesWithContent {
                let text = state.rendered().plainText()
                for phrase in ["has stored no", "no data yet", "nothing has happened"] {
                    #expect(!text.contains(phrase), "\(screen) at \(width)×\(height)")
                }
                _ = reduce(&state, .key(.tab))
            }
        }
    }

    @Test func tabAndDigitsKeepToWhatIsThere() throws {
        var state = try state(.overview)
        #expect(state.panesWithContent == [1, 2, 3] && state.focusedPane == 1)
        for expected in [2, 3, 1] {
            _ = reduce(&state, .key(.tab))
            #expect(state.focusedPane == expected)
        }
        // The room of the loss is the routing's, both rounds side by side.
        #expect(state.rendered().plainText().contains("▸ round 2"))
        state = try self.state(.train)
        #expect(state.panesWithContent == [4])
        let text = state.rendered().plainText()
        #expect(text.contains("Network without its training") && text.contains("inn-tui train text8"))
        #expect(text.contains("trained for") && text.contains("400 steps"))
        _ = reduce(&state, .key(.tab))
        #expect(state.message?.text == "pane: this is the only pane")
    }

    /// A training that has only begun keeps its panes, which say what they wait for.
    @Test func aTrainingKeepsItsPanes() {
        let state = ScreenSnapshotTests.state(.empty)
        #expect(state.panesWithContent == [0, 1, 2, 3, 4])
    }
}
