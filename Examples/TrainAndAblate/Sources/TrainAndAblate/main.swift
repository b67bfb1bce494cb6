// Trains a small network on generated text, then takes away one neuron after the other and measures what it was worth.
import Foundation
import INNKit
import INNLab

struct Losses: TrainingSink {
    func receive(_ event: TrainingEvent) {
        if case .report(let report) = event { print(String(format: "%4d  %.3f", report.step, report.trainBPC)) }
    }
}

print("step, bits per character")
let text = try CorpusResolver().resolve("sample")
let settings = try TrainingSettings(
    model: ModelPreset.tiny.configuration(of: .inn), corpus: "sample", budget: .steps(100))
let trainer = try Trainer(settings, corpus: text, sink: Losses())
_ = try trainer.run()

let ablation = try Ablation(of: trainer.network, on: text, characters: 8192)
print(String(format: "%.3f bits per character of held-out text; without", ablation.baselineBPC))
for row in ablation.rows where row.group == .neuron {
    if let cost = row.measured { print(row.name, String(format: "%+.3f", cost.mean), "(\(cost.interval))") }
}
