/// Causal self-attention and a feed-forward layer, each with a norm and a residual.
public final class TransformerLayer {
    public struct Linear: Sendable {
        public let weight: Parameter, bias: Parameter
    }

    /// q, k, v: `[3·dModel, dModel]`.
    public let attentionIn: Linear
    public let attentionOut: Linear
    public let feedForwardIn: Linear
    public let feedForwardOut: Linear
    public let attentionNorm: Linear
    public let feedForwardNorm: Linear
    private let configuration: TransformerConfiguration

    /// Adds the layer's parameters to `store` under `name`.
    public init(_ store: ParameterStore, name: String, _ c: TransformerConfiguration) {
        configuration = c
        func linear(_ part: String, _ fanOut: Int, _ fanIn: Int) -> Linear {
            Linear(
                weight: store.add("\(name).\(part).weight", [fanOut, fanIn]),
                bias: store.add("\(name).\(part).bias", [fanOut], decays: false))
        }
        func norm(_ part: String) -> Linear {
            Linear(
                weight: store.add("\(name).\(part).weight", [c.dModel], decays: false),
                bias: store.add("\(name).\(part).bias", [c.dModel], decays: false))
        }
        attentionIn = linear("attention.in", 3 * c.dModel, c.dModel)
        attentionOut = linear("attention.out", c.dModel, c.dModel)
        feedForwardIn = linear("feedForward.in", c.feedForwardWidth, c.dModel)
        feedForwardOut = linear("feedForward.out", c.dModel, c.feedForwardWidth)
        attentionNorm = norm("attentionNorm")
        feedForwardNorm = norm("feedForwardNorm")
    }

    /// As PyTorch: Xavier for q, k, v, uniform in ±1/√fanIn for the rest, attention biases zero.
    public func initialise(_ random: inout RandomSource) {
        let c = configuration
        // Xavier's bound for fanIn d and fanOut 3d is √(6/4d).
        attentionIn.weight.fillUniform(fanIn: c.dModel, scale: 1.5.squareRoot(), &random)
        attentionOut.weight.fillUniform(fanIn: c.dModel, &random)
        feedForwardIn.weight.fillUniform(fanIn: c.dModel, &random)
        feedForwardIn.bias.fillUniform(fanIn: c.dModel, &random)
        feedForwardOut.weight.fillUniform(fanIn: c.feedForwardWidth, &random)
        feedForwardOut.bias.fillUniform(fanIn: c.feedForwardWidth, &random)
        attentionNorm.weight.fill(1)
        feedForwardNorm.weight.fill(1)
    }

    /// - Parameter dropout: the masks of the layer's four places: attention weights, attention branch, inner values,
    ///   feed-forward branch.
    public func callAsFunction(
        _ input: Tensor, batchSize: Int, steps: Int, on tape: Tape, cache: AttentionCache?, dropout: (Int) -> Dropout
    ) -> Tensor {
        func normed(_ x: Tensor, _ norm: Linear) -> Tensor { tape.layerNorm(x, weight: norm.weight, bias: norm.bias) }
        func attention(_ x: Tensor) -> Tensor {
            let projected = tape.linear(x, weight: attentionIn.weight, bias: attentionIn.bias)
            let mixed = tape.causalAttention(
                projected, batchSize: batchSize, steps: steps, heads: configuration.heads, dropout: dropout(0),
                cache: cache)
            return tape.linear(mixed, weight: attentionOut.weight, bias: attentionOut.bias)
        }
        func feedForward(_ x: Tensor) -> Tensor {
            let inner = tape.activation(
                tape.linear(x, weight: feedForwardIn.weight, bias: feedForwardIn.bias), configuration.activation)
            return tape.linear(
                tape.dropout(inner, dropout(2)), weight: feedForwardOut.weight, bias: feedForwardOut.bias)
        }
        if configuration.normFirst {
            let states = tape.residual(input, adding: attention(normed(input, attentionNorm)), dropout: dropout(1))
            return tape.residual(states, adding: feedForward(normed(states, feedForwardNorm)), dropout: dropout(3))
        }
        let states = normed(tape.residual(input, adding: attention(input), dropout: dropout(1)), attentionNorm)
        return normed(tape.residual(states, adding: feedForward(states), dropout: dropout(3)), feedForwardNorm)
    }
}
