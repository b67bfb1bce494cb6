import CKernels

/// The edges that listeners keep when only the strongest count, tile by tile.
///
/// A class, since it is known only after a tile was worked out whether its listeners keep more edges than there was
/// room for: edges that are equally strong are kept together.
final class ChosenEdges {
    struct Tile {
        /// Edges that a listener has room for.
        var capacity: Int
        /// `[tile tokens, heads, neurons, capacity]` each.
        var speakers: UnsafeMutablePointer<Int32>
        var weights: UnsafeMutablePointer<Float>
        /// The largest number of edges that a listener keeps.
        var most = 0

        var isCrowded: Bool { most > capacity }

        fileprivate init(capacity: Int, listeners: Int, on tape: Tape) {
            let count = listeners * capacity
            self.capacity = capacity
            speakers = UnsafeMutableRawPointer(tape.keep(count).pointer).bindMemory(to: Int32.self, capacity: count)
            weights = tape.keep(count).pointer
        }
    }

    private let geometry: RoutingGeometry
    private let tiles: UnsafeMutableBufferPointer<Tile>

    init(_ g: RoutingGeometry, on tape: Tape) {
        geometry = g
        tiles = .allocate(capacity: g.tileCount)
        for tile in 0..<g.tileCount {
            tiles.initializeElement(
                at: tile, to: Tile(capacity: g.edgeRoom, listeners: Self.listeners(g, tile), on: tape))
        }
    }

    deinit { tiles.deallocate() }

    private static func listeners(_ g: RoutingGeometry, _ tile: Int) -> Int {
        g.tokens(tile).count * g.heads * g.neurons
    }

    subscript(tile: Int) -> Tile { tiles[tile] }

    /// Says how many edges the listeners of a tile keep; of different tiles on any threads.
    func setMost(_ most: Int, of tile: Int) { tiles[tile].most = most }

    /// Gives the tiles whose listeners keep more edges than there is room for enough of it, and names them: they have
    /// to be worked out once more.
    func makeRoom(on tape: Tape) -> (tiles: [Int], capacity: Int) {
        let crowded = tiles.indices.filter { tiles[$0].isCrowded }
        for tile in crowded {
            tiles[tile] = Tile(capacity: tiles[tile].most, listeners: Self.listeners(geometry, tile), on: tape)
        }
        return (crowded, crowded.map { tiles[$0].capacity }.max() ?? 0)
    }

    /// Writes a tile's weights, all but the kept edges' 0, laid out as ``RoutingWeights``.
    func write(_ tile: Int, into weights: UnsafeMutablePointer<Float>) {
        let g = geometry
        let lanes = Int(INN_ATTENTION_LANES)
        let edges = tiles[tile]
        weights.update(repeating: 0, count: g.weightOffset(tile + 1) - g.weightOffset(tile))
        for token in 0..<g.tokens(tile).count {
            for listener in 0..<(g.heads * g.neurons) {
                let place = (token * g.heads * g.neurons + listener) * edges.capacity
                let row = (token / lanes * g.heads * g.neurons + listener) * g.neurons
                for edge in place..<(place + edges.capacity) where edges.weights[edge] > 0 {
                    weights[(row + Int(edges.speakers[edge])) * lanes + token % lanes] = edges.weights[edge]
                }
            }
        }
    }
}
