import Foundation
import INNCore
import INNStore

/// Everything besides tensors and settings that a trainer needs to go on bit for bit where it stopped.
///
/// In a checkpoint it is a ``CheckpointState``: what every reader of checkpoints wants to know has a place of its own
/// there, what concerns the trainer alone are named facts. This file alone writes and reads them. A fact that is
/// missing was not known to the version that wrote the file, and has the value that held then; so all forms of
/// `inn-checkpoint-1` have one reader.
struct TrainerState {
    var progress = TrainingProgress()
    /// True when these are the weights with the lowest validation loss so far.
    var isBest = false
    /// Updates that the optimizer's moments have seen.
    var optimizerStep = 0
    var seed: UInt64 = 0
    /// The batch that is read next.
    var batchPosition = 0
    var divergence = DivergenceMemory()
    var reportMeter = ReportMeter()
    /// Characters that every carried stream has read since its memory was empty.
    var streamPosition = 0
    var interventions = InterventionSet.none
    /// What the averages that the interventions need were taken over; the averages themselves are a tensor.
    var averages: Averages?

    struct Averages: Equatable {
        var samples: Int, characters: Int
    }

    private enum Fact: String {
        case learningRateScale, divergence, reportMeter, statePosition, interventions
        case averagedSamples = "baselineSamples"
        case averagedCharacters = "baselineCharacters"
    }

    private static let seedName = "seed", positionName = "position"
}

/// Where training stands.
package struct TrainingProgress {
    package var step = 0
    package var charactersSeen = 0
    /// Wall-clock seconds, summed over sessions.
    package var elapsedSeconds = 0.0
    package var bestValidBPC: Double?
    /// What the scheduled learning rate is multiplied by.
    var learningRateScale = 1.0
}

// MARK: Writing

extension TrainerState {
    /// As a checkpoint stores it.
    func stored() throws -> CheckpointState {
        var facts: [Fact: String] = [
            .learningRateScale: String(progress.learningRateScale), .divergence: try Self.json(divergence),
            .reportMeter: try Self.json(reportMeter), .statePosition: String(streamPosition),
        ]
        if !interventions.isEmpty { facts[.interventions] = interventions.json }
        if let averages {
            facts[.averagedSamples] = String(averages.samples)
            facts[.averagedCharacters] = String(averages.characters)
        }
        return CheckpointState(
            step: progress.step, charactersSeen: progress.charactersSeen, elapsedSeconds: progress.elapsedSeconds,
            bestValidBPC: progress.bestValidBPC, isBest: isBest, optimizerStep: optimizerStep,
            random: [Self.seedName: seed], dataCursor: [Self.positionName: batchPosition],
            extra: Dictionary(uniqueKeysWithValues: facts.map { ($0.key.rawValue, $0.value) }))
    }

    private static func json(_ value: some Encodable) throws -> String {
        String(decoding: try JSONEncoder.forCheckpoints.encode(value), as: UTF8.self)
    }
}

extension JSONEncoder {
    /// The form of JSON in checkpoints.
    static var forCheckpoints: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return encoder
    }
}

// MARK: Reading

extension TrainerState {
    /// - Throws: ``INNError`` of kind `data` when a fact cannot be read or is one that training cannot reach.
    init(_ checkpoint: Checkpoint) throws {
        let stored = checkpoint.state
        let facts = Facts(checkpoint)
        progress = TrainingProgress(
            step: stored.step, charactersSeen: stored.charactersSeen, elapsedSeconds: stored.elapsedSeconds,
            bestValidBPC: stored.bestValidBPC)
        isBest = stored.isBest
        optimizerStep = stored.optimizerStep
        seed = stored.random[Self.seedName] ?? 0
        batchPosition = stored.dataCursor[Self.positionName] ?? 0
        if let scale = facts[.learningRateScale] {
            progress.learningRateScale = try facts.require(
                Double(scale), "the factor of its learning rate is no number"
            ) { $0 >= 0 && $0.isFinite }
        }
        if let json = facts[.reportMeter] {
            reportMeter = try facts.require(
                Self.decoded(json), "the running averages of its reports cannot be read", \.isPossible)
        }
        if let json = facts[.divergence] {
            divergence = try facts.require(
                Self.decoded(json), "what it remembers of bad updates cannot be read", \.isPossible)
        }
        streamPosition = facts[.statePosition].flatMap(Int.init).map { min(max($0, 0), 1 << 52) } ?? 0
        // Without interventions nothing needs averages.
        guard let json = facts[.interventions] else { return }
        interventions = try InterventionSet(json: json)
        if let samples = facts[.averagedSamples].flatMap(Int.init), (1...4096).contains(samples),
            let characters = facts[.averagedCharacters].flatMap(Int.init)
        {
            averages = Averages(samples: samples, characters: characters)
        }
    }

    private struct Facts {
        let checkpoint: Checkpoint

        init(_ checkpoint: Checkpoint) { self.checkpoint = checkpoint }

        subscript(_ fact: Fact) -> String? { checkpoint.state.extra[fact.rawValue] }

        func require<Value>(_ value: Value?, _ problem: String, _ isPossible: (Value) -> Bool) throws -> Value {
            guard let value, isPossible(value) else { throw SafetensorsFile.damaged(checkpoint.url.path, problem) }
            return value
        }
    }

    private static func decoded<Value: Decodable>(_ json: String) -> Value? {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return try? decoder.decode(Value.self, from: Data(json.utf8))
    }
}
