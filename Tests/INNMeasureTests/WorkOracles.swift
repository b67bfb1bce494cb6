import Testing

@testable import INNCore

/// The arithmetic that `bench` compares a machine with, counted by hand for small models.
@Suite struct WorkOracles {
    /// 2 neurons, D 4, E 8, S 3, K 2, dtRank 1, 1 round, 27 symbols. Per neuron and character, multiply-adds: W_in
    /// 4·16, W_x 8·(1 + 6), W_dt 1·8, W_out 8·4, and W_Q, W_K, W_V, W_O 4·16; the readout 4·27 once. Each costs two
    /// operations, once forward and twice backward.
    ///
    /// Elsewhere: the scan 25 per inner channel and state, the convolution 2 per tap and pass, the neurons' attention
    /// 2·D per speaker for scores and mix, two operations in three passes. Exponentials: a decay per channel and state,
    /// forward and recomputed; SiLU of x and z and softplus with their gradients, two of each per channel; a softmax
    /// over the speakers and the gate.
    @Test func theNetworkByHand() {
        let c = INNConfiguration(neurons: 2, dModel: 4, rounds: 1, heads: 2, stateSize: 3, convKernel: 2)
        let work = ModelWork.training(.inn(c))
        let products = 2 * (4 * 16 + 8 * 7 + 8 + 8 * 4 + 4 * 16) + 4 * 27
        #expect(work.matrixFlops == Double(6 * products))
        #expect(work.vectorFlops == Double(2 * (8 * 3 * 25 + 6 * 8 * 2 + 6 * (2 * 4 * 2))))
        #expect(work.exponentials == Double(2 * (2 * 8 * 3 + 6 * 8 + 2 * 2 + 1)))
    }

    @Test func variantsOfTheNetworkByHand() {
        let base = INNConfiguration(neurons: 4, dModel: 4, rounds: 3, heads: 1, stateSize: 3, convKernel: 2)
        func work(_ change: (inout INNConfiguration) -> Void) -> ModelWork {
            var c = base
            change(&c)
            return ModelWork.training(c)
        }
        let block = 4 * 16 + 8 * 7 + 8 + 8 * 4
        let readout = 6 * 4 * 27
        #expect(work { $0.routing = .off }.matrixFlops == Double(6 * 12 * block + readout))
        // Without queries and keys: W_V and W_O, and the mix alone.
        let uniform = work { $0.routing = .uniform }
        #expect(uniform.matrixFlops == Double(6 * 12 * (block + 2 * 16) + readout))
        // Decays and SiLUs as ever, and the gate; there is no softmax.
        #expect(uniform.exponentials == Double(12 * (2 * 8 * 3 + 6 * 8 + 1)))
        #expect(uniform.vectorFlops == Double(12 * (8 * 3 * 25 + 6 * 8 * 2 + 6 * 4 * 4)))
        // A gate that nothing goes through is not made.
        #expect(work { $0.routing = .off }.exponentials == 12 * (48 + 48))
        #expect(work { $0.gate = .off }.exponentials == 12 * (48 + 48 + 4))
        #expect(work { $0.routing = .off }.vectorFlops == Double(12 * (8 * 3 * 25 + 6 * 8 * 2)))
        // Two groups of two: two speakers, a hub, and of the 2·2 pairs of hubs, scored and mixed, a quarter each.
        let speakers: Double = 2 + 1 + 2
        #expect(work { $0.groups = 2 }.vectorFlops == 12 * (696 + 48 * speakers), "8·3·25 + 6·8·2 and 6·4·2 each")
        #expect(work { $0.groups = 2 }.exponentials == 12 * (48 + 48 + speakers + 1), "one head weighs five speakers")
        // Without memory three maps of the hidden width, which has as many parameters as the memory.
        let none = work { $0.memory = .none }
        var c = base
        c.memory = .none
        let hidden = Double(c.hiddenWidth)
        #expect(none.matrixFlops == 6 * 12 * (3 * 4 * hidden + 4 * 16) + Double(readout))
        #expect(none.vectorFlops == 12 * (6 * hidden + 6 * 4 * 4 * 2))
        #expect(none.exponentials == 12 * (4 * hidden + 4 + 1))
    }

    @Test func theOtherFamiliesByHand() {
        // Two layers of 5: gates 4·5·(in + 5) with 3 and then 5 inputs, readout 5·27.
        let lstm = LSTMConfiguration(embeddingWidth: 3, hidden: 5, layers: 2)
        let work = ModelWork.training(.lstm(lstm))
        #expect(work.matrixFlops == Double(6 * (4 * 5 * 8 + 4 * 5 * 10 + 5 * 27)))
        #expect(work.vectorFlops == 2 * 5 * 40 && work.exponentials == 2 * 5 * 6)
        let mamba = ModelWork.training(.mamba(MambaConfiguration(dModel: 4, layers: 2, stateSize: 3, convKernel: 2)))
        #expect(mamba.matrixFlops == Double(6 * (2 * (3 * 4 * 8 + 8 * (2 + 6)) + 4 * 27)))
        #expect(mamba.vectorFlops == Double(2 * (8 * 3 * 25 + 6 * 8 * 2)) && mamba.exponentials == Double(2 * 8 * 12))
        // A context of 7: four characters are seen on average.
        let transformer = ModelWork.training(
            .transformer(
                TransformerConfiguration(
                    dModel: 4, layers: 2, heads: 2, feedForward: 6, contextLength: 7, activation: .gelu)))
        #expect(transformer.matrixFlops == Double(6 * (2 * (4 * 16 + 2 * 4 * 6) + 4 * 27) + 2 * 2 * 7 * 4 * 4))
        #expect(transformer.vectorFlops == Double(2 * (2 * 4 * 16 + 4 * 60 + 6 * 30)))
        #expect(transformer.exponentials == Double(2 * (2 * 4 * 2 + 3 * 6)))
        let relu = TransformerConfiguration(
            dModel: 4, layers: 2, heads: 2, feedForward: 6, contextLength: 7, activation: .relu)
        #expect(ModelWork.training(.transformer(relu)).exponentials == Double(2 * 2 * 4 * 2), "attention alone")
    }

    /// Two cores at 4 operations and 2 exponentials a second: 8 + 4 operations and 6 exponentials take 3 + 3 seconds.
    @Test func theLimitByHand() {
        let work = ModelWork(matrixFlops: 8, vectorFlops: 4, exponentials: 6)
        #expect(work.limit(Roofline(matrixFlops: 4, exponentials: 2, bandwidth: 1), threads: 2) == 2.0 / 6)
    }
}
