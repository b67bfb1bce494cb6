import Testing

@testable import INNScreens

@Test func writesOutsideABufferAreIgnored() {
    var b = CellBuffer(width: 2, height: 1)
    b[5, 5] = Cell("x")
    #expect(b.cells.allSatisfy { $0.scalar == " " })
}

/// Signs that mean different things beside each other stay different where only ASCII is shown.
@Test(
    arguments: [
        ["▴", "★", "✖", "▲", "←", "◆", "~", "›"],  // events on a time line
        ["↓", "↑", "↕", "·", "▸", "✖", "★", "●"],  // roles, the selected, the changed, hubs
        ["▴", "▾", "■", "·"],  // rounds in the raster
        ["✓", "·", "•", "●", "✖", "◆"],  // measured, spread, changed, cursor
    ] as [[Unicode.Scalar]]) func signsStayApartInASCII(_ signs: [Unicode.Scalar])
{
    let shown = signs.map(asciiStandIn)
    #expect(Set(shown).count == signs.count && !shown.contains("?"), "\(shown)")
}
