import INNKit
import Testing

@testable import INNScreens

/// The firing raster keeps its form, and shows what lies before and behind the present character.
struct RasterFormTests {
    private func opened(
        _ width: Int, _ height: Int, position: Int = 90, ahead: Int = 0, look: (ColorLevel, GlyphLevel)? = nil
    ) -> AppState {
        var state = SyntheticRun(steps: 400, probes: 2, info: SyntheticRun.info(isLive: false)).state(
            .generate, width: width, height: height)
        if let look {
            (state.colorLevel, state.glyphLevel) = look
            if look.0 == .mono { state.theme = .mono }
        }
        _ = reduce(&state, .generator(.ready))
        _ = reduce(&state, .generation(SyntheticGeneration.frame(position: position, ahead: ahead)))
        state.generate.raster = true
        return state
    }

    /// The rows of the raster's pane, without the title; empty where it is not on display.
    private func raster(_ state: AppState) -> [String] {
        guard let inner = ScreenFrame(state).panes.first(where: { $0.index == 6 })?.inner else { return [] }
        let buffer = state.rendered()
        return (inner.y..<inner.maxY).map { y in
            String(String.UnicodeScalarView((inner.x..<inner.maxX).map { buffer[$0, y].scalar }))
        }
    }

    /// The drawer, a change and the line about it take their rows from the other panes: the same neurons stand in the
    /// same order, under the same line of text.
    @Test(arguments: [(160, 50), (120, 40), (80, 24), (60, 20)], [0, 9])
    func theDrawerLeavesItAsItIs(_ size: (Int, Int), _ neuron: Int) {
        var state = opened(size.0, size.1)
        state.run.selection.neuron = neuron
        let before = raster(state)
        #expect(before.count >= 9, "\(before)")
        _ = reduce(&state, .key(.character("b")))
        #expect(raster(state) == before)
        _ = reduce(&state, .key(.character("n")))
        #expect(ScreenFrame(state).interventions.height == 1)
        #expect(raster(state).map { $0.replacing("✖", with: "▸") } == before)
        _ = reduce(&state, .key(.escape))
        #expect(raster(state).map { $0.replacing("✖", with: "▸") } == before)
    }

    /// Panes have their frames as long as the screen has its size.
    @Test(arguments: [(160, 50), (120, 40), (100, 31)]) func framesStay(_ size: (Int, Int)) {
        var state = opened(size.0, size.1)
        #expect(ScreenFrame(state).isBoxed)
        for key in ["b", "n", "e", "r"] { _ = reduce(&state, .key(.character(Character(key)))) }
        #expect(ScreenFrame(state).isBoxed)
    }

    /// One column for each character, in the line that the position is in; what lies ahead is there, but fainter.
    @Test func itFollowsThePositionBack() throws {
        let (back, there) = (opened(120, 40, position: 20, ahead: 70), opened(120, 40, position: 90))
        let rows = raster(back)
        #expect(rows[0].contains("the history of the world in the nineteenth"))
        #expect(!raster(there)[0].contains("the history of the world"))
        let inner = try #require(ScreenFrame(back).panes.first { $0.index == 6 }).inner
        let (cells, scale) = (back.rendered(), ColorScale(.viridis, low: 0, high: 1, look: back.look))
        let frame = try #require(back.run.generation)
        for index in [10, 19, 20, 40] {
            let gates = frame.text[index].gates
            guard let step = scale.step(gates[2]), step > 0, scale.step(gates[18]) ?? 0 > 0 else { continue }
            let cell = cells[inner.x + 7 + index, inner.y + 3]
            #expect(cell.foreground == scale.color(step: step, isFaint: index >= 20, back.look), "\(index)")
        }
    }

    /// Where there is height there are several lines, the one with the position last.
    @Test func severalLinesStandUnderEachOther() {
        var state = opened(100, 60, position: 230)
        (state.focus[.generate], state.isMaximised) = (6, true)
        let rows = raster(state)
        let lines = rows.indices.filter { rows[$0].hasPrefix("       ") && rows[$0].contains("the") }
        #expect(lines.count == 2 && lines.last! - lines[0] == 20, "\(rows.joined(separator: "\n"))")
        #expect(rows.count { $0.hasPrefix("▸  0") } == 2)
        // A click on the upper line goes there.
        let inner = ScreenFrame(state).panes[0].inner
        let effects = reduce(
            &state, .mouse(MouseEvent(kind: .press, x: inner.x + 7 + 5, y: inner.y + lines[0] + 4)))
        #expect(state.run.selection.neuron == 3)
        let width = inner.width - 7
        #expect(effects == [.generator(.step(229 / width * width - width + 6 - 230))])
    }

    /// Both rounds also where there are neither colours nor half blocks.
    @Test(arguments: [(ColorLevel.mono, GlyphLevel.ascii), (.palette256, .ascii), (.mono, .braille)])
    func bothRoundsWithoutHalfBlocks(_ colors: ColorLevel, _ glyphs: GlyphLevel) throws {
        let state = opened(120, 40, look: (colors, glyphs))
        let frame = try #require(state.run.generation)
        let rows = raster(state)
        let signs = glyphs == .ascii ? ["^", "v", "#"] : ["▴", "▾", "■"]
        for sign in signs { #expect(rows[1...16].contains { $0.dropFirst(7).contains(sign) }, "\(sign)") }
        #expect(rows.last!.contains(signs[2] + " both"), "\(rows.last!)")
        let gates = frame.text[89].gates
        let column = 7 + 89 % (rows[0].count - 7)
        for neuron in 0..<16 where gates[neuron] > 0.5 {
            let expected = gates[16 + neuron] > 0.5 ? signs[2] : signs[0]
            #expect(String(Array(rows[1 + neuron])[column]) == expected)
        }
    }
}
