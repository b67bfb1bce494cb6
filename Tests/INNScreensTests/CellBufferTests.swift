import Testing

@testable import INNScreens

@Test func writesOutsideABufferAreIgnored() {
    var b = CellBuffer(width: 2, height: 1)
    b[5, 5] = Cell("x")
    #expect(b.cells.allSatisfy { $0.scalar == " " })
}
