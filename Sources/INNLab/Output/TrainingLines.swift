import INNKit

/// A report as one line of JSON; `validBPC` is the last one measured.
package struct ReportLine: Encodable {
    private let event = "report"
    private let step, charactersSeen: Int
    private let epoch, trainBPC: Double
    private let validBPC: Double?
    private let validIsNew: Bool
    private let unit: TextUnit
    private let charsPerSecond, learningRate, gradientNorm, elapsedSeconds, gatePenalty, progress: Double
    private let ranks: RankLine?
    private let device: DeviceReport?

    /// - Parameter unit: what losses are counted per.
    package init(_ report: TrainingReport, validBPC: Double?, unit: TextUnit) {
        self.unit = unit
        step = report.step
        charactersSeen = report.charactersSeen
        epoch = report.epoch
        trainBPC = report.trainBPC
        self.validBPC = validBPC
        validIsNew = report.validBPC != nil
        charsPerSecond = report.charsPerSecond
        learningRate = report.learningRate
        gradientNorm = report.gradientNorm
        elapsedSeconds = report.elapsedSeconds
        gatePenalty = report.gatePenalty
        progress = report.progress
        ranks = report.ranks.map(RankLine.init)
        device = report.device
    }

    private enum CodingKeys: String, CodingKey {
        case event, step, charactersSeen, epoch, unit, trainBPC, validBPC, validIsNew, charsPerSecond, learningRate,
            gradientNorm, elapsedSeconds, gatePenalty, progress, ranks, device
    }

    /// Encodes a missing validation as null, so that every line of a run has every key.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(event, forKey: .event)
        try container.encode(step, forKey: .step)
        try container.encode(charactersSeen, forKey: .charactersSeen)
        try container.encode(epoch, forKey: .epoch)
        try container.encode(unit, forKey: .unit)
        try container.encode(trainBPC, forKey: .trainBPC)
        try container.encode(validBPC, forKey: .validBPC)
        try container.encode(validIsNew, forKey: .validIsNew)
        try container.encode(charsPerSecond, forKey: .charsPerSecond)
        try container.encode(learningRate, forKey: .learningRate)
        try container.encode(gradientNorm, forKey: .gradientNorm)
        try container.encode(elapsedSeconds, forKey: .elapsedSeconds)
        try container.encode(gatePenalty, forKey: .gatePenalty)
        try container.encode(progress, forKey: .progress)
        try container.encodeIfPresent(ranks, forKey: .ranks)
        try container.encodeIfPresent(device, forKey: .device)
    }
}

/// What the ranks of a training did, within a line.
private struct RankLine: Encodable {
    let hosts: [String]
    let charsPerSecond: [Double]
    let communication, communicationSeconds: Double
    let slowest: Int

    init(_ report: RankReport) {
        (hosts, charsPerSecond, slowest) = (report.hosts, report.charsPerSecond, report.slowest)
        (communication, communicationSeconds) = (report.communication, report.communicationSeconds)
    }
}

/// An event as one line of JSON.
package struct MarkLine: Encodable {
    private let event = "mark"
    private let mark: EventMark

    package init(_ mark: EventMark) { self.mark = mark }

    private enum CodingKeys: String, CodingKey { case event, mark }
}

/// The end of a training as one line of JSON.
package struct DoneLine: Encodable {
    private let event = "done"
    private let outcome, runPath: String
    private let unit: TextUnit
    private let step, charactersSeen: Int
    private let trainBPC, validBPC: Double?
    private let validCharacters: Int?
    private let elapsedSeconds: Double

    /// - Parameters:
    ///   - latest: the last report.
    ///   - validBPC: the last validation during training, for when there was none at its end.
    package init(_ session: TrainingSession, outcome: Trainer.Outcome, latest: TrainingReport?, validBPC: Double?) {
        let trainer = session.trainer
        let evaluation = trainer.finalEvaluation
        (self.outcome, runPath) = (outcome.rawValue, session.folder.url.path)
        unit = trainer.settings.alphabet.unit
        (step, charactersSeen) = (trainer.stepsDone, trainer.charactersSeen)
        trainBPC = latest.flatMap { $0.trainBPC.isFinite ? $0.trainBPC : nil }
        self.validBPC = evaluation?.bitsPerCharacter ?? validBPC
        validCharacters = evaluation?.characters
        elapsedSeconds = trainer.elapsedSeconds
    }

    private enum CodingKeys: String, CodingKey {
        case event, outcome, runPath, step, charactersSeen, unit, trainBPC, validBPC, validCharacters, elapsedSeconds
    }
}
