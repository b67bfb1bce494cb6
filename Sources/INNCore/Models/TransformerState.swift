/// A Transformer's view of a ``RecurrentState``: keys and values of every layer,
/// `[layers, 2, batchSize, contextLength, dModel]`, then the ids they came from, `[batchSize, contextLength]`. How much
/// of it is filled follows from the number of characters read.
final class TransformerState {
    let state: RecurrentState
    private let configuration: TransformerConfiguration
    /// Characters in the cache.
    private(set) var filled: Int

    init(_ state: RecurrentState, _ configuration: TransformerConfiguration) {
        self.state = state
        self.configuration = configuration
        filled = Self.filled(after: state.position, configuration)
    }

    static func count(_ c: TransformerConfiguration, batchSize: Int) -> Int {
        batchSize * c.contextLength * (c.layers * 2 * c.dModel + 1)
    }

    /// Characters that are read again when the cache is full.
    static func kept(_ c: TransformerConfiguration) -> Int { c.contextLength / 2 }

    static func filled(after position: Int, _ c: TransformerConfiguration) -> Int {
        guard position > c.contextLength else { return position }
        let room = c.contextLength - kept(c)
        return kept(c) + (position - c.contextLength - 1) % room + 1
    }

    var batchSize: Int { state.batchSize }
    var free: Int { configuration.contextLength - filled }
    var isFull: Bool { free == 0 }

    func advance(_ count: Int) { filled += count }

    func cache(layer: Int) -> AttentionCache {
        let size = batchSize * configuration.contextLength * configuration.dModel
        return AttentionCache(
            keys: state.data + 2 * layer * size, values: state.data + (2 * layer + 1) * size,
            capacity: configuration.contextLength, filled: filled)
    }

    private var ids: UnsafeMutablePointer<Float> {
        state.data + configuration.layers * 2 * batchSize * configuration.contextLength * configuration.dModel
    }

    /// Notes the next ids of every stream and returns them, `[batchSize, count]`.
    func append(
        _ tokens: UnsafeBufferPointer<Int32>, from start: Int, count: Int, of steps: Int, on tape: Tape
    ) -> UnsafeBufferPointer<Int32> {
        let piece = Self.ids(batchSize * count, on: tape)
        for stream in 0..<batchSize {
            for index in 0..<count {
                let id = tokens[stream * steps + start + index]
                piece[stream * count + index] = id
                ids[stream * configuration.contextLength + filled + index] = Float(id)
            }
        }
        return UnsafeBufferPointer(piece)
    }

    /// Empties the cache but for the ids of its last part, which move to the front and are returned to be read again.
    func startOver(on tape: Tape) -> UnsafeBufferPointer<Int32> {
        let kept = Self.kept(configuration)
        let length = configuration.contextLength
        let piece = Self.ids(batchSize * kept, on: tape)
        for stream in 0..<batchSize {
            for index in 0..<kept {
                let id = ids[stream * length + length - kept + index]
                ids[stream * length + index] = id
                piece[stream * kept + index] = Int32(id)
            }
        }
        filled = 0
        return UnsafeBufferPointer(piece)
    }

    /// Room for ids that lives as long as the tape's tensors.
    private static func ids(_ count: Int, on tape: Tape) -> UnsafeMutableBufferPointer<Int32> {
        let raw = UnsafeMutableRawPointer(tape.keep(count).pointer)
        return UnsafeMutableBufferPointer(start: raw.bindMemory(to: Int32.self, capacity: count), count: count)
    }
}
