import INNKit
import Testing

@testable import INNScreens

/// The list of bookmarks and the shell line of a view, without a network behind them.
struct BookmarkScreenTests {
    private func explored(_ width: Int = 120, _ height: Int = 40) -> AppState {
        var state = ScreenSnapshotTests.state(.finished)
        _ = reduce(&state, .resize(width: width, height: height))
        state.screen = .generate
        return state
    }

    private func press(_ state: inout AppState, _ keys: Key...) -> [Effect] {
        keys.flatMap { reduce(&state, .key($0)) }
    }

    private static let course = TextCourse(
        text: "the man", ids: nil, promptCount: 4, position: 6, furthest: 7, sampling: SamplingChoice(),
        changes: [.init(start: 3, interventions: InterventionSet([.neuron(3, .lesion)]))])

    private func bookmarks(_ state: AppState) -> [Bookmark] {
        ["first", "second", "third"].map { name in
            Bookmark(
                name: name, when: "2026-11-27 10:00", step: state.run.probe?.snapshot.step ?? 0,
                view: Viewpoint(course: Self.course, choices: state.choices))
        }
    }

    @Test func aViewIsKeptUnderItsName() throws {
        var state = explored()
        #expect(press(&state, .character("B")) == [.library(.bookmarks)])
        #expect(state.rendered().plainText().contains("nothing is kept yet"))
        #expect(press(&state, .character("n")).isEmpty)
        guard case .input(let input) = state.overlay else { return #expect(Bool(false)) }
        #expect(input.text == "position 90")
        #expect(press(&state, .enter) == [.generator(.tellCourse(.bookmark(name: "position 90")))])
        let effects = reduce(&state, .course(Self.course, for: .bookmark(name: "position 90")))
        guard case .library(.keep(let bookmark))? = effects.first else { return #expect(Bool(false)) }
        #expect(bookmark.name == "position 90" && bookmark.view.course == Self.course)
        #expect(bookmark.view.choices == state.choices && bookmark.place.contains("neuron 3 lesion"))
    }

    @Test func enterReturnsAndEveryChoiceWithIt() {
        var state = explored()
        state.generate.coloring = .gate
        state.run.selection.neuron = 7
        state.focus[.generate] = 2
        let kept = bookmarks(state)
        var other = explored()
        other.screen = .routing
        _ = reduce(&other, .bookmarks(kept))
        _ = press(&other, .character("B"), .down)
        let effects = press(&other, .enter)
        #expect(effects == [.generator(.play(nil)), .generator(.take(Self.course))])
        #expect(other.overlay == nil && other.choices == state.choices && other.screen == .generate)
        #expect(other.message?.text == "back at “second”")
    }

    @Test func deletingAsksForTheKeyOnceMore() {
        var state = explored()
        _ = reduce(&state, .bookmarks(bookmarks(state)))
        _ = press(&state, .character("B"), .down, .down)
        #expect(press(&state, .character("d")).isEmpty)
        #expect(state.rendered().plainText().contains("once more deletes “third”"))
        #expect(press(&state, .up, .character("d")).isEmpty)
        #expect(press(&state, .character("d")) == [.library(.forget(bookmark: "second"))])
    }

    /// What is typed takes the place of the name that is suggested.
    @Test func theSuggestedNameGivesWay() {
        var state = explored()
        _ = press(&state, .character("B"), .character("n"))
        #expect(state.rendered().plainText().contains("typing replaces it"))
        #expect(
            press(&state, .character("m"), .character("y"), .enter) == [
                .generator(.tellCourse(.bookmark(name: "my")))
            ])
        _ = press(&state, .character("B"), .character("n"), .end)
        #expect(!state.rendered().plainText().contains("typing replaces it"))
        #expect(
            press(&state, .character("!"), .enter) == [.generator(.tellCourse(.bookmark(name: "position 90!")))])
    }

    @Test(arguments: [(160, 50), (80, 24), (40, 12)]) func theShellLineIsShown(_ width: Int, _ height: Int) {
        var state = explored(width, height)
        #expect(press(&state, .character("C")) == [.generator(.tellCourse(.command))])
        guard
            case .library(.command(let view, width, height))? = reduce(&state, .course(Self.course, for: .command))
                .first
        else { return #expect(Bool(false)) }
        #expect(view.course == Self.course)
        let line =
            "./inn-tui snapshot --explore --network '/runs/a b' --size 120x40 --bookmark 'it'\\''s my place here'"
        #expect(reduce(&state, .command(line)).isEmpty)
        // Broken between words, so that a shell takes what is copied.
        let text = state.rendered().plainText()
        for word in shellWords(line) { #expect(text.contains(word), "\(text)") }
        #expect(width < 160 || text.contains(line))
        _ = press(&state, .escape)
        #expect(state.overlay == nil)
    }

    @Test func wordsOfAShellLineStayWhole() {
        #expect(
            shellWords("inn-tui --view 'a b'  --bookmark 'it'\\''s a'x y") == [
                "inn-tui", "--view", "'a b'", "--bookmark", "'it'\\''s a'x", "y",
            ])
    }

    @Test func withoutANetworkTheKeysSayWhy() {
        var state = ScreenSnapshotTests.state(.trained)
        state.width = 100
        #expect(press(&state, .character("B")).isEmpty && state.message?.text.contains("inn-tui explore") == true)
    }

    /// A view from a stranger draws, whatever numbers it holds.
    @Test func oddNumbersInAViewDraw() {
        for number in [-5, 0, 99, 1 << 40] {
            var choices = ScreenChoices()
            choices.selection.neuron = number
            (choices.selection.round, choices.selection.head, choices.selection.probeStep) = (number, number, number)
            (choices.routing.listener, choices.routing.speaker, choices.routing.hasCursor) = (number, number, true)
            (choices.clusters.symbol, choices.clusters.neuron, choices.clusters.hasCursor) = (number, number, true)
            (choices.clusters.listOffset, choices.neurons.rasterOffset) = (number, number)
            (choices.generate.speaker, choices.generate.speed) = (number, number)
            choices.focus = ["generate": number, "nowhere": 3, "routing": number]
            choices.interventions.form.neuron = number
            choices.interventions.form.gateChange = number
            choices.isDrawerOpen = true
            for screen in ScreenID.allCases {
                choices.screen = screen
                var state = explored()
                _ = reduce(&state, .insight(SyntheticInsight.insight(depth: .full)))
                _ = reduce(&state, .view(Viewpoint(course: Self.course, choices: choices)))
                #expect(state.rendered().cells.count == 120 * 40)
                for key in [Key.down, .right, .character("v"), .escape, .down, .character("v"), .character("B")] {
                    _ = press(&state, key)
                    #expect(state.rendered().cells.count == 120 * 40)
                }
            }
        }
    }

    @Test(arguments: [(160, 50), (80, 24), (40, 12), (30, 8)]) func theListFits(_ width: Int, _ height: Int) {
        var state = explored(width, height)
        _ = reduce(&state, .bookmarks(bookmarks(state) + bookmarks(state)))
        _ = press(&state, .character("B"), .character("G"))
        let text = state.rendered().plainText()
        #expect(text.contains("Bookmarks") && text.contains("third"))
    }
}
