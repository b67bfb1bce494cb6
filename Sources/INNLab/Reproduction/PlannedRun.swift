import Foundation
import INNKit

/// One training of the reproduction: an ordinary run with a name that says what it is.
package struct PlannedRun: Codable, Sendable, Equatable {
    /// What is trained, in a word that fits into a file name, such as `inn-routing-off`.
    package let model: String
    /// Options of `train` that make it.
    package let options: [String]
    package let corpus: String
    package let learningRate: Double
    package let steps: Int
    package let seed: Int
    package let batchSize: Int, sequenceLength: Int
    package let validateEvery: Int, validationCharacters: Int

    /// Whether it is there for its speed.
    package var isTimed: Bool { model.hasPrefix("speed-") }

    package var name: String { "\(model)-lr\(Self.short(learningRate))-n\(steps)-s\(seed)" }
    package var characters: Int { steps * batchSize * sequenceLength }

    /// The command that repeats it anywhere, without folders of this machine.
    package var command: String { (["inn-tui", "train", corpus] + settings).joined(separator: " ") }

    private var settings: [String] {
        options + [
            "--learning-rate", Self.short(learningRate), "--steps", "\(steps)", "--seed", "\(seed)", "--batch-size",
            "\(batchSize)",
            "--sequence-length", "\(sequenceLength)", "--validate-every", "\(validateEvery)", "--validation-characters",
            "\(validationCharacters)",
        ]
    }

    /// Arguments that start it, or go on with it, in a folder of runs.
    ///
    /// - Parameter machine: options that say what trains it, which is no part of a run.
    package func arguments(in runs: URL, resumes: Bool, dataDirectory: String?, machine: [String]) -> [String] {
        let how =
            machine + ["--runs-dir", runs.path, "--threads", "1", "--json"]
            + (dataDirectory.map { ["--data-dir", $0] } ?? [])
        return resumes ? ["train", "--resume", name] + how : ["train", corpus] + settings + ["--name", name] + how
    }

    package static func short(_ rate: Double) -> String { String(format: "%g", rate) }
}

/// A line of one of the report's tables, with the runs behind it.
struct PlannedRow: Sendable {
    let table: ReproductionTable
    /// The model's name, as in its runs.
    let model: String
    let label: String
    /// What the paper reports, in bits per character.
    var paper: Double?
    /// Rows of one group are compared with its reference, seed by seed.
    var group: ComparisonGroup?
    var isReference = false
    var runs: [PlannedRun]
}

/// Networks of one size that differ in one thing.
package struct ComparisonGroup: Codable, Sendable, Equatable {
    package enum Kind: String, Codable, Sendable { case gates, routing, recall }

    package let kind: Kind
    /// The size, such as `8 × 32`.
    package let size: String
}

/// A family of models as the reproduction trains it.
struct PlannedFamily: Sendable {
    let name: String
    let label: String
    let options: [String]
    /// What the author's code or log uses for it.
    let paperLearningRate: Double
    let paperBPC: Double

    /// - Parameter parameters: the size that all families are given.
    static func all(_ scale: ReproductionScale, parameters: Int) -> [PlannedFamily] {
        let size = ["--preset", scale.preset, "--params", "\(parameters)"]
        let families = [
            PlannedFamily(name: "inn", label: "INN", options: scale.inn, paperLearningRate: 4e-4, paperBPC: 1.705),
            PlannedFamily(
                name: "lstm", label: "LSTM", options: ["--model", "lstm"] + size, paperLearningRate: 1e-3,
                paperBPC: 1.682),
            PlannedFamily(
                name: "transformer-author", label: "Transformer, post-norm ReLU (author's)",
                options: [
                    "--model", "transformer", "--activation", "relu", "--norm-first", "false", "--final-norm", "false",
                ] + size, paperLearningRate: 3e-4, paperBPC: 2.055),
            PlannedFamily(
                name: "transformer-modern", label: "Transformer, pre-norm GELU",
                options: ["--model", "transformer"] + size, paperLearningRate: 3e-4, paperBPC: 2.055),
            PlannedFamily(
                name: "mamba", label: "stacked Mamba", options: ["--model", "mamba"] + size, paperLearningRate: 4e-4,
                paperBPC: 3.438),
        ]
        return families.filter { scale.families?.contains($0.name) ?? true }
    }
}
