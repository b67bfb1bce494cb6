import Foundation
import INNKit
import INNScreens
import Testing

@testable import INNLab

/// The analysis that is repeated while a network learns.
struct LightAnalysisTests {
    private let configuration = INNPreset.tiny.configuration

    private func analysis() throws -> LightAnalysis {
        let corpus = try SampleCorpus.make()
        let subject = AnalysisSubject(
            network: "n", step: 0, parameters: 0, corpus: corpus.summary, split: "validation", isHeldOut: true,
            command: "")
        return try LightAnalysis(configuration, alphabet: .text8, corpus: corpus, subject: subject, seed: 3)
    }

    @Test func measuresTheGivenWeightsBesideAnUntrainedControl() throws {
        let light = try analysis()
        let network = try IntelligentNeuralNetwork(configuration, seed: 7)
        let first = try light.measure(NetworkWeights(network, step: 40), selected: 5)
        let size = LightAnalysis.Size(configuration)
        #expect(first.report.subject.step == 40 && first.depth == .light)
        #expect(
            first.report.trained.characters == size.characters && first.report.untrained?.characters == size.characters)
        #expect(first.report.trained.units.count == configuration.rounds * configuration.neurons)
        let causal = try #require(first.report.trained.causal)
        #expect(
            causal.edges.isEmpty && causal.estimateCharacters == size.estimateCharacters
                && causal.estimates.contains { $0 > 0 })
        #expect(
            first.lesions.keys.sorted() == [5] && first.lesions[5]!.divergence.mean > 0
                && first.lesions[5]!.logitEffect.count == 27)

        let control = try #require(first.lesions[5]?.tuning?.control)
        #expect(control.networks == 3 && control.neurons == 24 && control.characters == size.lesionCharacters)

        // The neurons that nobody looks at take turns with the selected one.
        for step in 41...44 { _ = try light.measure(NetworkWeights(network, step: step), selected: 5) }
        let later = try light.measure(NetworkWeights(network, step: 45), selected: 5)
        #expect(later.lesions.keys.sorted() == [0, 1, 2, 5])
        #expect(later.report.trained.bitsPerCharacter == first.report.trained.bitsPerCharacter)
    }

    /// The buffers that a measurement leaves to the next one hold nothing of it.
    @Test func theSameWeightsGiveTheSameFiguresAfterOthers() throws {
        let light = try analysis()
        let network = NetworkWeights(try IntelligentNeuralNetwork(configuration, seed: 7), step: 40)
        let first = try light.measure(network, selected: 5).report.trained
        _ = try light.measure(
            NetworkWeights(try IntelligentNeuralNetwork(configuration, seed: 8), step: 41), selected: 5)
        #expect(try light.measure(network, selected: 5).report.trained == first)
        #expect(try analysis().measure(network, selected: 5).report.trained == first)
    }

    /// Each measurement is of the weights that it was given: its figures are those that the meters find in a network
    /// with these weights, whatever was measured before.
    @Test func otherWeightsGiveTheirOwnFigures() throws {
        let light = try analysis()
        let corpus = try SampleCorpus.make()
        let size = LightAnalysis.Size(configuration)
        func windows(_ characters: Int) throws -> ValidationWindows {
            try ValidationWindows(corpus: corpus, batchSize: 8, sequenceLength: 32, maximumCharacters: characters)
        }
        func bits(_ network: IntelligentNeuralNetwork) throws -> Double {
            Evaluator(network, team: ThreadTeam(threadCount: 1)).evaluate(
                try windows(size.characters), carriesState: true
            )
            .bitsPerCharacter
        }
        // The control is a network of its own seed, whatever is measured beside it.
        let control = try bits(IntelligentNeuralNetwork(configuration, seed: RandomSource.key(3, 0xC0)))
        for seed: UInt64 in [7, 8] {
            let network = try IntelligentNeuralNetwork(configuration, seed: seed)
            let measured = try light.measure(NetworkWeights(network, step: Int(seed)), selected: 0)
            #expect(measured.report.trained.bitsPerCharacter == (try bits(network)))
            #expect(measured.report.untrained?.bitsPerCharacter == control)
            let meter = SurprisalMeter(network, try windows(size.lesionCharacters))
            let lesioned = meter.surprisals(try network.compile(InterventionSet([.neuron(0, .lesion)])))
            let cost = try #require(PairedDifference(lesioned, minus: meter.surprisals(nil), blockLength: 32))
            let lesion = try #require(measured.lesions[0])
            #expect(lesion.step == Int(seed) && abs(lesion.deltaBPC.mean - cost.mean) < 1e-5)
        }
    }

    /// The control is measured again when gates are open less often than when it was.
    @Test func theControlFollowsTheGates() throws {
        let light = try analysis()
        let network = try IntelligentNeuralNetwork(configuration, seed: 7)
        func control(_ step: Int) throws -> CausalControl? {
            try light.measure(NetworkWeights(network, step: step), selected: 0).lesions[0]?.tuning?.control
        }
        let first = try #require(try control(1))
        _ = try control(2)
        #expect(try control(3) == first)
        for routing in network.routings {
            routing.parameters.gateBias!.values.update(repeating: -3, count: routing.parameters.gateBias!.count)
        }
        network.parameters.markChanged()
        _ = try control(4)
        #expect(try control(5) != first)
    }

    @Test func aLargerNetworkReadsFewerCharacters() {
        let sizes = [INNPreset.tiny, .small, .paper].map { LightAnalysis.Size($0.configuration).characters }
        #expect(sizes[0] == 4096 && sizes[0] >= sizes[1] && sizes[1] > sizes[2] && sizes[2] >= 1024)
    }

    @Test func aWorkerRestsInProportionToItsWork() {
        #expect(abs(InsightWorker.restSeconds(after: 1, cores: 2) - (1 / 0.012 - 1)) < 1e-9)
        #expect(InsightWorker.restSeconds(after: 1, cores: 64) == 11)
        #expect(InsightWorker.restSeconds(after: 0, cores: 2) == 2)
    }

    /// What is analysed once training has ended does not wait for the rest of what was repeated beside it.
    @Test func aRestEndsWithTheTraining() {
        let (isOver, isRested) = (Monitor<Bool>(), Monitor<Bool>())
        let worker = InsightWorker(queue: ActionQueue(wake: {})) { worker in
            worker.rest(86_400, whileSelected: 0) { isOver.hasOpened() }
            isRested.open()
        }
        isOver.open()
        #expect(isRested.wait(until: Date(timeIntervalSinceNow: 120)) { $0 ? true : nil } == true)
        worker.finish()
    }

    @Test func whoeverSelectsANeuronIsNotKeptWaiting() {
        let isRested = Monitor<Bool>()
        let worker = InsightWorker(queue: ActionQueue(wake: {})) { worker in
            worker.rest(86_400, whileSelected: 0)
            isRested.open()
        }
        worker.select(1)
        #expect(isRested.wait(until: Date(timeIntervalSinceNow: 120)) { $0 ? true : nil } == true)
        worker.finish()
    }

    /// A neuron that was just selected is removed at once, also where it would be another one's turn.
    @Test func theSelectedNeuronIsRemovedAtOnce() throws {
        let light = try analysis()
        let network = try IntelligentNeuralNetwork(configuration, seed: 7)
        func removed(_ step: Int, _ selected: Int) throws -> [Int] {
            try light.measure(NetworkWeights(network, step: step), selected: selected).lesions
                .filter { $0.value.step == step }.map(\.key)
        }
        #expect(try removed(1, 0) == [0])
        #expect(try removed(2, 2) == [2])
        #expect(try removed(3, 2) == [0] && removed(4, 2) == [2] && removed(5, 2) == [1])
    }
}
