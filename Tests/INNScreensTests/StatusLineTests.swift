import INNKit
import Testing

@testable import INNScreens

/// Header and status line: what there is room for, and no number without its name.
struct StatusLineTests {
    private func rows(_ state: AppState, width: Int, height: Int = 24) -> (header: String, status: String) {
        var state = state
        _ = reduce(&state, .resize(width: width, height: height))
        _ = reduce(&state, .tick(now: 100))
        let lines = state.rendered().plainText().split(separator: "\n", omittingEmptySubsequences: false)
        return (String(lines[0]), String(lines[height - 2]))
    }

    @Test(arguments: [40, 60, 80, 100, 120, 160]) func lossesBearTheirNames(width: Int) throws {
        let state = ScreenSnapshotTests.state(.trained)
        let report = try #require(state.data.history.latest)
        let line = rows(state, width: width).status
        for (value, name) in [(report.trainBPC, "train "), (state.data.history.lastValidation ?? .nan, "valid ")] {
            for digits in [2, 3] {
                let number = Format.fixed(value, digits)
                for range in line.ranges(of: number) {
                    #expect(line[..<range.lowerBound].hasSuffix(name), "\(line)")
                }
            }
        }
        #expect(line.contains("valid "), "\(line)")
        if width >= 80 { #expect(line.contains("train ") && line.contains("BPC") && line.contains("left"), "\(line)") }
        if width == 120 { #expect(line.contains("chars/s"), "\(line)") }
    }

    @Test func screensAreNamedWhereTheirNamesFit() {
        let state = ScreenSnapshotTests.state(.trained)
        let wide = rows(state, width: 120).header
        for id in ScreenID.allCases { #expect(wide.contains(Screens.screen(id).title), "\(wide)") }
        #expect(wide.contains("text8-small-1"))
        let narrow = rows(state, width: 80).header
        #expect(narrow.contains(" 1  2 ") && narrow.contains("●"), "\(narrow)")
    }

    /// What was said of a state goes when a key makes another one.
    @Test func aMessageGoesWithTheNextKey() {
        var state = ScreenSnapshotTests.state(.trained)
        _ = reduce(&state, .key(.character("P")))
        #expect(state.message != nil)
        _ = reduce(&state, .key(.control("l")))
        #expect(state.message != nil)
        _ = reduce(&state, .key(.character("4")))
        #expect(state.message == nil)
        _ = reduce(&state, .message("from elsewhere"))
        _ = reduce(&state, .tick(now: 1))
        #expect(state.message != nil)
        _ = reduce(&state, .tick(now: 10))
        #expect(state.message == nil)
    }

    /// Who types fast sees all the same that a recording has ended.
    @Test func anAlarmOutlastsKeysUntilItIsDismissed() {
        var state = ScreenSnapshotTests.state(.trained)
        _ = reduce(&state, .resize(width: 120, height: 24))
        func status() -> String { String(state.rendered().plainText().split(separator: "\n")[22]) }
        _ = reduce(&state, .alarm("the disk is full"))
        for key in "412" { _ = reduce(&state, .key(.character(key))) }
        #expect(status().contains("the disk is full"))
        _ = reduce(&state, .message("an answer to a key"))
        #expect(status().contains("an answer to a key"))
        _ = reduce(&state, .key(.character("3")))
        #expect(status().contains("the disk is full"))
        var dismissed = state
        _ = reduce(&dismissed, .key(.escape))
        #expect(dismissed.alarm == nil && dismissed.screen == .neurons)
        _ = reduce(&state, .tick(now: 14))
        #expect(status().contains("the disk is full"))
        _ = reduce(&state, .tick(now: 15))
        #expect(!status().contains("the disk is full"))
        _ = reduce(&state, .alarm("the database refuses", lasts: true))
        _ = reduce(&state, .tick(now: 1e6))
        #expect(status().contains("the database refuses"))
        _ = reduce(&state, .key(.escape))
        #expect(state.alarm == nil)
    }

    /// The narrowest terminal says what ending without a checkpoint is, of the marked choice all of it.
    @Test func theQuitDialogSaysAllOfItEverywhere() throws {
        for (width, height) in [(40, 12), (60, 20), (80, 24), (120, 40)] {
            var state = ScreenSnapshotTests.state(.trained)
            _ = reduce(&state, .resize(width: width, height: height))
            _ = reduce(&state, .key(.character("q")))
            for choice in state.listEntries {
                let buffer = state.rendered()
                let area = DialogLayout(state, in: buffer.bounds).area
                let rows = (area.y..<area.maxY).map { y in
                    String(String.UnicodeScalarView((area.x..<area.maxX).map { buffer[$0, y].scalar }))
                }
                let words = rows.joined().filter { $0 != " " }
                #expect(words.contains("endwithoutsaving") && words.contains("back"))
                #expect(words.contains(choice.help.filter { $0 != " " }), "\(choice.help) at \(width)×\(height)")
                _ = reduce(&state, .key(.down))
            }
        }
    }
}
