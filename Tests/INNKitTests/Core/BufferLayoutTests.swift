import Testing

@testable import INNCore

/// One declaration gives the size of a buffer and where its parts are.
@Suite struct BufferLayouts {
    private struct Pair: BufferLayout {
        let first, second: UnsafeMutablePointer<Float>

        init(_ parts: inout BufferParts, _ counts: (Int, Int)) {
            first = parts.claim(counts.0)
            second = parts.claim(counts.1)
        }
    }

    @Test func partsFollowEachOtherAtWholeLines() {
        let buffer = Workspace().take(Pair.count((17, 1)))
        defer { buffer.pointer.deallocate() }
        let pair = Pair(buffer.parts, (17, 1))
        #expect(Pair.count((17, 1)) == 48)
        #expect(pair.first == buffer.pointer && pair.second == buffer.pointer + 32)
        #expect(Pair.count((0, 0)) == 0)
    }

    @Test func slicesFollowEachOther() {
        let count = Pair.count((5, 16))
        let buffer = Workspace().take(3 * count)
        defer { buffer.pointer.deallocate() }
        let pairs = (0..<3).map { Pair(buffer.slice($0, of: count), (5, 16)) }
        #expect(pairs.map(\.first) == (0..<3).map { buffer.pointer + $0 * count })
        #expect(pairs.map(\.second) == (0..<3).map { buffer.pointer + $0 * count + 16 })
    }

    #if DEBUG && os(Linux)
    @Test func aLayoutThatFitsIsFine() async {
        await #expect(processExitsWith: .success) {
            let buffer = Workspace().take(Pair.count((17, 1)))
            _ = Pair(buffer.parts, (17, 1))
        }
    }

    @Test func aLayoutBeyondItsBufferEndsDebugBuilds() async throws {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let buffer = Workspace().take(Pair.count((17, 1)) - 16)
            _ = Pair(buffer.parts, (17, 1))
        }
        let said = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
        #expect(said.contains("a buffer of 32 floats is laid out with at least 48"))
    }

    @Test func aSliceBeyondItsBufferEndsDebugBuilds() async {
        await #expect(processExitsWith: .failure) {
            let buffer = Workspace().take(32)
            _ = buffer.slice(2, of: 16)
        }
    }

    /// A tile that is larger than what was kept for it, as when sizes of two passes are mixed up.
    @Test func aTileOfAnotherSizeEndsDebugBuilds() async {
        await #expect(processExitsWith: .failure) {
            var geometry = MemoryGeometry(
                neurons: 1, batchSize: 1, steps: 9, dModel: 7, dInner: 14, stateSize: 3, convKernel: 4, dtRank: 1)
            let buffer = Workspace().take(MemoryTile.KeptValues.count(geometry))
            geometry.steps += 1
            _ = MemoryTile.KeptValues(buffer.parts, geometry)
        }
    }
    #endif
}
