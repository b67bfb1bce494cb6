import Foundation
import GRDB
import Testing

@testable import INNAnalysis
@testable import INNCore
@testable import INNData
@testable import INNStore
@testable import INNTraining

/// Checkpoints and run folders that are well-formed and lie.
@Suite struct HostileRuns {
    private let small = INNConfiguration(neurons: 2, dModel: 4, rounds: 1, heads: 2, stateSize: 2)

    /// A checkpoint with one metadata text or tensor replaced, and a checksum that fits.
    private func checkpoint(
        model: String? = nil, training: String = "{}", format: String = "inn-checkpoint-1",
        state: CheckpointState? = nil,
        spoiling spoil: (IntelligentNeuralNetwork) -> Void = { _ in }, in folder: URL
    ) throws -> URL {
        let network = try IntelligentNeuralNetwork(small, seed: 1)
        let url = folder.appending(path: "lie.safetensors")
        spoil(network)
        let encoder = JSONEncoder()
        let plain = CheckpointState(step: 1, charactersSeen: 1, elapsedSeconds: 1, optimizerStep: 1)
        let metadata = [
            "format": format, "state": String(decoding: try encoder.encode(state ?? plain), as: UTF8.self),
            "modelConfig": try model ?? String(decoding: encoder.encode(ModelConfiguration.inn(small)), as: UTF8.self),
            "trainingConfig": training,
        ]
        let entries = network.parameters.parameters.map {
            SafetensorsEntry(name: $0.name, shape: $0.shape.array, floats: $0.array)
        }
        try SafetensorsWriter.write(entries, metadata: metadata, to: url)
        return url
    }

    private func expectRefused(
        _ phrase: String, sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
    ) {
        let error = #expect(throws: INNError.self, sourceLocation: sourceLocation) { try body() }
        #expect(
            error?.kind == .data && error?.message.contains(phrase) == true, "\(error?.message ?? "")",
            sourceLocation: sourceLocation)
    }

    /// Each of these would take terabytes, or overflow, if the model were made before it is compared with the file.
    @Test(arguments: [
        ("\"neurons\":2", "\"neurons\":4096"), ("\"dModel\":4", "\"dModel\":8192"),
        ("\"rounds\":1", "\"rounds\":9223372036854775807"),
        ("\"vocabularySize\":27", "\"vocabularySize\":9223372036854775807"), ("\"heads\":2", "\"heads\":0"),
        ("\"stateSize\":2", "\"stateSize\":-1"), ("\"dtRank\":\"auto\"", "\"dtRank\":0"),
        ("\"dtRank\":\"auto\"", "\"dtRank\":-1"), ("\"dtRank\":\"auto\"", "\"dtRank\":2"),
        ("\"dtRank\":\"auto\"", "\"dtRank\":8192"), ("\"dtRank\":\"auto\"", "\"dtRank\":9223372036854775807"),
    ])
    func configurationsLargerThanTheFile(_ truth: String, _ lie: String) throws {
        let honest = String(decoding: try JSONEncoder().encode(ModelConfiguration.inn(small)), as: UTF8.self)
        try withTemporaryFolder { folder in
            #expect(honest.contains(truth))
            let file = try checkpoint(model: honest.replacingOccurrences(of: truth, with: lie), in: folder)
            expectRefused("damaged") { _ = try IntelligentNeuralNetwork(Checkpoint(file)) }
        }
    }

    /// As many weights as the file has, and other shapes.
    @Test func aRankThatContradictsTheTensors() throws {
        let lie = small.with { ($0.dtRank, $0.convKernel) = (.fixed(2), 2) }
        #expect(lie.parameterCount == small.parameterCount)
        try withTemporaryFolder { folder in
            let json = String(decoding: try JSONEncoder().encode(ModelConfiguration.inn(lie)), as: UTF8.self)
            let file = try checkpoint(model: json, in: folder)
            expectRefused("shape") { _ = try IntelligentNeuralNetwork(Checkpoint(file)) }
        }
    }

    /// Neither a number nor “auto”.
    @Test(arguments: ["\"half\"", "1.5", "1e30", "true", "[1]"]) func ranksThatAreNone(_ lie: String) throws {
        let honest = String(decoding: try JSONEncoder().encode(ModelConfiguration.inn(small)), as: UTF8.self)
        try withTemporaryFolder { folder in
            let lying = honest.replacingOccurrences(of: "\"dtRank\":\"auto\"", with: "\"dtRank\":\(lie)")
            expectRefused("does not describe a model") {
                _ = try IntelligentNeuralNetwork(Checkpoint(checkpoint(model: lying, in: folder)))
            }
        }
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity])
    func weightsThatAreNoNumbers(_ value: Float) throws {
        try withTemporaryFolder { folder in
            let file = try checkpoint(spoiling: { $0.readoutBias.values[3] = value }, in: folder)
            expectRefused("'readout.bias'") { _ = try IntelligentNeuralNetwork(Checkpoint(file)) }
        }
    }

    @Test func countersBeyondReach() throws {
        try withTemporaryFolder { folder in
            for change in [
                { $0.step = .max }, { $0.charactersSeen = -1 }, { $0.optimizerStep = .max },
                { $0.dataCursor = ["position": .max] },
            ] as [(inout CheckpointState) -> Void] {
                var state = CheckpointState(step: 1, charactersSeen: 1, elapsedSeconds: 1, optimizerStep: 1)
                change(&state)
                let file = try checkpoint(state: state, in: folder)
                expectRefused("impossible numbers") { _ = try Checkpoint(file) }
            }
        }
    }

    @Test func aNewerCheckpointIsNamedAsSuch() throws {
        try withTemporaryFolder { folder in
            expectRefused("newer version") { _ = try Checkpoint(checkpoint(format: "inn-checkpoint-2", in: folder)) }
            expectRefused("no checkpoint") { _ = try Checkpoint(checkpoint(format: "other", in: folder)) }
        }
    }

    @Test(arguments: [
        ("\"report\":10", "\"report\":0"), ("\"probes\":100", "\"probes\":-1"),
        ("\"batchSize\":8", "\"batchSize\":9223372036854775807"),
        ("\"sequenceLength\":128", "\"sequenceLength\":4611686018427387904"),
        ("\"accumulation\":1", "\"accumulation\":0"),
        ("\"steps\":{\"_0\":9}", "\"steps\":{\"_0\":9223372036854775807}"),
        ("\"neurons\":2", "\"neurons\":9223372036854775807"), ("\"dtRank\":\"auto\"", "\"dtRank\":-1"),
        ("\"dtRank\":\"auto\"", "\"dtRank\":9223372036854775807"),
    ])
    func impossibleSettings(_ truth: String, _ lie: String) throws {
        let settings = TrainingSettings(model: .inn(small), corpus: "text8", budget: .steps(9))
        let json = String(decoding: try JSONEncoder().encode(settings), as: UTF8.self)
        #expect(json.contains(truth))
        let lying = json.replacingOccurrences(of: truth, with: lie)
        try withTemporaryFolder { folder in
            let file = try checkpoint(training: lying, in: folder)
            expectRefused("training settings are impossible") { _ = try Checkpoint(file).trainingSettings() }
            let run = try RunFolder.create(named: "run", config: testConfig(), in: folder)
            let config = try String(contentsOf: run.configURL, encoding: .utf8)
            let start = try #require(config.range(of: "\"settings\" : {")).lowerBound
            try (config[..<start] + "\"settings\" : \(lying)}").write(
                to: run.configURL, atomically: true, encoding: .utf8)
            expectRefused("no valid configuration") { _ = try run.config(TrainingSettings.self) { try $0.validate() } }
        }
    }

    @Test func aNewerConfigurationIsRefusedAndAnOldOneIsRead() throws {
        try withTemporaryFolder { folder in
            let run = try RunFolder.create(named: "run", config: testConfig(), in: folder)
            let text = try String(contentsOf: run.configURL, encoding: .utf8)
            #expect(text.contains("\"schema\" : 1"))
            try text.replacingOccurrences(of: "\"schema\" : 1", with: "\"schema\" : 2").write(
                to: run.configURL, atomically: true, encoding: .utf8)
            expectRefused("newer version of inn-tui") { _ = try run.config(TestSettings.self) }
            try text.replacingOccurrences(of: "\"schema\" : 1,", with: "").write(
                to: run.configURL, atomically: true, encoding: .utf8)
            #expect(try run.config(TestSettings.self).settings == TestSettings())
        }
    }

    /// A view under the name of a table may never end.
    @Test(arguments: [
        """
        ALTER TABLE metrics RENAME TO old; CREATE VIEW metrics AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL \
        SELECT x + 1 FROM n) SELECT * FROM n, old
        """,
        "CREATE TRIGGER t AFTER INSERT ON events BEGIN DELETE FROM metrics; END", "DROP TABLE samples",
        "ALTER TABLE metrics ADD COLUMN extra",
    ])
    func foreignTablesAreRefused(_ sql: String) throws {
        try withTemporaryFolder { folder in
            let run = try RunFolder.create(named: "run", config: testConfig(), in: folder)
            let store = try RunStore(run, version: "1")
            try store.close()
            #expect(try RunHistory(run).reports().isEmpty)
            try DatabaseQueue(path: run.databaseURL.path).write { try $0.execute(sql: sql) }
            expectRefused("other tables") { _ = try RunHistory(run) }
            expectRefused("other tables") { _ = try RunStore(run, version: "1") }
        }
    }

    /// As steps on an axis or in a sum these would overflow.
    @Test(arguments: [Int.max, -1]) func countsBeyondReachAreDamage(_ number: Int) throws {
        try withTemporaryFolder { folder in
            let run = try RunFolder.create(named: "run", config: testConfig(), in: folder)
            let store = try RunStore(run, version: "1")
            store.receive(.mark(EventMark(step: 1, kind: .started)))
            store.receive(
                .report(
                    TrainingReport(
                        step: 1, charactersSeen: 1, trainBPC: 1, learningRate: 1, gradientNorm: 1, charsPerSecond: 1,
                        elapsedSeconds: 1, progress: 1)))
            try store.close()
            try DatabaseQueue(path: run.databaseURL.path).write {
                try $0.execute(
                    sql: "UPDATE metrics SET step = ?; UPDATE events SET step = ?", arguments: [number, number])
            }
            let history = try RunHistory(run)
            expectRefused("'step'") { _ = try history.reports(after: -2) }
            expectRefused("'step'") { _ = try history.marks() }
        }
    }

    /// Taking the lock empties the file, which must not be one that the link leads to.
    @Test func aLinkIsNoLock() throws {
        try withTemporaryFolder { folder in
            let run = try RunFolder.create(named: "run", config: testConfig(), in: folder)
            let precious = folder.appending(path: "precious")
            try Data("keep".utf8).write(to: precious)
            try FileManager.default.createSymbolicLink(
                at: run.url.appending(path: "lock"), withDestinationURL: precious)
            let error = #expect(throws: INNError.self) { try run.lock() }
            #expect(error?.message.contains("symbolic link") == true, "\(error?.message ?? "")")
            #expect(try Data(contentsOf: precious) == Data("keep".utf8))
        }
    }

    /// Nobody is on the other end, so whoever opens one of these for reading in the usual way waits for ever.
    @Test(.timeLimit(.minutes(1)), arguments: ["config.json", "run.sqlite", "lock", "checkpoints/best.safetensors"])
    func pipesAreNotWaitedFor(_ name: String) throws {
        try withTemporaryFolder { folder in
            let run = try RunFolder.create(named: "run", config: testConfig(), in: folder)
            try RunStore(run, version: "1").close()
            try FileManager.default.createDirectory(at: run.checkpoints.url, withIntermediateDirectories: true)
            let pipe = run.url.appending(path: name)
            unlink(pipe.path)
            #expect(mkfifo(pipe.path, 0o600) == 0)
            let summary = RunSummary(run)
            #expect(
                summary.state == (["config.json", "run.sqlite"].contains(name) ? .damaged : .interrupted),
                "\(summary.problem ?? "")")
            #expect(throws: INNError.self) { try run.checkpoints.best() }
            let text = #expect(throws: INNError.self) {
                try CorpusResolver(alphabet: .bytes, environment: [:]).resolve(pipe.path)
            }
            #expect(text?.message.contains("not a regular file") == true)
        }
    }

    @Test func textOfFilesIsPrintable() {
        #expect("a\u{1B}[2Jb\nc\u{202E}d\u{7F}ü漢🙂".printable == "a?[2Jb?c?d?ü漢🙂")
        #expect(String(repeating: "x", count: 60).shortened == String(repeating: "x", count: 60))
        #expect(String(repeating: "x", count: 61).shortened == String(repeating: "x", count: 60) + "…")
    }

    @Test(arguments: [
        "[{\"head\":{\"_0\":9223372036854775807}}]", "[{\"routing\":{\"_0\":\"off\",\"round\":9223372036854775807}}]",
        "[{\"edge\":{\"listener\":-1,\"speaker\":0,\"_2\":\"cut\"}}]",
        "[{\"memory\":{\"_0\":{\"resetEvery\":{\"_0\":-9223372036854775808}}}}]",
    ])
    func impossibleInterventionsAreRefused(_ json: String) throws {
        expectRefused("interventions cannot be read") { _ = try InterventionSet(json: json) }
        #expect(try InterventionSet(json: "[{\"head\":{\"_0\":1}}]").list == [.head(1)])
    }

    @Test(arguments: NamedConfiguration.all)
    func parametersAreCountedWithoutTheModel(_ named: NamedConfiguration) throws {
        #expect(
            named.configuration.parameterCount
                == (try IntelligentNeuralNetwork(named.configuration, seed: 1).parameterCount))
    }

    @Test func parametersOfThePaper() {
        #expect(
            INNPreset.paper.configuration.parameterCount == 4_219_163
                && INNPreset.paperConv.configuration.parameterCount == 4_695_323)
    }
}
