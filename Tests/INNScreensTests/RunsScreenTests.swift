import INNKit
import Testing

@testable import INNScreens

struct RunsScreenTests {
    private func opened(isLive: Bool = false) -> AppState {
        var state = SyntheticRun(steps: 400, probes: 2, info: SyntheticRun.info(isLive: isLive)).state(
            width: 160, height: 50)
        _ = reduce(&state, .key(.character("6")))
        _ = reduce(&state, .runs(SyntheticRuns.listings))
        return state
    }

    private func press(_ state: inout AppState, _ keys: Key...) -> [Effect] {
        keys.flatMap { reduce(&state, .key($0)) }
    }

    @Test func theListIsAskedForOnEntryAndThenEveryTwoSeconds() {
        var state = SyntheticRun(steps: 400).state()
        #expect(reduce(&state, .tick(now: 5)).isEmpty)
        #expect(press(&state, .character("6")) == [.library(.list)])
        #expect(reduce(&state, .tick(now: 6)).isEmpty)
        #expect(reduce(&state, .tick(now: 7)) == [.library(.list)])
        #expect(press(&state, .character("0")).isEmpty)
        #expect(reduce(&state, .tick(now: 60)).isEmpty)
    }

    @Test func theFilterNarrowsTheListWhileItIsTyped() {
        var state = opened()
        _ = press(&state, .character("/"))
        for character in "TEXT8 interr" { _ = press(&state, .character(character)) }
        #expect(state.runs.shown.map(\.name) == ["text8-base-1"])
        _ = press(&state, .enter)
        #expect(state.runs.filter == "TEXT8 interr" && state.overlay == nil)
        #expect(state.rendered().plainText().contains("1 of 5"))
        _ = press(&state, .escape)
        #expect(state.runs.shown.count == 5)
    }

    @Test func ordersAreByTimeNameAndLoss() {
        var state = opened()
        #expect(
            state.runs.shown.map(\.name) == ["text8-small-1", "text8-small-2", "book-tiny-1", "text8-base-1", "broken"])
        _ = press(&state, .character("o"))
        #expect(
            state.runs.shown.map(\.name) == ["book-tiny-1", "broken", "text8-base-1", "text8-small-1", "text8-small-2"])
        _ = press(&state, .character("o"))
        #expect(state.runs.shown.first?.name == "text8-small-2" && state.runs.shown.last?.name == "text8-base-1")
    }

    @Test func spaceOverlaysCurvesAndLoadsThem() {
        var state = opened()
        #expect(
            press(&state, .character(" "), .down, .character(" ")) == [
                .library(.curve("text8-small-1")), .library(.curve("text8-small-2")),
            ])
        #expect(state.rendered().plainText().contains("reading the curves"))
        _ = reduce(&state, .runCurve(name: "text8-small-2", reports: SyntheticRuns.curve(9000, floor: 1.8)))
        #expect(state.rendered().plainText().contains("─ text8-small-2"))
        // A run that trains on is read again.
        var later = SyntheticRuns.listings
        later[0].lastReport = SyntheticRuns.report(3300, bpc: 2.1)
        #expect(reduce(&state, .runs(later)) == [.library(.curve("text8-small-1"))])
        #expect(press(&state, .character(" ")).isEmpty && state.runs.marked == [ExactName("text8-small-1")])
    }

    @Test func enterOpensExceptWhileTraining() {
        var state = opened()
        #expect(press(&state, .down, .enter) == [.open(run: "text8-small-2")])
        var training = opened(isLive: true)
        #expect(press(&training, .enter).isEmpty)
    }

    @Test func deletingAsksFirstAndSparesRunsInTraining() {
        var state = opened()
        #expect(press(&state, .character("D")).isEmpty && state.overlay == nil)
        _ = press(&state, .down, .character("D"))
        #expect(state.overlay == .trash(run: "text8-small-2"))
        #expect(state.rendered().plainText().contains("Move text8-small-2 to the trash?"))
        #expect(state.rendered().plainText().contains("inn small on text8, finished at step 9,000, 15.1 MB"))
        #expect(press(&state, .enter, .character("n")).isEmpty && state.overlay == nil)
        #expect(press(&state, .delete, .character("y")) == [.library(.trash("text8-small-2"))])
    }

    private static let foreign = [
        "书道", "書道", "书道·旧", "caf\u{E9}", "cafe\u{301}", "😀", "😁", "a\u{1B}[2J", "\u{202E}tfel",
        "\u{202D}tfel", "\u{2066}tfel", "tf\u{200B}el", "tf\u{200F}el", "a-run-with-a-very-long-name-indeed-1",
        "a-run-with-a-very-long-name-indeed-2", String(repeating: "书", count: 26),
        String(repeating: "书", count: 25) + "書",
    ]

    /// Names in all scripts, and names that are the same up to where they are cut.
    @Test(arguments: [160, 80, 60, 40]) func noTwoRunsLookAlike(width: Int) {
        var state = SyntheticRun(steps: 10).state(width: width, height: 50)
        _ = reduce(&state, .key(.character("6")))
        _ = reduce(
            &state, .runs(Self.foreign.map { RunSummary(name: $0, state: .interrupted, bytesOnDisk: $0.utf8.count) }))
        _ = press(&state, .character("z"))
        let rows = state.rendered().plainText().split(separator: "\n").filter { $0.contains("interrupted") }
        let names = rows.compactMap { $0.split(separator: " interrupted").first }
        #expect(rows.count == Self.foreign.count && Set(names).count == Self.foreign.count, "\(rows)")
        #expect(!rows.contains { $0.contains("??") })
    }

    /// Every run can be reached, and the question and the effect are about that one.
    @Test(arguments: [(160, 50), (80, 24), (40, 16)]) func aForeignRunIsNamedBeforeItIsDeleted(
        width: Int, height: Int
    ) {
        var questions: Set<String> = []
        for row in Self.foreign.indices {
            var state = SyntheticRun(steps: 10).state(width: width, height: height)
            _ = reduce(&state, .key(.character("6")))
            _ = reduce(&state, .runs(Self.foreign.map { RunSummary(name: $0, state: .interrupted) }))
            for _ in 0..<row { _ = press(&state, .down) }
            let chosen = state.runs.current?.exactName
            _ = press(&state, .character("D"))
            let screen = state.rendered().plainText()
            #expect(screen.contains("to the trash?") && screen.contains("keep"), "\(screen)")
            questions.insert(dialogTitle(state).joined())
            guard case .library(.trash(let name))? = press(&state, .character("y")).first else {
                return #expect(Bool(false), "nothing is deleted")
            }
            #expect(ExactName(name) == chosen)
        }
        #expect(questions.count == Self.foreign.count, "\(questions)")
        #expect(!questions.contains { $0.contains("??") })
    }

    @Test func curvesAreComparedOverCharactersStepsOrMinutes() {
        let curve = RunCurve(SyntheticRuns.curve(1000, floor: 2))
        #expect(curve[.characters].validation.points.map(\.lastX).last == 1_024_000)
        #expect(
            curve[.steps].validation.points.count == 10 && curve[.minutes].train.points.last?.lastX == 1000 * 0.56 / 60)
    }

    @Test func runsThatWentAwayAreForgotten() {
        var state = opened()
        _ = press(&state, .character(" "))
        _ = reduce(&state, .runs(Array(SyntheticRuns.listings.dropFirst())))
        #expect(state.runs.marked.isEmpty && state.runs.current?.name == "text8-small-2")
        _ = reduce(&state, .runs([]))
        #expect(state.runs.current == nil && state.rendered().plainText().contains("no runs yet"))
    }
}
