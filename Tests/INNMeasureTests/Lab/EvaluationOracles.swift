import Foundation
import INNKit
import Testing

@testable import INNAnalysis
@testable import INNCore
@testable import INNData
@testable import INNEvaluation
@testable import INNLab

/// What `eval`, `compare` and `graft` measure, and what interventions are called by those who type them.
@Suite struct EvaluationOracles {
    private static func folder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appending(path: "inn-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    /// A network that looks one character back, so that it matters where its memory begins.
    private static let looking: LineNetwork = {
        var line = LineNetwork(rounds: 1)
        (line.memory, line.looksBack, line.recalls) = (.mamba, true, [[20, -25]])
        return line
    }()

    /// Two protocols, against the twin: the memory begins anew every 256 characters, or is carried along each of four
    /// streams of 1,024.
    @Test func lossesOfBothProtocols() throws {
        let folder = try Self.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let url = folder.appending(path: "line.safetensors")
        try Checkpoint.writeWeights(of: try Self.looking.network(), importedFrom: "a test", to: url)
        let model = try OpenedModel(url.path, in: folder, best: false)
        let corpus = try SampleCorpus.make()
        let found = try HeldOutEvaluation(model, on: corpus, .all, characters: 4096)
        #expect(found.characters == 4096 && found.windowLength == 256 && found.interventions == nil)
        #expect(found.checkpoint == "line.safetensors" && found.split == "all" && found.seconds > 0)
        let windows = try ValidationWindows(
            corpus: corpus, range: 0..<corpus.count, batchSize: 4, sequenceLength: 256, maximumCharacters: 4096)
        let bench = try LineBench(Self.looking)
        var (reset, carried) = ([Double](), [Double]())
        var (ids, next) = ([Int32](repeating: 0, count: 1024), [Int32](repeating: 0, count: 1024))
        var streams = [(ids: [Int32], next: [Int32])](repeating: ([], []), count: 4)
        for window in 0..<4 {
            windows.fill(window: window, tokens: &ids, targets: &next)
            for stream in 0..<4 {
                streams[stream].ids += ids[(stream * 256)..<((stream + 1) * 256)]
                streams[stream].next += next[(stream * 256)..<((stream + 1) * 256)]
            }
        }
        for stream in streams {
            carried += zip(bench.twin.read(stream.ids), stream.next).map { $0.surprisal($1) }
            reset += zip(bench.twin.read(stream.ids, resets: [256, 512, 768]), stream.next).map { $0.surprisal($1) }
        }
        expectClose(found.windowsBPC, mean(reset), within: 1e-6)
        expectClose(try #require(found.streamingBPC), mean(carried), within: 1e-6)
        #expect(abs(mean(reset) - mean(carried)) > 1e-5, "the protocols differ")
        #expect(throws: INNError.self) { try HeldOutEvaluation(model, on: corpus, .all, characters: 511) }
        // Two windows of one stream; and never more than sixteen streams.
        #expect(try HeldOutEvaluation(model, on: corpus, .all, characters: 512).characters == 512)
        let many = try HeldOutEvaluation(model, on: corpus, .all, characters: 17 * 1024)
        #expect(many.characters == 16 * 1024, "four windows of sixteen streams")
        // All of a short text is read, in as many streams as leave each four windows, with what these leave over.
        let short = try Corpus(name: "words", text: String(repeating: "the lazy dog ", count: 640))
        let whole = try HeldOutEvaluation(model, on: short, .all, characters: nil)
        #expect(whole.streams == 8 && whole.characters == 8 * (8320 / 8 - 1))
        #expect(whole.streamingBPC != nil && whole.streamingBPC != whole.windowsBPC)
        #expect(try HeldOutEvaluation(model, on: short, .all, characters: 8320).characters == whole.characters)
        // One window holds the test split of a shorter one: nothing is carried, and no figure says so.
        let tiny = try Corpus(name: "words", text: String(repeating: "the lazy dog ", count: 100))
        let single = try HeldOutEvaluation(model, on: tiny, .test, characters: nil)
        #expect(single.characters == 64 && single.streamingBPC == nil && single.text.contains("– (one window"))
        // Windows of one length leave over less than one of them.
        let even = try ValidationWindows(measuring: short, range: 0..<4000, sequenceLength: 128)
        #expect(even.characters == 3968 && even.batchSize == 1)
    }

    /// A model that does not remember reads as much at a time as it knows, if that is less than 256 characters.
    @Test(arguments: [(48, 48), (300, 256)]) func windowsOfATransformer(longest: Int, length: Int) throws {
        let folder = try Self.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let url = folder.appending(path: "transformer.safetensors")
        let configuration = TransformerConfiguration(
            dModel: 4, layers: 1, heads: 1, feedForward: 4, contextLength: longest, activation: .relu)
        try Checkpoint.writeWeights(
            of: ModelConfiguration.transformer(configuration).makeModel(seed: 1), importedFrom: "a test", to: url)
        let model = try OpenedModel(url.path, in: folder, best: false)
        let found = try HeldOutEvaluation(model, on: SampleCorpus.make(), .all, characters: 1024)
        #expect(found.windowLength == length)
    }

    /// A model that is only told of.
    private final class Sketch: LanguageModel {
        let modelConfiguration: ModelConfiguration
        let parameters = ParameterStore()
        var vocabularySize: Int { modelConfiguration.vocabularySize }

        init(_ configuration: ModelConfiguration) { modelConfiguration = configuration }

        func forward(
            tokens: UnsafeBufferPointer<Int32>, batchSize: Int, steps: Int, on tape: Tape, context: ForwardContext
        ) -> ForwardResult { fatalError("nobody reads with it") }

        func makeState(batchSize: Int) -> RecurrentState { RecurrentState(count: 0, batchSize: batchSize) }
    }

    /// What there is memory enough to read is read, though to train on it would take more.
    @Test func readingTakesLessThanTraining() throws {
        let windows = try LineBench(LineNetwork()).windows
        func model(_ hidden: Int) -> ModelConfiguration { .lstm(LSTMConfiguration(hidden: hidden, layers: 1)) }
        func bytes(_ hidden: Int, isTraining: Bool) -> Double {
            ModelMemory(model(hidden), batchSize: 2, steps: 16, isTraining: isTraining).bytes
        }
        var hidden = 64
        while bytes(hidden, isTraining: true) <= SystemMemory.limit { hidden += hidden / 16 }
        #expect(bytes(hidden, isTraining: false) <= SystemMemory.limit)
        #expect(try windows.fitting(Sketch(model(hidden))).characters == windows.characters)
        #expect(throws: INNError.self) { try windows.fitting(Sketch(model(2 * hidden))) }
    }

    @Test func splitsOfAText() throws {
        let corpus = try SampleCorpus.make()
        #expect(TextSplit.all.range(of: corpus) == 0..<corpus.count)
        #expect(
            TextSplit.train.range(of: corpus).lowerBound == 0
                && TextSplit.test.range(of: corpus).upperBound == corpus.count)
        #expect(TextSplit.validation.range(of: corpus).upperBound == TextSplit.test.range(of: corpus).lowerBound)
    }

    /// The losses of the twin before and after one of its neurons became one of another network's.
    @Test func aGraftAgainstTheTwin() throws {
        let source = LineNetwork(neurons: 3)
        var target = LineNetwork(neurons: 2)
        target.shifts = [[0.001, -0.002], [0.0015, 0.0005]]
        target.gateBiases = [[0.3, -0.4], [-0.2, 0.9]]
        let folder = try Self.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let url = folder.appending(path: "target.safetensors")
        let bench = try LineBench(target)
        try Checkpoint.writeWeights(of: bench.network, importedFrom: "a test", to: url)
        let neuron = try NeuronWeights(of: source.network(), neuron: 2, name: "source")
        let output = folder.appending(path: "grafted.safetensors")
        let graft = try Graft(
            neuron, into: bench.network, neuron: 1, of: Checkpoint(url), output: output,
            meter: SurprisalMeter(bench.network, bench.windows), block: 16)
        var grafted = target
        for round in 0..<2 {
            grafted.shifts[round][1] = source.shifts[round][2]
            grafted.gateBiases[round][1] = source.gateBiases[round][2]
        }
        let (before, after) = (bench.surprisals(), try LineBench(grafted).surprisals())
        expectClose([try #require(graft.before), try #require(graft.after)], [mean(before), mean(after)])
        let change = try #require(graft.change)
        expectClose(change.mean, mean(after) - mean(before))
        #expect(change.characters == 256 && abs(change.mean) > 1e-3)
        let blocks = (0..<16).map { block in
            mean((block * 16..<(block + 1) * 16).map { after[$0] - before[$0] })
        }
        let interval = Interval(of: blocks)
        expectClose(
            [try #require(change.low), try #require(change.high)], [interval.low, interval.high], within: 2e-5)
        #expect(graft.neuron == 1 && graft.values == neuron.count && graft.from == "neuron 2 of source")
        let unmeasured = try Graft(
            neuron, into: bench.network, neuron: 0, of: Checkpoint(url), output: output, meter: nil, block: 16)
        #expect(unmeasured.before == nil && unmeasured.after == nil && unmeasured.change == nil)
    }

    /// Streams of about eight blocks of the text that was held out, at least one and at most sixteen.
    @Test(arguments: [(40, 1), (640, 5), (700, 5), (2048, 16), (4096, 16)]) func textOfAGraft(
        characters: Int, streams: Int
    ) throws {
        let network = try LineNetwork().network()
        let corpus = try SampleCorpus.make()
        let meter = try Graft.meter(network, corpus, characters: characters, block: 16)
        #expect(meter.streams == streams && meter.characters <= characters)
        #expect(meter.characters > characters - 16 * streams && meter.charactersPerStream % 16 == 0)
        let held = Set((0..<8).map { corpus[corpus.splits.validation.lowerBound + 1 + $0] })
        #expect(Set(meter.targets.prefix(8)) == held)
    }

    // MARK: Comparing runs

    private static func run(_ name: String, _ losses: [(characters: Int, loss: Double?)], in runs: URL) throws {
        let settings = TrainingSettings(
            model: .inn(INNPreset.tiny.configuration), corpus: "sample", budget: .steps(10), seed: 1)
        let description = RunDescription(model: "inn", preset: "tiny", corpus: "sample", parameters: 77)
        let folder = try RunFolder.create(
            named: name, config: RunConfig(description: description, createdAt: 1, createdBy: "t", settings: settings),
            in: runs)
        let store = try RunStore(folder, version: "1")
        for (index, report) in losses.enumerated() {
            store.receive(
                .report(
                    TrainingReport(
                        step: index + 1, charactersSeen: report.characters, trainBPC: 2, validBPC: report.loss,
                        learningRate: 1, gradientNorm: 1, charsPerSecond: 1, elapsedSeconds: 90, progress: 1)))
        }
        try store.close()
    }

    /// The shorter run was last measured at 350 characters: the longer one was at 300 and at 400, half way on each
    /// side.
    @Test func lossesAtCommonCharacters() throws {
        let runs = try Self.folder()
        defer { try? FileManager.default.removeItem(at: runs) }
        try Self.run("long", [(100, 2.5), (200, nil), (300, 2.2), (400, 2.0), (500, nil)], in: runs)
        try Self.run("short", [(150, 2.6), (350, 2.1), (600, nil)], in: runs)
        try Self.run("exact", [(350, 2.3), (351, 1.9)], in: runs)
        let found = try ComparedRun.all(["long", "short", "exact"], in: runs)
        #expect(found.map(\.commonCharacters) == [350, 350, 350])
        expectClose(found.compactMap(\.validBPCAtCommonCharacters), [2.1, 2.1, 2.3])
        #expect(found.map(\.isInterpolated) == [true, false, false])
        #expect(found[0].validation.map(\.charactersSeen) == [100, 300, 400])
        #expect(
            found[0].validation.map(\.validBPC) == [2.5, 2.2, 2.0] && found[0].validation.map(\.step) == [1, 3, 4])
        #expect(found[0].step == 5 && found[0].charactersSeen == 500 && found[0].minutes == 1.5)
        #expect(found[0].validBPC == 2 && found[0].bestValidBPC == 2 && found[0].parameters == 77)
        try Self.run("early", [(50, 3.0)], in: runs)
        let early = try ComparedRun.all(["long", "early"], in: runs)
        #expect(
            early[0].commonCharacters == 50 && early[0].validBPCAtCommonCharacters == nil, "nothing was measured before"
        )
        try Self.run("none", [(100, nil)], in: runs)
        let without = try ComparedRun.all(["long", "none"], in: runs)
        #expect(without.allSatisfy { $0.commonCharacters == nil && $0.validBPCAtCommonCharacters == nil })
    }

    // MARK: Words

    /// Neurons count from 0, heads and rounds from 1.
    @Test func interventionsAsTheyAreTyped() {
        let neuron = InterventionText.Placed(argument: "3@2")
        #expect(neuron?.number == 3 && neuron?.round == 1)
        #expect(
            InterventionText.Placed(argument: "0")?.number == 0 && InterventionText.Placed(argument: "0")?.round == nil)
        #expect(InterventionText.Placed(argument: "1@1")?.round == 0)
        for wrong in ["", "x", "1@0", "1@", "@1", "1@2@3", "1@x"] {
            #expect(InterventionText.Placed(argument: wrong) == nil, "\(wrong)")
        }
        let head = InterventionText.Head(argument: "2@3")
        #expect(head?.index == 1 && head?.round == 2 && InterventionText.Head(argument: "1")?.index == 0)
        #expect(InterventionText.Head(argument: "0") == nil && InterventionText.Head(argument: "x") == nil)
        let edge = InterventionText.Edge(argument: "4:7@1")
        #expect(edge?.listener == 4 && edge?.speaker == 7 && edge?.round == 0)
        for wrong in ["4", "4:", ":7", "4:7:1", "4:x", "4:7@0"] {
            #expect(InterventionText.Edge(argument: wrong) == nil, "\(wrong)")
        }
        let routing = InterventionText.Routing(argument: "static@2")
        #expect(routing?.change == .static && routing?.round == 1 && InterventionText.Routing(argument: "on") == nil)
        func gate(_ text: String) -> Intervention.GateChange? { InterventionText.Gate(argument: text)?.change }
        #expect(gate("open") == .open && gate("closed") == .closed && gate("frozen") == .frozen && gate("off") == .off)
        #expect(gate("hard") == .hard(threshold: 0.5) && gate("hard:0.25") == .hard(threshold: 0.25))
        #expect(gate("loudest:4") == .loudest(4) && gate("loudest") == nil && gate("hard:") == nil && gate("4") == nil)
        #expect(InterventionText.Gate(argument: "open@3")?.round == 2)
    }
}
