import Foundation
import Testing

@testable import INNAnalysis
@testable import INNCore

/// Reference vectors 10–12: the baselines, whole.
@Suite struct GoldenBaselines {
    @Test(arguments: GoldenVectors.files("mamba_stack_lm"))
    func mamba(_ golden: GoldenFile) throws {
        let dModel = try golden.int("d_model")
        let model = try MambaModel(
            MambaConfiguration(
                vocabularySize: try golden.int("vocab"), dModel: dModel, layers: try golden.int("layers"),
                stateSize: try golden.int("d_state"),
                convKernel: try golden.shape("layers.0.mamba.conv1d.weight")[2],
                expand: try golden.int("d_inner") / dModel,
                dtRank: .fixed(try golden.rank("layers.0.mamba.dt_proj.weight")),
                finalNorm: golden.flag("final_norm")), seed: 0)
        var names = [
            "embedding.weight": model.embedding, "head.bias": model.readoutBias, "norm_f.weight": model.normWeight,
            "norm_f.bias": model.normBias,
        ]
        .compactMapValues(\.self)
        for (index, layer) in model.layers.enumerated() {
            let p = layer.parameters
            let block = [
                "norm.weight": p.normWeight!, "norm.bias": p.normBias!, "mamba.in_proj.weight": p.inProjection,
                "mamba.conv1d.weight": p.convWeight,
                "mamba.conv1d.bias": p.convBias, "mamba.x_proj.weight": p.xProjection,
                "mamba.dt_proj.weight": p.deltaProjection,
                "mamba.dt_proj.bias": p.deltaBias, "mamba.A_log": p.aLog, "mamba.D": p.skip,
                "mamba.out_proj.weight": p.outProjection,
            ]
            for (name, parameter) in block { names["layers.\(index).\(name)"] = parameter }
        }
        try check(golden, model, names)
    }

    @Test(arguments: GoldenVectors.files("lstm_lm"))
    func lstm(_ golden: GoldenFile) throws {
        let model = try LSTMModel(
            LSTMConfiguration(
                vocabularySize: try golden.int("vocab"), embeddingWidth: try golden.int("d_embed"),
                hidden: try golden.int("d_hidden"),
                layers: try golden.int("layers")), seed: 0)
        var names = ["embedding.weight": model.embedding, "head.weight": model.headWeight, "head.bias": model.headBias]
        for (index, layer) in model.layers.enumerated() {
            names["lstm.weight_ih_l\(index)"] = layer.inputWeight
            names["lstm.weight_hh_l\(index)"] = layer.recurrentWeight
            names["lstm.bias_ih_l\(index)"] = layer.inputBias
            names["lstm.bias_hh_l\(index)"] = layer.recurrentBias
        }
        try check(golden, model, names)
        // The state after the last step: per layer hidden states, then cells.
        let shape = try golden.shape("tokens")
        let state = model.makeState(batchSize: shape[0])
        let tokens = try golden.ints("tokens")
        _ = ModelBench.logits(model, tokens, batchSize: shape[0], on: Tape(), ForwardContext(state: state))
        let count = shape[0] * model.configuration.hidden
        for (part, name) in ["h_n", "c_n"].enumerated() {
            let own = model.layers.indices.flatMap { layer in
                (0..<count).map { state.data[(2 * layer + part) * count + $0] }
            }
            expectOutputs(own, try golden.floats(name), name)
        }
    }

    @Test(arguments: GoldenVectors.files("transformer_lm"))
    func transformer(_ golden: GoldenFile) throws {
        let width = try golden.int("d_model")
        let model = try TransformerModel(
            TransformerConfiguration(
                vocabularySize: try golden.int("vocab"), dModel: width, layers: try golden.int("layers"),
                heads: try golden.int("heads"),
                feedForward: try golden.int("d_ff"), contextLength: try golden.int("max_len"),
                activation: try #require(golden.string("activation").flatMap(ActivationKind.init(rawValue:))),
                normFirst: golden.flag("norm_first"),
                finalNorm: golden.flag("final_norm")), seed: 0)
        var names = [
            "embedding.weight": model.embedding, "pos.weight": model.positions, "head.weight": model.headWeight,
            "head.bias": model.headBias,
            "norm_f.weight": model.normWeight, "norm_f.bias": model.normBias,
        ].compactMapValues(\.self)
        for (index, layer) in model.layers.enumerated() {
            let block = [
                "self_attn.in_proj_weight": layer.attentionIn.weight, "self_attn.in_proj_bias": layer.attentionIn.bias,
                "self_attn.out_proj.weight": layer.attentionOut.weight,
                "self_attn.out_proj.bias": layer.attentionOut.bias,
                "linear1.weight": layer.feedForwardIn.weight, "linear1.bias": layer.feedForwardIn.bias,
                "linear2.weight": layer.feedForwardOut.weight, "linear2.bias": layer.feedForwardOut.bias,
                "norm1.weight": layer.attentionNorm.weight, "norm1.bias": layer.attentionNorm.bias,
                "norm2.weight": layer.feedForwardNorm.weight, "norm2.bias": layer.feedForwardNorm.bias,
            ]
            for (name, parameter) in block { names["layers.\(index).\(name)"] = parameter }
        }
        try check(golden, model, names, keyBiasWidth: width)
    }

    /// Logits, loss and the gradient of every parameter that the file names.
    private func check(
        _ golden: GoldenFile, _ model: any LanguageModel, _ names: [String: Parameter], keyBiasWidth: Int? = nil
    ) throws {
        #expect(Set(names.keys) == Set(golden.differentiated), "every gradient of the file is compared")
        for (name, parameter) in names { try model.parameters.load(parameter.name, golden.floats(name)) }
        let tokens = try golden.ints("tokens")
        let targets = try golden.ints("targets")
        let shape = try golden.shape("tokens")
        let tape = Tape()
        try tokens.withUnsafeBufferPointer { tokens in
            try targets.withUnsafeBufferPointer { targets in
                let result = model.forward(
                    tokens: tokens, batchSize: shape[0], steps: shape[1], on: tape, context: ForwardContext())
                expectOutputs(result.logits.array(), try golden.floats("logits"), "logits")
                let loss = tape.crossEntropy(result.logits, targets: targets)
                expectOutputs(loss.array(), try golden.floats("loss"), "loss")
                tape.backward(from: loss)
            }
        }
        for (name, parameter) in names {
            try checkGradient(
                parameter.gradientArray, golden, name, keyBiasWidth: name.hasSuffix("in_proj_bias") ? keyBiasWidth : nil
            )
        }
    }
}
