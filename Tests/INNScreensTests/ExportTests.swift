import Foundation
import Testing

@testable import INNScreens

struct ExportTests {
    @Test func coloursReduceToTheNearestOfEachLevel() {
        #expect(quantised(.rgb(1, 2, 3), level: .truecolor) == .rgb(1, 2, 3))
        #expect(quantised(.rgb(255, 0, 0), level: .palette256) == .index(196))
        #expect(quantised(.rgb(128, 128, 128), level: .palette256) == .index(244))
        #expect(quantised(.rgb(250, 10, 20), level: .palette8) == .index(1))
        #expect(quantised(.rgb(250, 10, 20), level: .mono) == .terminalDefault)
        #expect(quantised(.terminalDefault, level: .truecolor) == .terminalDefault)
        for (index, color) in basicColors.enumerated() { #expect(quantised(color, level: .palette8) == .index(index)) }
    }

    @Test func ansiWritesOnlyChangesAndResetsEachLine() {
        var buffer = CellBuffer(width: 3, height: 1)
        buffer.write("ab", x: 0, y: 0, width: 3, Style(.rgb(255, 0, 0), on: .terminalDefault, .bold))
        #expect(buffer.ansi(level: .truecolor) == "\u{1B}[0;1;38;2;255;0;0mab\u{1B}[0m \u{1B}[0m\n")
        #expect(buffer.ansi(level: .palette256) == "\u{1B}[0;1;38;5;196mab\u{1B}[0m \u{1B}[0m\n")
        #expect(buffer.ansi(level: .palette8) == "\u{1B}[0;1;31mab\u{1B}[0m \u{1B}[0m\n")
        #expect(buffer.ansi(level: .mono) == "\u{1B}[0;1mab\u{1B}[0m \u{1B}[0m\n")
    }

    @Test(arguments: ScreenID.allCases) func svgIsWellFormedAndSelfContained(_ screen: ScreenID) {
        let svg = exportView(SyntheticRun(steps: 500, probes: 2).state(screen), .svg).contents
        let checker = TagChecker()
        #expect(checker.isBalanced(svg))
        #expect(!svg.contains("href") && !svg.contains("nan") && !svg.contains("–\""))
    }

    @Test func svgDrawsBlocksAsShapesAndEscapesText() {
        var buffer = CellBuffer(width: 8, height: 1)
        buffer.write("<&>█▄⠁─", x: 0, y: 0, width: 8, Style())
        let svg = buffer.svg(theme: Theme(.light, level: .truecolor))
        #expect(svg.contains("&lt;&amp;&gt;</text>"))
        #expect(!svg.contains("█") && !svg.contains("⠁") && svg.contains("fill=\"#fcfcfa\""))
    }

    @Test func csvHoldsTheNumbersOfEachScreen() {
        let run = SyntheticRun(steps: 500, neurons: 4, probes: 2)
        let lines = ScreenID.allCases.map { screen in
            var state = run.state(screen)
            SyntheticRuns.fill(&state)
            _ = reduce(&state, .generation(SyntheticGeneration.frame(neurons: 4, position: 30)))
            return exportView(state, .csv).contents.split(separator: "\n")
        }
        // 50 reports in five series (validation every tenth); 4·3 edges; 2 rounds × 4 neurons; 27 symbols × 4 neurons;
        // 30 characters; 5 runs.
        #expect(lines.map(\.count) == [1 + 4 * 50 + 5, 1 + 4 * 50 + 5, 1 + 12, 1 + 8, 1 + 27 * 4, 1 + 30, 1 + 5])
        for table in lines {
            let fields = table[0].split(separator: ",").count
            #expect(table.allSatisfy { $0.split(separator: ",", omittingEmptySubsequences: false).count == fields })
        }
    }

    @Test func longTextIsCutAndOddCharactersKeepTheirColumns() {
        var buffer = CellBuffer(width: 6, height: 1)
        #expect(buffer.write("abcdefgh", x: 0, y: 0, width: 6, Style()) == 6)
        #expect(buffer.plainText() == "abcde…\n")
        #expect(columnCount("e\u{301}\n日") == 4)
        buffer.write("e\u{301}\n日x", x: 0, y: 0, width: 6, Style())
        #expect(buffer.plainText().hasPrefix("e\u{301}·日x"))
    }
}

/// Checks that tags open and close in order, which is what well-formedness means for our writer.
private struct TagChecker {
    func isBalanced(_ text: String) -> Bool {
        var open: [Substring] = []
        var rest = text[...]
        while let start = rest.firstIndex(of: "<") {
            guard let end = rest[start...].firstIndex(of: ">") else { return false }
            let tag = rest[rest.index(after: start)..<end]
            if tag.hasPrefix("/") {
                guard open.popLast() == tag.dropFirst() else { return false }
            } else if !tag.hasSuffix("/") {
                open.append(tag.prefix { $0 != " " })
            }
            rest = rest[rest.index(after: end)...]
        }
        return open.isEmpty
    }
}
