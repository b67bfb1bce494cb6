import INNKit
import Testing

@testable import INNScreens

/// What `I`, and `?` twice, say about the pane that one looks at.
struct ExplanationTests {
    private func press(_ state: inout AppState, _ keys: Key...) { for key in keys { _ = reduce(&state, .key(key)) } }

    private func explanation(_ state: AppState) -> String {
        ExplanationLayout(state, in: Rect(x: 0, y: 0, width: state.width, height: state.height)).lines.map(\.text)
            .joined(separator: "\n")
    }

    @Test(arguments: ScreenID.allCases) func everyPaneIsExplained(_ id: ScreenID) {
        let screen = Screens.screen(id)
        #expect(screen.explanations.map(\.pane) == screen.panes.map(\.title))
        for explanation in screen.explanations {
            let sentences = [explanation.what, explanation.reading, explanation.surprise]
            #expect(sentences.allSatisfy { $0.hasSuffix(".") }, "\(explanation.pane)")
            #expect(!explanation.terms.isEmpty && Set(explanation.terms).count == explanation.terms.count)
        }
    }

    @Test func everyTermIsUsedAndExplained() {
        let used = Set(Screens.all.flatMap { $0.explanations.flatMap(\.terms) } + Term.everywhere)
        for term in Term.allCases {
            #expect(used.contains(term), "\(term)")
            #expect(term.meaning.count > 15)
        }
    }

    /// Whatever stands on a screen in capitals or with a sign is expanded in the explanation of one of its panes.
    @Test(arguments: ScreenID.allCases, [ScreenSnapshotTests.Content.trained, .finished, .onePoint])
    func everyAbbreviationOfAScreenIsExpanded(_ id: ScreenID, _ content: ScreenSnapshotTests.Content) throws {
        var state = ScreenSnapshotTests.state(content)
        _ = reduce(&state, .insight(SyntheticInsight.insight(depth: .full)))
        _ = reduce(&state, .resize(width: 200, height: 60))
        state.screen = id
        var seen = ""
        for page in 0..<5 {
            for pane in Screens.screen(id).panes.indices {
                (state.focus[id], state.isMaximised) = (pane, pane > 0)
                seen += state.rendered().plainText()
            }
            if page < 4 { press(&state, .character("v")) }
        }
        let words = Screens.screen(id).explanations.flatMap(\.terms) + Term.everywhere
        let expanded = words.map { $0.rawValue + " " + $0.meaning }.joined(separator: " ")
        // Words first, each once: the expression over whole screens takes minutes.
        let letters = seen.unicodeScalars.split {
            !($0.properties.isAlphabetic || "_²0123456789".unicodeScalars.contains($0))
        }
        let shown = Set(letters.map { String($0) })
        let capitals = shown.flatMap { word in
            word.matches(of: /[A-Za-zΔ_²0-9]*[A-ZΔ][A-ZΔ_][A-Za-zΔ_²]*/).map { String($0.0) }
        }
        let others = [
            (" KL ", "KL"), ("sat ", "sat"), ("log2 a", "log2 a"), ("Pearson", "Pearson"),
            (", D ", "diversity"), (", z ", "standard deviations"), ("dynamism", "dynamism"), ("★ best", "★"),
        ]
        let tokens = Set(capitals).union(others.filter { seen.contains($0.0) }.map(\.1))
        // Names, and a word from the reason why a run cannot be read.
        let names = ["INN_DATA_DIR", "JSON", "LSTM"]
        for token in tokens where !names.contains(token) {
            #expect(expanded.contains(token), "\(id): \(token) is not expanded")
        }
    }

    @Test func aQuestionMarkAskedTwiceExplains() {
        var state = ScreenSnapshotTests.state(.trained)
        _ = reduce(&state, .resize(width: 120, height: 40))
        press(&state, .character("?"))
        #expect(state.overlay?.context == .help)
        press(&state, .character("?"))
        #expect(state.overlay == .explanation(offset: 0))
        #expect(state.rendered().plainText().contains("What would be surprising"))
        press(&state, .character("?"))
        #expect(state.overlay == nil)
        // In a search it is a character like any other.
        press(&state, .character("?"), .character("a"), .character("?"))
        guard case .help(let list) = state.overlay else { return #expect(Bool(false)) }
        #expect(list.query == "a?")
    }

    @Test func tabExplainsTheNextPaneAndTheFocusFollows() {
        var state = ScreenSnapshotTests.state(.finished)
        _ = reduce(&state, .resize(width: 120, height: 40))
        state.screen = .generate
        press(&state, .character("I"))
        #expect(explanation(state).contains("90 characters that were read"))
        press(&state, .tab)
        #expect(state.focusedPane == 1 && explanation(state).contains("1: the character"))
        press(&state, .backTab, .backTab)
        #expect(state.focusedPane == 6)
        press(&state, .escape)
        #expect(state.overlay == nil)
    }

    @Test(arguments: [(160, 50), (80, 24), (60, 20), (40, 12), (30, 8)])
    func allOfItCanBeRead(_ width: Int, _ height: Int) {
        var state = ScreenSnapshotTests.state(.finished)
        _ = reduce(&state, .resize(width: width, height: height))
        for id in ScreenID.allCases {
            for pane in Screens.screen(id).panes.indices {
                (state.screen, state.focus[id], state.overlay) = (id, pane, nil)
                press(&state, .character("I"))
                let layout = ExplanationLayout(state, in: Rect(x: 0, y: 0, width: width, height: height))
                var seen: Set<String> = []
                for _ in 0..<layout.lines.count / layout.rows + 1 {
                    let buffer = state.rendered()
                    for y in layout.area.y..<layout.area.maxY {
                        let row = (layout.area.x..<layout.area.maxX).map { buffer[$0, y].scalar }
                        var text = String(String.UnicodeScalarView(row))
                        while text.hasSuffix(" ") { text.removeLast() }
                        seen.insert(text)
                    }
                    for _ in 0..<layout.rows { press(&state, .down) }
                }
                for line in layout.lines {
                    #expect(columnCount(line.text) <= layout.area.width, "\(id) \(pane): \(line.text)")
                    #expect(seen.contains(line.text), "\(id) \(pane): \(line.text)")
                }
            }
        }
    }
}
