import INNKit
import Testing

@testable import INNScreens

/// What the train screen says of the processes that train together.
struct RankScreenTests {
    private static func text(ranks: Int, hosts: Int, _ size: (Int, Int), glyphs: GlyphLevel = .braille) -> String {
        var run = SyntheticRun(steps: 3200)
        let speeds = (0..<ranks).map { 500 - Double(($0 * 7) % ranks) * 3 }
        run.reports[run.reports.count - 1].ranks = RankReport(
            hosts: (0..<ranks).map { "node\($0 * hosts / ranks + 1)" }, charsPerSecond: speeds,
            communication: hosts > 1 ? 0.123 : 0.0042, communicationSeconds: 0.07)
        var state = run.state()
        state.screen = .train
        state.glyphLevel = glyphs
        if glyphs == .ascii { (state.colorLevel, state.theme) = (.mono, .mono) }
        _ = reduce(&state, .resize(width: size.0, height: size.1))
        _ = reduce(&state, .tick(now: 100))
        return state.rendered().plainText()
    }

    @Test(arguments: [(160, 50), (120, 40), (80, 24), (60, 20), (40, 12)]) func fourRanks(_ size: (Int, Int)) throws {
        try expectSnapshot(Self.text(ranks: 4, hosts: 2, size), "train-\(size.0)x\(size.1)-ranks.txt")
    }

    @Test func manyRanksAreOneLine() throws {
        let text = Self.text(ranks: 64, hosts: 1, (160, 50))
        #expect(text.contains("64 ranks · 0.4 % in communication"))
        #expect(text.contains("each 311–500, slowest rank 9"), "\(text)")
        #expect(!text.contains("rank  0"))
    }

    @Test func theSlowestIsNamedAndOnAHostWhereThereAreSeveral() {
        let several = Self.text(ranks: 4, hosts: 2, (160, 50))
        #expect(several.contains("4 ranks · 12 % in communication"))
        for (rank, host) in ["node1", "node1", "node2", "node2"].enumerated() {
            #expect(several.contains("rank \(rank) \(host)"))
        }
        let slow = several.split(separator: "\n").filter { $0.contains("slowest") }
        #expect(slow.count == 1 && slow[0].contains("rank 1 node1"), "\(slow)")
        let one = Self.text(ranks: 4, hosts: 1, (160, 50))
        #expect(one.contains("rank 1") && !one.contains("node1"))
    }

    @Test func plainTerminalsHaveThemToo() {
        let text = Self.text(ranks: 2, hosts: 1, (120, 40), glyphs: .ascii)
        #expect(text.unicodeScalars.allSatisfy { $0.isASCII })
        #expect(text.contains("rank 0") && text.contains("slowest"))
    }

    @Test func oneProcessHasNone() {
        var state = ScreenSnapshotTests.state(.trained)
        state.screen = .train
        _ = reduce(&state, .resize(width: 160, height: 50))
        #expect(!state.rendered().plainText().contains("rank"))
    }
}
