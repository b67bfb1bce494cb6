import Foundation
import Testing

@testable import INNAnalysis
@testable import INNCore
@testable import INNData

/// "Predicts, not only echoes": a claim about the next character needs chance, the untrained network and enough text
/// against it.
@Suite struct PredictionFindings {
    private static let plan = ReadingPlan(streams: 4, windows: 32, steps: 400)

    /// Two neurons: one follows vowels; the other fires before an "h", `certainty` of the time, and at one in ten of
    /// the other places.
    private static func analysis(
        certainty: Double, plan: ReadingPlan = plan, isShuffled: Bool = false
    ) -> NetworkAnalysis {
        var random = RandomSource(seed: 71)
        let texts = FiringTable.texts(plan, seed: 70, words: FiringTable.words)
        let table = FiringTable(rounds: 1, neurons: 2, plan: plan, texts: texts) { unit, stream, position, ids in
            let place = isShuffled ? (position * 7919 + 13) % plan.length : position
            let noise = random.uniform()
            let fires =
                unit == 0
                ? "aeiou".utf8.contains(Alphabet.text8.byte(ofID: ids[place]))
                : Alphabet.text8.byte(ofID: ids[place + 1]) == UInt8(ascii: "h") ? noise < certainty : noise < 0.1
            return fires ? 0.9 : 0.1
        }
        return NetworkAnalysis(
            table.accumulated(), heads: 1, bitsPerCharacter: nil, snapshot: Planted.snapshot(rounds: 1, neurons: 2),
            routing: [Planted.routing(0, neurons: 2)])
    }

    private static func predictions(_ trained: NetworkAnalysis, _ untrained: NetworkAnalysis?) -> [Finding] {
        AnalysisReport(subject: Planted.subject, trained: trained, untrained: untrained).findings.filter {
            $0.kind == .prediction
        }
    }

    private static let sure = analysis(certainty: 0.9)

    @Test func aPredictionIsFound() throws {
        #expect(Self.sure.characters == 51_200 && Self.sure.units[1].information.predicts)
        #expect(!Self.sure.units[0].information.predicts, "it echoes")
        let found = Self.predictions(Self.sure, Self.analysis(certainty: 0.9, isShuffled: true))
        #expect(found.count == 1)
        let sentence = try #require(found.first?.sentence)
        #expect(sentence.hasPrefix("neuron 1 (round 1) predicts, not only echoes"), "\(sentence)")
    }

    /// An untrained network whose gates do as well, or nearly, leaves nothing to be claimed; one that does half as well
    /// does.
    @Test func whatTheUntrainedNetworkPredictsTooIsNoFinding() {
        #expect(Self.predictions(Self.sure, Self.sure).isEmpty)
        let near = Self.analysis(certainty: 0.85)
        #expect(near.units[1].information.next > Self.sure.units[1].information.next / 1.5)
        #expect(Self.predictions(Self.sure, near).isEmpty)
        let far = Self.analysis(certainty: 0.5)
        #expect(far.units[1].information.predicts && Self.predictions(Self.sure, far).count == 1)
    }

    @Test func shortTextsAndRedLightsClaimNothing() {
        let short = Self.analysis(certainty: 0.9, plan: ReadingPlan(streams: 4, windows: 31, steps: 400))
        #expect(short.units[1].information.predicts && Self.predictions(short, nil).isEmpty)
        var red = Self.sure
        red.snapshot.diversity = red.snapshot.diversity.map { _ in 0 }
        let report = AnalysisReport(subject: Planted.subject, trained: red, untrained: nil)
        #expect(report.findings.isEmpty && report.withheld != nil)
    }
}
