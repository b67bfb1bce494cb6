import INNKit
import Testing

@testable import INNScreens

/// The menu of a program that is started without a command.
@Suite struct StartMenuTests {
    private func run(_ name: String, _ startedAt: Double, _ state: RunSummary.State = .finished) -> RunSummary {
        RunSummary(name: name, state: state, validBPC: 2.125, lastStartedAt: startedAt)
    }

    private func drawn(_ menu: StartMenu, _ width: Int, _ height: Int, _ glyphs: GlyphLevel = .braille) -> [String] {
        let buffer = menu.rendered(width: width, height: height, colors: .truecolor, glyphs: glyphs)
        return (0..<height).map { y in
            String(String.UnicodeScalarView((0..<width).map { buffer[$0, y].scalar }))
        }
    }

    @Test func theNewestRunsAreOfferedFirst() {
        let runs = (1...12).map { run("run-\($0)", Double($0)) } + [run("broken", 99, .damaged)]
        var menu = StartMenu(runs: runs)
        let offered = menu.entries.dropFirst(menu.commandCount).map { $0.arguments }
        #expect(offered == (4...12).reversed().map { ["attach", "run-\($0)"] })
        #expect(menu.handle(.character("1")) == .run(["attach", "run-12"]))
        #expect(menu.handle(.character("9")) == .run(["attach", "run-4"]))
    }

    @Test func keysMoveChooseAndLeave() {
        var menu = StartMenu(runs: [run("one", 1)])
        #expect(menu.handle(.enter) == .run(["tour"]))
        #expect(menu.handle(.up) == .stays && menu.handle(.enter) == .run(["attach", "one"]))
        #expect(menu.handle(.down) == .stays && menu.handle(.down) == .stays)
        #expect(menu.handle(.enter) == .run(["explore"]))
        #expect(menu.handle(.character("s")) == .run(["train", "sample", "--preset", "tiny", "--minutes", "3"]))
        for key in [Key.escape, .character("q"), .control("c")] { #expect(menu.handle(key) == .leave) }
        #expect(menu.handle(.character("!")) == .stays && menu.handle(.pageDown) == .stays)
    }

    /// No two entries may answer to one key, and none to a key that moves.
    @Test func keysAreDistinct() {
        let menu = StartMenu(runs: (1...9).map { run("run-\($0)", Double($0)) })
        let keys = menu.entries.map(\.key)
        #expect(Set(keys).count == keys.count && Set(keys).isDisjoint(with: Array("jkgGlq? ")))
    }

    @Test(arguments: [(160, 50), (80, 24), (60, 20), (40, 12)])
    func everythingIsReadableWhereThereIsRoom(width: Int, height: Int) {
        var menu = StartMenu(runs: (1...9).map { run("run-\($0)", Double($0)) })
        for index in menu.entries.indices {
            let lines = drawn(menu, width, height)
            let entry = menu.entries[index]
            #expect(lines.contains { $0.contains("\(entry.key)  \(entry.title)") }, "\(entry.title)")
            #expect(lines.last?.contains("Enter open") == true)
            if width >= 80 {
                #expect(lines.contains { $0.contains(entry.explanation) }, "\(entry.explanation)")
                #expect(lines.last?.contains(entry.command) == true)
            }
            let row = lines.firstIndex { $0.contains("\(entry.key)  \(entry.title)") } ?? 0
            var clicked = menu
            #expect(
                clicked.handle(MouseEvent(kind: .press, x: 8, y: row), width: width, height: height)
                    == .run(entry.arguments))
            _ = menu.handle(.down)
        }
    }

    @Test func sizesAndGlyphsThatAreTooSmallDoNoHarm() {
        let menu = StartMenu(runs: [run("書道", 1)])
        for (width, height) in [(1, 1), (5, 2), (12, 3), (200, 4)] {
            #expect(drawn(menu, width, height).count == height)
        }
        #expect(drawn(menu, 80, 24, .ascii).allSatisfy { $0.unicodeScalars.allSatisfy { $0.value < 0x7F } })
    }
}
