import CKernels

extension RoutingActivations {
    /// How much an approximate search for the strongest edges has found of them.
    public struct Recall: Sendable {
        /// Summed over listeners, characters and heads: the share of the weight of a listener's true strongest edges
        /// that lies on edges which it keeps. The weights are those of the softmax over all its edges.
        public var found = 0.0
        /// Those that have an open edge.
        public var listeners = 0

        public init() {}
    }

    /// Compares the edges that were found with the true strongest, for which all scores are made; nil where they were
    /// made anyway.
    ///
    /// - Parameter team: shares the tiles.
    public func recall(team: ThreadTeam) -> Recall? {
        guard geometry.searchedBlocks > 0, let chosen else { return nil }
        var tiles = [Recall](repeating: Recall(), count: geometry.tileCount)
        tiles.withUnsafeMutableBufferPointer { tiles in
            nonisolated(unsafe) let tiles = tiles
            team.run(geometry.tileCount) { tile, _ in tiles[tile] = recall(tile, chosen[tile]) }
        }
        return tiles.reduce(into: Recall()) {
            $0.found += $1.found
            $0.listeners += $1.listeners
        }
    }

    private func recall(_ tile: Int, _ kept: ChosenEdges.Tile) -> Recall {
        let g = geometry
        var room = g.topK
        while true {
            let count = g.tokens(tile).count * g.heads * g.neurons * room
            let speakers = UnsafeMutablePointer<Int32>.allocate(capacity: count)
            let weights = UnsafeMutablePointer<Float>.allocate(capacity: count)
            defer {
                speakers.deallocate()
                weights.deallocate()
            }
            var edges = inn_attention_edges(capacity: Int32(room), speakers: speakers, weights: weights)
            let most = chooseExactly(tile, &edges)
            guard most > room else { return compare(edges, kept, listeners: count / room) }
            room = most
        }
    }

    /// - Returns: the largest number of edges that a listener keeps.
    private func chooseExactly(_ tile: Int, _ edges: inout inn_attention_edges) -> Int {
        let g = geometry
        let scratch = UnsafeMutablePointer<Float>.allocate(
            capacity: inn_attention_choose_scratch_floats(
                Int32(g.neurons), Int32(g.headDim), Int32(g.topK), edges.capacity))
        defer { scratch.deallocate() }
        var input = attentionInput(tile)
        return g.edges.scoreBias.withUnsafeBufferPointer {
            input.scoreBias = $0.baseAddress
            return Int(inn_attention_choose(&input, &edges, scratch))
        }
    }

    private func compare(_ edges: inn_attention_edges, _ kept: ChosenEdges.Tile, listeners: Int) -> Recall {
        var recall = Recall()
        let room = Int(edges.capacity)
        for listener in 0..<listeners {
            let strongest = (listener * room)..<((listener + 1) * room)
            guard strongest.contains(where: { edges.weights[$0] > 0 }) else { continue }
            recall.listeners += 1
            let own = (listener * kept.capacity)..<((listener + 1) * kept.capacity)
            for edge in strongest where edges.weights[edge] > 0 {
                let isFound = own.contains {
                    kept.weights[$0] > 0 && kept.speakers[$0] == edges.speakers[edge]
                }
                if isFound { recall.found += Double(edges.weights[edge]) }
            }
        }
        return recall
    }
}
