import INNCore

/// Keeps the states of all neurons at evenly spaced characters.
package struct StateSampler {
    private let neurons: Int, stride: Int, limit: Int
    /// `[neurons][count, width]`.
    private var states: [[Float]]
    private var seen = 0
    package private(set) var count = 0
    private var width = 0

    /// Networks with more neurons are not compared pair by pair.
    package static let mostNeurons = 128
    private static let samples = 1024

    /// - Parameter characters: how many are going to be read.
    init(neurons: Int, characters: Int) {
        self.neurons = neurons
        limit = Self.samples
        stride = max(1, characters / Self.samples)
        states = [[Float]](repeating: [], count: neurons)
    }

    /// Forgets everything and keeps the room for it.
    package mutating func removeAll() {
        for neuron in 0..<neurons { states[neuron].removeAll(keepingCapacity: true) }
        (seen, count) = (0, 0)
    }

    /// - Parameter tensor: `[neurons, rows, width]`.
    package mutating func add(_ tensor: Tensor) {
        let rows = tensor.shape[1]
        width = tensor.shape[2]
        for row in 0..<rows where (seen + row) % stride == 0 && count < limit {
            for neuron in 0..<neurons {
                states[neuron] += UnsafeBufferPointer(start: tensor.data + (neuron * rows + row) * width, count: width)
            }
            count += 1
        }
        seen += rows
    }

    /// Debiased linear CKA, `[neurons, neurons]`.
    package func similarity() -> [Float] { LinearCKA.matrix(states: states, samples: count, width: width) }
}
