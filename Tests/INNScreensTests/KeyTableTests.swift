import Foundation
import INNKit
import Testing

@testable import INNScreens

struct KeyTableTests {
    @Test func noKeyHasTwoMeaningsInOneContext() {
        var owner: [String: String] = [:]
        for binding in KeyTable.all {
            for key in binding.keys {
                let place = "\(binding.context) \(key)"
                #expect(owner[place] == nil, "\(key.text) runs both \(owner[place] ?? "") and \(binding.id)")
                owner[place] = binding.id
            }
        }
    }

    @Test func screensDoNotShadowGlobalKeys() {
        let global = Set(KeyTable.all.filter { $0.context == .global }.flatMap(\.keys))
        for binding in KeyTable.all {
            guard case .screen = binding.context else { continue }
            for key in binding.keys { #expect(!global.contains(key), "\(binding.id) shadows \(key.text)") }
        }
    }

    @Test func namesAreUniqueAndEveryRowIsExplained() {
        #expect(Set(KeyTable.all.map(\.id)).count == KeyTable.all.count)
        for binding in KeyTable.all { #expect(!binding.label.isEmpty && !binding.help.isEmpty) }
    }

    @Test func everyScreenHasAKeyAndASection() {
        for (index, id) in ScreenID.allCases.enumerated() {
            #expect(Screens.screen(id).id == id)
            #expect(
                KeyTable.all.contains {
                    $0.id == "screen.\(id.rawValue)" && $0.keys == [.character(Character(String(index)))]
                })
        }
    }

    @Test func cheatsheetListsEveryKey() {
        let sheet = KeyTable.cheatsheet()
        for binding in KeyTable.all { #expect(sheet.contains(binding.help)) }
    }

    @Test func theDocumentedKeysAreTheTable() throws {
        try expectSnapshot(KeyTable.cheatsheet(), "KEYS.md", folder: "docs")
    }

    /// Text entries with the cursor in the middle.
    private static var search: Overlay.ListState {
        var list = Overlay.ListState(query: "s s", selection: 1)
        list.field.move(-1)
        return list
    }

    private static var path: Overlay.InputState {
        var input = Overlay.InputState(purpose: .textFile, text: "a book")
        input.field.move(-3)
        return input
    }

    /// Every key of the table changes something or has an effect, somewhere.
    @Test func noListedKeyDoesNothing() {
        let insight = SyntheticInsight.insight(neurons: 4)
        for binding in KeyTable.all where !binding.keys.isEmpty {
            var isEffective = false
            for isLive in [true, false] {
                for preparation in [
                    [], [Key.character("+"), .character("+"), .character(","), .character("i"), .left],
                    [.down, .right, .down, .right],
                ] {
                    var state = SyntheticRun(steps: 60, neurons: 4, probes: 3, info: SyntheticRun.info(isLive: isLive))
                        .state(width: 100, height: 30)
                    if case .screen(let id) = binding.context { state.screen = id }
                    _ = reduce(&state, .generator(.ready))
                    _ = reduce(
                        &state,
                        .generation(
                            SyntheticGeneration.frame(
                                neurons: 4, rounds: 2, position: 8, prompt: 3, ablated: true, ahead: 6)))
                    _ = reduce(&state, .runs(SyntheticRuns.listings))
                    if [.screen(.clusters), .screen(.neurons)].contains(binding.context) {
                        _ = reduce(&state, .insight(insight))
                    }
                    state.runs.marked = [ExactName("text8-small-1")]
                    state.generate.isPlaying = true
                    state.run.generation?.weightsStep = 12
                    state.generate.sought = ["war"]
                    state.generate.typed = ["once"]
                    state.run.selection.probeStep = state.run.live.probes.entries[1].snapshot.step
                    if binding.id == "pane.pin" { state.focus[state.screen] = 1 }
                    if binding.id.hasSuffix(".roundOn") { state.run.selection.round = 0 }
                    for key in preparation { _ = reduce(&state, .key(key)) }
                    switch binding.context {
                    case .help: state.overlay = binding.id == "help.explain" ? .help(.init()) : .help(Self.search)
                    case .palette: state.overlay = .palette(Self.search)
                    case .quitDialog: state.overlay = .quit(selection: 1)
                    case .abortDialog: state.overlay = .abort(selection: binding.id == "abort.down" ? 0 : 1)
                    case .savingDialog: state.overlay = .saving(selection: 1)
                    case .exportDialog: state.overlay = .export(selection: 1)
                    case .input: state.overlay = .input(Self.path)
                    case .ablation:
                        _ = state.openDrawer()
                        _ = state.toggleIntervention(.edge)
                    case .trashDialog: state.overlay = .trash(run: "text8-small-1")
                    case .explanation: state.overlay = .explanation(offset: 3)
                    case .tour: state.overlay = .tour(TourState())
                    case .bookmarks:
                        let view = Viewpoint(
                            course: TextCourse(
                                text: "a", ids: nil, promptCount: 1, position: 1, furthest: 1,
                                sampling: SamplingChoice(), changes: []), choices: state.choices)
                        state.run.bookmarks = ["a", "b", "c"].map { Bookmark(name: $0, step: 1, view: view) }
                        state.overlay = .bookmarks(BookmarkList(selection: 1))
                    case .command: state.overlay = .command("inn-tui")
                    case .global, .screen: state.isMaximised = binding.id == "back"
                    }
                    guard binding.isEnabled(state) else { continue }
                    let before = "\(state)"
                    let effects = binding.run(&state)
                    isEffective = isEffective || !effects.isEmpty || "\(state)" != before
                    if isEffective { break }
                }
                if isEffective { break }
            }
            // From the overview nothing changes when it is chosen again.
            #expect(isEffective || binding.id == "screen.overview", "\(binding.id) does nothing")
        }
    }

    /// A key that would do something at other times says why it does nothing now; a key that means nothing is silent.
    @Test func aKeyThatDoesNotApplySaysWhy() {
        for binding in KeyTable.all where binding.requirement.isNone {
            #expect(binding.isEnabled(ScreenSnapshotTests.state(.empty)), "\(binding.id) needs a reason")
        }
        var state = ScreenSnapshotTests.state(.finished)
        #expect(reduce(&state, .key(.character("c"))).isEmpty)
        #expect(state.message?.text == "checkpoint: nothing is being trained here")
        state.message = nil
        state.width = 40
        #expect(reduce(&state, .key(.character("c"))).isEmpty)
        #expect(state.message?.text == "nothing is being trained here")
        state.message = nil
        #expect(reduce(&state, .key(.character("Ω"))).isEmpty)
        #expect(state.message == nil)
    }

    /// What is missing first is said, and all of it can be read on the narrowest terminal.
    @Test(arguments: ScreenSnapshotTests.Content.allCases)
    func reasonsFitTheNarrowestTerminal(content: ScreenSnapshotTests.Content) {
        var state = ScreenSnapshotTests.state(content)
        for screen in ScreenID.allCases {
            state.screen = screen
            for binding in KeyTable.all {
                guard let reason = binding.requirement.refusal(state) else { continue }
                #expect(columnCount(reason) <= Requirement<AppState>.longestReason, "\(binding.id): \(reason)")
            }
        }
    }

    @Test func aReasonIsTrueWhereItIsGiven() {
        func reason(_ key: Character, on screen: ScreenID, _ change: (inout AppState) -> Void = { _ in }) -> String? {
            var state = ScreenSnapshotTests.state(.empty)
            state.screen = screen
            state.width = 80
            change(&state)
            _ = reduce(&state, .key(.character(key)))
            return state.message?.text
        }
        func stored(_ state: inout AppState) {
            state.run.runInfo.isLive = false
            state.run.generator = .absent(reason: "none")
        }
        func opening(_ state: inout AppState) {
            state.run.runInfo.isLive = false
            state.run.generator = .opening
        }
        #expect(reason("[", on: .routing) == "round: nothing is measured yet")
        #expect(reason(".", on: .routing) == "time: nothing is measured yet")
        #expect(reason("d", on: .routing) == "difference: nothing is measured yet")
        #expect(reason("[", on: .generate, stored) == "round: no network is open: inn-tui explore")
        #expect(reason("{", on: .generate, stored) == "head: no network is open: inn-tui explore")
        #expect(reason("n", on: .generate, stored) == "next: no network is open: inn-tui explore")
        #expect(reason("n", on: .generate, opening) == "next: the network is still being opened")
        #expect(reason("n", on: .generate) == "next: the next step's weights are awaited")
        #expect(
            reason("o", on: .routing) { $0.run.runInfo.modelFamily = "lstm" }
                == "order: this family has no neurons to look at")
    }
}
