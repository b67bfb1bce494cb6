import CKernels

/// Attention among many neurons, which stores no weights: see ``RoutingGeometry/Form``.
extension RoutingStepOperation {
    func attendStreaming(_ tile: Int, _ input: inout inn_attention_input, _ scratch: UnsafeMutablePointer<Float>) {
        var result = attentionOutput(tile, scratch)
        result.rows = activations.listenerRows! + tile * geometry.listenerRowCount
        inn_attention_stream_forward(&input, &result)
    }

    /// - Returns: whether there was room for the edges that listeners keep; if not, nothing was mixed.
    func attendChoosing(
        _ tile: Int, _ input: inout inn_attention_input, _ scratch: UnsafeMutablePointer<Float>
    ) -> Bool {
        guard let chosen = activations.chosen else { return true }
        var edges = chosen[tile].kernelEdges
        let searched = Int32(geometry.searchedBlocks)
        let most =
            searched > 0
            ? inn_attention_search(&input, &edges, searched, scratch) : inn_attention_choose(&input, &edges, scratch)
        chosen.setMost(Int(most), of: tile)
        guard !chosen[tile].isCrowded else { return false }
        var result = attentionOutput(tile, scratch)
        inn_attention_chosen_forward(&input, &edges, &result)
        return true
    }

    func attendBackwardInBlocks(
        _ tile: Int, _ input: inout inn_attention_input, _ result: inout inn_attention_gradient
    ) {
        result.mix = UnsafePointer(activations.mix + geometry.firstPlace(tile) * geometry.dModel)
        if let chosen = activations.chosen {
            var edges = chosen[tile].kernelEdges
            inn_attention_chosen_backward(&input, &edges, &result)
        } else {
            result.rows = UnsafePointer(activations.listenerRows! + tile * geometry.listenerRowCount)
            inn_attention_stream_backward(&input, &result)
        }
    }
}

extension ChosenEdges.Tile {
    fileprivate var kernelEdges: inn_attention_edges {
        inn_attention_edges(capacity: Int32(capacity), speakers: speakers, weights: weights)
    }
}
