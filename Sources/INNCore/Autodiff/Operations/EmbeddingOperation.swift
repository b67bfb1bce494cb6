import CKernels

/// h_i = embedding[token] for every neuron i that receives the character, 0 for the others and where it is not among a
/// neuron's symbols: `[neurons, batch·steps, width]` from token ids.
struct EmbeddingOperation {
    let tokens: UnsafePointer<Int32>
    let table: Parameter
    let scale: Float
    let output: Tensor
    /// How many neurons, the first, receive the character.
    let inputs: Int
    /// Which symbols reach which of them; nil for all.
    let senses: SymbolSenses?

    func backward(on tape: Tape) {
        guard let gradient = tape.outputGradient(of: output) else { return }
        let (rows, width) = (output.shape[1], output.shape[2])
        let sums = tape.workspace.take(rows * width)
        let chunks = min(16, rows)
        tape.team.run(chunks) { chunk, _ in
            let range = chunkRange(chunk, of: chunks, count: rows)
            let target = sums.pointer + range.lowerBound * width
            target.update(repeating: 0, count: range.count * width)
            for neuron in 0..<inputs {
                let source = gradient + (neuron * rows + range.lowerBound) * width
                guard let senses else {
                    inn_add(range.count * width, target, source)
                    continue
                }
                for (place, row) in range.enumerated() where senses.receives(neuron, tokens[row]) {
                    inn_add(width, target + place * width, source + place * width)
                }
            }
        }
        for row in 0..<rows {
            inn_add_scaled(width, table.gradient + Int(tokens[row]) * width, sums.pointer + row * width, scale)
        }
        tape.workspace.give(sums)
        tape.releaseGradient(of: output)
    }
}

/// The part of `0..<count` that belongs to one of `chunks` equal parts: fixed, so that sums do not depend on threads.
func chunkRange(_ chunk: Int, of chunks: Int, count: Int) -> Range<Int> {
    (count * chunk / chunks)..<(count * (chunk + 1) / chunks)
}

extension Tape {
    /// Looks token ids up in an embedding table, once per neuron.
    ///
    /// - Parameters:
    ///   - tokens: ids below `table.shape[0]`, which must stay valid until ``reset()``; count is batch·steps.
    ///   - table: `[vocabulary, width]`.
    ///   - inputs: how many neurons, the first, receive the character; nil for all. The others' states are 0.
    ///   - scale: multiplies the rows (√width in the author's Transformer, otherwise 1).
    /// - Returns: `[neurons, tokens, width]`.
    public func embedding(
        _ tokens: UnsafeBufferPointer<Int32>, table: Parameter, neurons: Int, inputs: Int? = nil, scale: Float = 1
    ) -> Tensor {
        embedding(tokens, table: table, neurons: neurons, inputs: inputs, senses: nil, scale: scale)
    }

    /// ``embedding(_:table:neurons:inputs:scale:)`` for neurons that do not all receive the same symbols.
    ///
    /// - Parameter senses: which symbols reach which of the inputs; nil for all. At any other a state is 0.
    func embedding(
        _ tokens: UnsafeBufferPointer<Int32>, table: Parameter, neurons: Int, inputs: Int?, senses: SymbolSenses?,
        scale: Float = 1
    ) -> Tensor {
        let width = table.shape[1]
        let rows = tokens.count
        let vocabulary = table.shape[0]
        // Texts and models are compared where they meet; this keeps a mistake there from reading and writing foreign
        // memory.
        precondition(
            tokens.allSatisfy { UInt32(bitPattern: $0) < UInt32(vocabulary) },
            "an id outside the embedding table of \(vocabulary)")
        let output = makeTensor([neurons, rows, width])
        let inputs = inputs ?? neurons
        timed(.embedding) {
            team.run(neurons) { neuron, _ in
                let target = output.data + neuron * rows * width
                guard neuron < inputs else { return target.update(repeating: 0, count: rows * width) }
                for row in 0..<rows {
                    guard senses?.receives(neuron, tokens[row]) ?? true else {
                        (target + row * width).update(repeating: 0, count: width)
                        continue
                    }
                    let source = table.values + Int(tokens[row]) * width
                    for index in 0..<width { target[row * width + index] = source[index] * scale }
                }
            }
        }
        record(
            .embedding(
                EmbeddingOperation(
                    tokens: tokens.baseAddress!, table: table, scale: scale, output: output, inputs: inputs,
                    senses: senses)))
        return output
    }
}
