import INNKit
import Testing

@testable import INNScreens

/// Every screen at every size, with every kind of data and terminal.
struct ScreenSnapshotTests {
    enum Content: String, CaseIterable { case trained, empty, onePoint, nan, large, red, finished }

    static func state(_ content: Content) -> AppState {
        var state = runState(content)
        if content != .empty { SyntheticRuns.fill(&state, isBroken: content == .nan) }
        if let frame = SyntheticGeneration.frame(content) {
            _ = reduce(&state, .generator(.ready))
            _ = reduce(&state, .generation(frame))
        }
        return state
    }

    private static func runState(_ content: Content) -> AppState {
        switch content {
        case .trained: return SyntheticRun(steps: 3200).state()
        case .empty:
            let notice =
                "no network and no text8: training on the built-in sample; put text8 into ./data or set INN_DATA_DIR"
            return AppState(runInfo: SyntheticRun.info(notice: notice), width: 0, height: 0)
        case .onePoint: return SyntheticRun(steps: 10, rounds: 1, heads: 1, probes: 1).state()
        case .nan:
            var run = SyntheticRun(steps: 600, probes: 2)
            for index in run.reports.indices where index % 7 > 3 || index > 40 {
                run.reports[index].trainBPC = .nan
                run.reports[index].validBPC = run.reports[index].validBPC.map { _ in .nan }
                run.reports[index].gradientNorm = .infinity
                run.reports[index].charsPerSecond = .nan
            }
            run.marks.append(EventMark(step: 420, kind: .notANumber, detail: "loss"))
            run.snapshots[1].tuning = run.snapshots[1].tuning.map { _ in .nan }
            run.snapshots[1].firingRate[3] = .nan
            return run.state()
        case .large: return SyntheticRun(steps: 60_000, neurons: 256, rounds: 1, heads: 1, probes: 2).state()
        case .red: return SyntheticRun(steps: 800, probes: 3, isDegenerate: true).state()
        case .finished:
            return SyntheticRun(steps: 1200, probes: 4, info: SyntheticRun.info(isLive: false)).state()
        }
    }

    private static func text(
        _ content: Content, _ screen: ScreenID, _ size: (Int, Int), _ colors: ColorLevel, _ glyphs: GlyphLevel
    ) -> String {
        var state = Self.state(content)
        state.screen = screen
        state.colorLevel = colors
        state.glyphLevel = glyphs
        if colors == .mono { state.theme = .mono }
        _ = reduce(&state, .resize(width: size.0, height: size.1))
        _ = reduce(&state, .tick(now: 100))
        return state.rendered().plainText()
    }

    @Test(arguments: ScreenID.allCases, [(160, 50), (80, 24), (40, 12), (1, 1)])
    func trained(_ screen: ScreenID, _ size: (Int, Int)) throws {
        try expectSnapshot(
            Self.text(.trained, screen, size, .truecolor, .braille), "\(screen.rawValue)-\(size.0)x\(size.1).txt")
    }

    @Test(arguments: ScreenID.allCases, [Content.empty, .onePoint, .nan, .large, .red])
    func otherData(_ screen: ScreenID, _ content: Content) throws {
        try expectSnapshot(
            Self.text(content, screen, (80, 24), .palette256, .braille),
            "\(screen.rawValue)-80x24-\(content.rawValue).txt")
    }

    @Test(arguments: ScreenID.allCases)
    func asciiAndMono(_ screen: ScreenID) throws {
        let text = Self.text(.trained, screen, (80, 24), .mono, .ascii)
        let isPlain = text.unicodeScalars.allSatisfy { $0.isASCII }
        #expect(isPlain)
        try expectSnapshot(text, "\(screen.rawValue)-80x24-mono-ascii.txt")
    }

    @Test(arguments: [ScreenID.overview, .train])
    func blockGlyphs(_ screen: ScreenID) throws {
        let text = Self.text(.trained, screen, (80, 24), .palette8, .blocks)
        #expect(!text.unicodeScalars.contains { (0x2800...0x28FF).contains($0.value) })
        try expectSnapshot(text, "\(screen.rawValue)-80x24-8-blocks.txt")
    }

    @Test func storedRun() throws {
        try expectSnapshot(
            Self.text(.finished, .overview, (120, 40), .truecolor, .braille), "overview-120x40-finished.txt")
    }

    @Test(arguments: ColorLevel.allCases)
    func colours(_ level: ColorLevel) throws {
        var state = Self.state(.trained)
        state.screen = .routing
        state.colorLevel = level
        if level == .mono { state.theme = .mono }
        _ = reduce(&state, .resize(width: 60, height: 20))
        try expectSnapshot(state.rendered().ansi(level: level), "routing-60x20-\(level.rawValue).ans")
    }

    /// Every combination that no snapshot is stored for: it must draw without a trap and fill exactly its buffer.
    @Test(arguments: Content.allCases)
    func everyCombinationDraws(_ content: Content) {
        var state = Self.state(content)
        for screen in ScreenID.allCases {
            for size in [
                (160, 50), (120, 40), (80, 24), (40, 12), (30, 8), (10, 3), (1, 1), (0, 0), (300, 9), (31, 90),
            ] {
                for (colors, glyphs) in [
                    (ColorLevel.truecolor, GlyphLevel.braille), (.palette256, .blocks), (.palette8, .ascii),
                    (.mono, .ascii),
                ] {
                    state.screen = screen
                    state.colorLevel = colors
                    state.glyphLevel = glyphs
                    state.isMaximised.toggle()
                    _ = reduce(&state, .resize(width: size.0, height: size.1))
                    #expect(state.rendered().cells.count == size.0 * size.1)
                }
            }
        }
    }

    @Test func identicalNeuronsTurnTheLightRedAndWithholdClaims() {
        for screen in ScreenID.allCases {
            let text = Self.text(.red, screen, (160, 50), .truecolor, .braille)
            #expect(text.contains("16 copies of one neuron"))
            #expect(!text.contains("listened to: k"))
            #expect(!text.contains("silhouette"))
        }
    }

    @Test func emptyPanesSayWhatTheyWaitFor() {
        let text = Self.text(.empty, .routing, (120, 40), .truecolor, .braille)
        #expect(text.contains("waiting for the first probes") && text.contains("later every 100 steps"))
        #expect(text.contains("no network and no text8: training on the built-in sample"))
    }
}
