import INNKit

/// Text that a network writes, a line of JSON with everything it did for each character.
package struct TracedText {
    private let generator: TextGenerator
    private let alphabet: Alphabet
    private let options: SamplingOptions
    private let seed: UInt64
    private let recorder: TraceRecorder
    private var line: TraceLine

    /// - Parameters:
    ///   - generator: has read the prompt; its probe is replaced.
    ///   - top: how many next characters and edges per round a line names.
    package init(
        _ generator: TextGenerator, _ shape: NetworkShape, _ alphabet: Alphabet, _ options: SamplingOptions,
        seed: UInt64, top: Int
    ) {
        (self.generator, self.alphabet, self.options, self.seed) = (generator, alphabet, options, seed)
        recorder = TraceRecorder(shape)
        line = TraceLine(alphabet, top: top)
        generator.probe = recorder
    }

    /// Draws a character, has the network read it, and tells of both.
    package mutating func next() -> [UInt8] {
        let position = generator.state.position
        let id = generator.draw(options, seed: seed)
        // Before the first character the network has expected nothing.
        let surprisal = position > 0 ? NextCharacter(logits: generator.logits).surprisal(id) : nil
        generator.read([id])
        return line.bytes(
            position: position, id: id, surprisal: surprisal, recorder.trace, NextCharacter(logits: generator.logits))
    }
}
