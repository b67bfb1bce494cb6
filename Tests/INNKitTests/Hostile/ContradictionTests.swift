import Foundation
import Testing

@testable import INNAnalysis
@testable import INNCore
@testable import INNData
@testable import INNStore
@testable import INNTraining

/// Files that are well-formed, with valid checksums, and contradict themselves or each other.
@Suite struct Contradictions {
    private let words = String(repeating: "the quick brown fox jumps over the lazy dog and then it rests ", count: 60)

    private func corpus(_ alphabet: Alphabet = .text8) throws -> Corpus {
        try Corpus(name: "words", text: words, alphabet: alphabet)
    }

    private func settings(_ change: (inout TrainingSettings) -> Void = { _ in }) throws -> TrainingSettings {
        var settings = TrainingSettings(
            model: .inn(INNConfiguration(neurons: 2, dModel: 4, rounds: 1, heads: 2, stateSize: 2, carryState: true)),
            corpus: "words",
            corpusFingerprint: try corpus().fingerprint, batchSize: 2, sequenceLength: 8, budget: .steps(2))
        settings.intervals.validationCharacters = 32
        settings.intervals.finalValidationCharacters = 32
        settings.intervals.probeCharacters = 32
        change(&settings)
        return settings
    }

    private struct Silence: TrainingSink {
        func receive(_ event: TrainingEvent) {}
    }

    private func trainer(_ settings: TrainingSettings, _ corpus: Corpus? = nil) throws -> Trainer {
        try Trainer(
            stored: settings, in: "config.json", corpus: corpus ?? self.corpus(settings.alphabet), sink: Silence(),
            team: ThreadTeam(threadCount: 1))
    }

    /// A checkpoint of two updates, with a text of its metadata replaced and the checksum that fits.
    private func checkpoint(replacing truth: String = "", by lie: String = "", in folder: URL) throws -> Checkpoint {
        let trainer = try trainer(settings())
        trainer.checkpoints = CheckpointFolder(folder)
        _ = try trainer.run()
        let honest = try CheckpointFolder(folder).latest().checkpoint
        guard !truth.isEmpty else { return honest }
        let file = try SafetensorsFile(honest.url)
        let url = folder.appending(path: "lie.safetensors")
        var metadata = file.metadata
        metadata["crc32"] = nil
        for (key, value) in metadata { metadata[key] = value.replacingOccurrences(of: truth, with: lie) }
        #expect(metadata != file.metadata.filter { $0.key != "crc32" })
        let values = try file.names.map { name in (name, try file.tensor(named: name)) }
        try SafetensorsWriter.write(
            values.map { SafetensorsEntry(name: $0.0, shape: $0.1.shape, floats: try $0.1.floats()) },
            metadata: metadata, to: url)
        return try Checkpoint(url)
    }

    /// Runs that earlier versions made and this one can repeat: any rate that single precision can hold.
    @Test func aRunWithAHugeLearningRateIsNoDamage() throws {
        for rate in [2e6, 1e30] {
            _ = try trainer(settings { ($0.learningRate, $0.weightDecay) = (rate, rate) })
        }
        #expect(throws: INNError.self) { try self.trainer(self.settings { $0.learningRate = 1e39 }) }
    }

    private func expectDamage(
        _ phrase: String, sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
    ) {
        let error = #expect(throws: INNError.self, sourceLocation: sourceLocation) { try body() }
        #expect(
            error?.kind == .data && error?.message.contains(phrase) == true, "\(error?.message ?? "")",
            sourceLocation: sourceLocation)
    }

    /// 27 rows of weights, and ids up to 255.
    @Test func aCheckpointWhoseAlphabetIsNotItsVocabulary() throws {
        try withTemporaryFolder { folder in
            let lie = try checkpoint(replacing: "\"alphabet\":\"text8\"", by: "\"alphabet\":\"bytes\"", in: folder)
            expectDamage("27 symbols, but the alphabet bytes has 256") { _ = try lie.alphabet() }
            expectDamage("27 symbols, but the alphabet bytes has 256") { try trainer(settings()).restore(lie) }
        }
    }

    @Test func settingsWhoseAlphabetIsNotTheirModels() throws {
        expectDamage("27 symbols") { _ = try trainer(settings { $0.alphabet = .bytes }) }
        expectDamage("256 symbols") { _ = try trainer(settings { $0.model.options.vocabularySize = 256 }) }
    }

    @Test func aTextInAnotherAlphabet() throws {
        expectDamage("read as bytes") { _ = try trainer(settings(), corpus(.bytes)) }
    }

    @Test(arguments: [
        ("\"gate\":\"soft\"", "\"gate\":\"hard\""), ("\"sharing\":\"own\"", "\"sharing\":\"all\""),
        ("\"rounds\":1", "\"rounds\":2"), ("\"dtRank\":\"auto\"", "\"dtRank\":2"),
    ])
    func aConfigurationThatIsNotTheCheckpoints(_ truth: String, _ lie: String) throws {
        try withTemporaryFolder { folder in
            let honest = try checkpoint(in: folder)
            let json = String(decoding: try JSONEncoder().encode(settings { $0.budget = .steps(9) }), as: UTF8.self)
            #expect(json.contains(truth))
            let lying = try JSONDecoder().decode(
                TrainingSettings.self, from: Data(json.replacingOccurrences(of: truth, with: lie).utf8))
            expectDamage("belongs to a model with other options") { try trainer(lying).restore(honest) }
        }
    }

    /// The configuration beside the weights and the one within the settings.
    @Test func aCheckpointWithTwoModels() throws {
        try withTemporaryFolder { folder in
            let honest = try checkpoint(in: folder)
            let file = try SafetensorsFile(honest.url)
            var metadata = file.metadata.filter { $0.key != "crc32" }
            metadata["trainingConfig"] = metadata["trainingConfig"]?.replacingOccurrences(
                of: "\"gate\":\"soft\"", with: "\"gate\":\"off\"")
            let entries = try file.names.map {
                SafetensorsEntry(
                    name: $0, shape: try file.tensor(named: $0).shape, floats: try file.tensor(named: $0).floats())
            }
            let url = folder.appending(path: "two.safetensors")
            try SafetensorsWriter.write(entries, metadata: metadata, to: url)
            expectDamage("those of another model") { _ = try Checkpoint(url).trainingSettings() }
        }
    }

    @Test(arguments: [[2], [-1], [0, 7], [Int.max]])
    func frozenNeuronsThatDoNotExist(_ neurons: [Int]) throws {
        expectDamage("--freeze-neuron") { _ = try trainer(settings { $0.frozenNeurons = neurons }) }
    }

    @Test func otherFrozenNeuronsThanTheCheckpoints() throws {
        try withTemporaryFolder { folder in
            let honest = try checkpoint(in: folder)
            expectDamage("choice of frozen neurons") {
                try trainer(settings { ($0.frozenNeurons, $0.budget) = ([1], .steps(9)) }).restore(honest)
            }
        }
    }

    @Test func interventionsThatDoNotFit() throws {
        expectDamage("config.json") {
            _ = try trainer(settings { $0.interventions = InterventionSet([.neuron(5, .lesion)]) })
        }
    }

    @Test func factorsThatAreNoNumbers() throws {
        for lie in ["nan", "inf", "-1", "x"] {
            try withTemporaryFolder { folder in
                let lying = try checkpoint(
                    replacing: "\"learningRateScale\":\"1.0\"", by: "\"learningRateScale\":\"\(lie)\"", in: folder)
                expectDamage("factor of its learning rate") {
                    try trainer(settings { $0.budget = .steps(9) }).restore(lying)
                }
            }
        }
    }

    /// Also before the first checkpoint, where nothing else names the text.
    @Test func anotherText() throws {
        let other = try Corpus(name: "words", text: String(words.reversed()))
        expectDamage("another text") { _ = try trainer(settings(), other) }
    }

    /// A run from before the fingerprint covered all bytes goes on, and is named by all bytes from then on.
    @Test func aRunOfAnEarlierVersionGoesOn() throws {
        let corpus = try corpus()
        let old = corpus.sampledFingerprint
        let new = corpus.fingerprint
        #expect(old.count == 16)
        try withTemporaryFolder { folder in
            let checkpoint = try checkpoint(replacing: new, by: old, in: folder)
            let trainer = try trainer(settings { ($0.corpusFingerprint, $0.budget) = (old, .steps(3)) })
            try trainer.restore(checkpoint)
            trainer.checkpoints = CheckpointFolder(folder)
            #expect(try trainer.run() == .finished && trainer.stepsDone == 3)
            #expect(try CheckpointFolder(folder).latest().checkpoint.trainingSettings()?.corpusFingerprint == new)
        }
    }

    @Test func batchesThatFillTheMemory() throws {
        expectDamage("of memory") {
            _ = try trainer(settings { ($0.batchSize, $0.sequenceLength, $0.order) = (1 << 27, 1024, .random) })
        }
    }
}
