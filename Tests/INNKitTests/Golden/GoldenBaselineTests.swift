import Foundation
import Testing

@testable import INNKit

/// Reference vectors 10–12: the baselines, whole.
@Suite struct GoldenBaselines {
    @Test(arguments: GoldenVectors.files("mamba_stack_lm"))
    func mamba(_ golden: GoldenFile) throws {
        let dModel = try golden.int("d_model")
        let model = try MambaModel(MambaConfiguration(
            vocabularySize: try golden.int("vocab"), dModel: dModel, layers: try golden.int("layers"), stateSize: try golden.int("d_state"),
            convKernel: try golden.shape("layers.0.mamba.conv1d.weight")[2], expand: try golden.int("d_inner") / dModel,
            finalNorm: golden.flag("final_norm")), seed: 0)
        var names = ["embedding.weight": model.embedding, "head.bias": model.readoutBias, "norm_f.weight": model.normWeight, "norm_f.bias": model.normBias]
            .compactMapValues(\.self)
        for (index, layer) in model.layers.enumerated() {
            let p = layer.parameters
            let block = [
                "norm.weight": p.normWeight!, "norm.bias": p.normBias!, "mamba.in_proj.weight": p.inProjection, "mamba.conv1d.weight": p.convWeight,
                "mamba.conv1d.bias": p.convBias, "mamba.x_proj.weight": p.xProjection, "mamba.dt_proj.weight": p.deltaProjection,
                "mamba.dt_proj.bias": p.deltaBias, "mamba.A_log": p.aLog, "mamba.D": p.skip, "mamba.out_proj.weight": p.outProjection,
            ]
            for (name, parameter) in block { names["layers.\(index).\(name)"] = parameter }
        }
        try check(golden, model, names)
    }

    /// Logits, loss and the gradient of every parameter that the file names.
    private func check(_ golden: GoldenFile, _ model: any LanguageModel, _ names: [String: Parameter], keyBiasWidth: Int? = nil) throws {
        #expect(Set(names.keys) == Set(golden.differentiated), "every gradient of the file is compared")
        for (name, parameter) in names { try model.parameters.load(parameter.name, golden.floats(name)) }
        let tokens = try golden.ints("tokens"), targets = try golden.ints("targets"), shape = try golden.shape("tokens"), tape = Tape()
        try tokens.withUnsafeBufferPointer { tokens in
            try targets.withUnsafeBufferPointer { targets in
                let result = model.forward(tokens: tokens, batchSize: shape[0], steps: shape[1], on: tape, context: ForwardContext())
                expectOutputs(result.logits.array(), try golden.floats("logits"), "logits")
                let loss = tape.crossEntropy(result.logits, targets: targets)
                expectOutputs(loss.array(), try golden.floats("loss"), "loss")
                tape.backward(from: loss)
            }
        }
        for (name, parameter) in names {
            try checkGradient(parameter.gradientArray, golden, name, keyBiasWidth: name.hasSuffix("in_proj_bias") ? keyBiasWidth : nil)
        }
    }
}
