import INNCore

/// The tensors of the author's PyTorch model (`inn_model.py`) and which of our parameters each of them is.
///
/// In that model `layers.I.0` is the neurons' memory, `layers.I.1` the attention over neurons, and `layers.I.2` and
/// `layers.I.3` are the norms before each; `head.weight` is the same tensor as `embedding.weight`.
enum OfficialNames {
    struct Entry {
        /// The name in the state_dict.
        let official: String
        /// The name in our ``ParameterStore``.
        let ours: String
        /// The shape in the state_dict; ours differs only by leading axes of length 1 and by how neurons × channels are
        /// split.
        let shape: [Int]
    }

    static let embedding = "embedding.weight"
    static let head = "head.weight"
    /// Key of the metadata that says what the ids stand for.
    static let alphabet = "alphabet"

    /// All tensors except ``head``, in the order of the state_dict.
    static func entries(_ c: INNConfiguration) -> [Entry] {
        let inner = c.dInner
        let width = c.dModel
        var entries = [Entry(official: embedding, ours: "embedding.weight", shape: [c.vocabularySize, width])]
        for round in 0..<c.rounds {
            func add(_ official: String, _ ours: String, _ shape: [Int]) {
                entries.append(
                    Entry(official: "layers.\(round).\(official)", ours: "rounds.\(round).\(ours)", shape: shape))
            }
            add("0.A_log", "memory.aLog", [inner, c.stateSize])
            add("0.D", "memory.skip", [inner])
            add("0.in_proj.weight", "memory.inProjection", [2 * inner, width])
            add("0.conv1d.weight", "memory.convWeight", [c.neurons * inner, 1, c.convKernel])
            add("0.conv1d.bias", "memory.convBias", [c.neurons * inner])
            add("0.x_proj.weight", "memory.xProjection", [c.deltaRank + 2 * c.stateSize, inner])
            add("0.dt_proj.weight", "memory.deltaProjection", [inner, c.deltaRank])
            add("0.dt_proj.bias", "memory.deltaBias", [inner])
            add("0.out_proj.weight", "memory.outProjection", [width, inner])
            add("1.in_proj_weight", "routing.inProjection", [3 * width, width])
            add("1.in_proj_bias", "routing.inBias", [3 * width])
            add("1.out_proj.weight", "routing.outProjection", [width, width])
            add("1.out_proj.bias", "routing.outBias", [width])
            for (index, norm) in [(2, "memoryNorm"), (3, "routingNorm")] {
                add("\(index).weight", "\(norm).weight", [width])
                add("\(index).bias", "\(norm).bias", [width])
            }
        }
        entries.append(Entry(official: "norm_f.weight", ours: "readout.norm.weight", shape: [width]))
        entries.append(Entry(official: "norm_f.bias", ours: "readout.norm.bias", shape: [width]))
        entries.append(Entry(official: "head.bias", ours: "readout.bias", shape: [c.vocabularySize]))
        return entries
    }
}
