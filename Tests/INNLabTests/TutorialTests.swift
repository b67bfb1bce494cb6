import Foundation
import INNKit
import INNLab
import Testing

/// The tutorials of the documentation: what they show compiles, runs, and does what they say.
struct TutorialTests {
    @Test func aNetworkIsTrainedInTenLines() throws {
        // Tutorial: INNKit/INNKit.docc/TrainANetwork.md
        let corpus = try CorpusResolver().resolve("sample")
        let settings = try TrainingSettings(
            model: ModelPreset.tiny.configuration(of: .inn), corpus: "sample", budget: .steps(60))
        let trainer = try Trainer(settings, corpus: corpus, sink: Reports())
        let outcome = try trainer.run()
        let generator = TextGenerator(trainer.network)
        generator.read(corpus.alphabet.encode("the "))
        var random = RandomSource(seed: 1)
        let text = generator.generate(40, options: SamplingOptions(temperature: 0.8), random: &random)
        print(outcome, trainer.finalEvaluation?.bitsPerCharacter ?? .nan, corpus.alphabet.decode(text))
        // End of the tutorial.
        #expect(outcome == .finished && text.count == 40)
        #expect(try #require(trainer.finalEvaluation).bitsPerCharacter < 3)
    }

    @Test func aNeuronIsAblatedInTenLines() throws {
        // Tutorial: INNLab/INNLab.docc/AblateANeuron.md
        let model = try OpenedModel(nil, in: URL(filePath: "runs"), best: false)
        let network = try IntelligentNeuralNetwork(model.checkpoint)
        let text = try CorpusResolver().resolve("sample")
        let windows = try ValidationWindows(
            corpus: text, batchSize: 8, sequenceLength: 128, maximumCharacters: 8192)
        let meter = SurprisalMeter(network, windows)
        let intact = meter.surprisals(nil)
        let lesioned = meter.surprisals(try network.compile(InterventionSet([.neuron(3, .lesion)])))
        let difference = PairedDifference(lesioned, minus: intact, blockLength: 128)
        if let difference { print("without neuron 3: \(difference.mean) bits (\(difference.interval))") }
        // End of the tutorial.
        let cost = try #require(difference)
        let (low, high) = (try #require(cost.low), try #require(cost.high))
        #expect(low <= cost.mean && cost.mean <= high)
        #expect(cost.characters == intact.count && cost.mean != 0)
    }

    /// The code in the articles is the code above, line by line.
    @Test func theArticlesShowThisCode() throws {
        let file = try String(contentsOfFile: #filePath, encoding: .utf8)
        let sources = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Sources")
        let tutorials = file.components(separatedBy: "{\n        // Tutorial: ").dropFirst()
        #expect(tutorials.count == 2)
        for tutorial in tutorials {
            let lines = tutorial.components(separatedBy: "\n")
            let code = lines.dropFirst().prefix { !$0.hasSuffix("// End of the tutorial.") }.map { $0.dropFirst(8) }
            let article = try String(contentsOf: sources.appending(path: lines[0]), encoding: .utf8)
            #expect(article.contains("```swift\n" + code.joined(separator: "\n") + "\n```\n"), "\(lines[0])")
        }
    }
}

private struct Reports: TrainingSink {
    func receive(_ event: TrainingEvent) {
        if case .report(let report) = event { print(report.step, report.trainBPC) }
    }
}
