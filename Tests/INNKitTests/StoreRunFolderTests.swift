import Foundation
import Testing

@testable import INNAnalysis
@testable import INNCore
@testable import INNStore

struct TestSettings: Codable, Equatable, Sendable {
    var neurons = 16
    var rate = 4e-4
}

func testConfig(model: String = "inn", corpus: String = "text8") -> RunConfig<TestSettings> {
    RunConfig(
        description: RunDescription(model: model, preset: "small", corpus: corpus, parameters: 1234),
        createdAt: 1_700_000_000.5, createdBy: "test", settings: TestSettings())
}

@Suite struct StoreRunFolderTests {
    @Test func configurationSurvives() throws {
        try withTemporaryFolder { runs in
            let folder = try RunFolder.create(
                named: "first", config: testConfig(), in: runs.appending(path: "deep/runs"))
            #expect(try folder.config(TestSettings.self) == testConfig())
            let reopened = try RunFolder.open("first", in: runs.appending(path: "deep/runs"))
            #expect(reopened.url.path == folder.url.path)
            #expect(try RunFolder.open(folder.url.path, in: runs).name == "first")
        }
    }

    @Test func unnamedRunsAreNumbered() throws {
        try withTemporaryFolder { runs in
            for _ in 0..<11 { _ = try RunFolder.create(config: testConfig(), in: runs) }
            _ = try RunFolder.create(config: testConfig(model: "lstm", corpus: "/tmp/My book.v2.txt"), in: runs)
            #expect(
                try RunFolder.all(in: runs).map(\.name) == ["My_book_v2-lstm-small-1"]
                    + (1...11).map { "text8-small-\($0)" })
            let hidden = try FileManager.default.contentsOfDirectory(atPath: runs.path).filter { $0.hasPrefix(".") }
            #expect(hidden.isEmpty)
        }
    }

    @Test(arguments: [
        "", ".", "..", "../x", "a/b", ".hidden", "-x", "a b", "a\nb", "a\0b", String(repeating: "x", count: 81),
    ])
    func namesWithTricksAreRefused(_ name: String) throws {
        try withTemporaryFolder { runs in
            let error = #expect(throws: INNError.self) {
                try RunFolder.create(named: name, config: testConfig(), in: runs)
            }
            #expect(error?.kind == .usage)
            let left = try FileManager.default.contentsOfDirectory(atPath: runs.path)
            #expect(left == [])
        }
    }

    @Test func takenNamesAndMissingRunsAreErrors() throws {
        try withTemporaryFolder { runs in
            _ = try RunFolder.create(named: "a", config: testConfig(), in: runs)
            #expect(throws: INNError.self) { try RunFolder.create(named: "a", config: testConfig(), in: runs) }
            let error = #expect(throws: INNError.self) { try RunFolder.open("b", in: runs) }
            #expect(error?.kind == .noInput && error?.message.contains("choose one of: a") == true)
            let file = runs.appending(path: "file")
            try Data().write(to: file)
            let blocked = #expect(throws: INNError.self) { try RunFolder.create(config: testConfig(), in: file) }
            #expect(blocked?.kind == .cannotCreate)
            #expect(try FileManager.default.contentsOfDirectory(atPath: runs.path).sorted() == ["a", "file"])
        }
    }

    @Test(.enabled(if: getuid() != 0, "root may write everywhere"))
    func readOnlyFoldersAreErrors() throws {
        try withTemporaryFolder { runs in
            chmod(runs.path, 0o555)
            defer { chmod(runs.path, 0o755) }
            let error = #expect(throws: INNError.self) { try RunFolder.create(config: testConfig(), in: runs) }
            #expect(error?.kind == .cannotCreate)
        }
    }

    @Test(.enabled(if: SmallDisk.isAvailable)) func aFullDiskLeavesNoFolder() throws {
        try withTemporaryFolder { folder in
            let disk = try SmallDisk(at: folder.appending(path: "disk"), kilobytes: 16)
            defer { disk.unmount() }
            var config = testConfig()
            config.createdBy = String(repeating: "x", count: 40_000)
            let error = #expect(throws: INNError.self) { try RunFolder.create(config: config, in: disk.url) }
            #expect(error?.kind == .inputOutput)
            #expect(try FileManager.default.contentsOfDirectory(atPath: disk.url.path) == [])
        }
    }

    @Test(arguments: ["", "{", "[]", "{\"description\":1}", "\u{0}"])
    func damagedConfigurationsAreErrors(_ text: String) throws {
        try withTemporaryFolder { runs in
            let folder = try RunFolder.create(config: testConfig(), in: runs)
            try Data(text.utf8).write(to: folder.configURL)
            let error = #expect(throws: INNError.self) { try folder.config(TestSettings.self) }
            #expect(error?.kind == .data)
            #expect(RunSummary(folder).state == .damaged)
        }
    }

    @Test func onlyOneOwnerAtATime() throws {
        try withTemporaryFolder { runs in
            let folder = try RunFolder.create(named: "a", config: testConfig(), in: runs)
            #expect(RunLock.owner(of: folder) == nil)
            let lock = try folder.lock()
            #expect(RunLock.owner(of: folder)?.pid == getpid())
            let error = #expect(throws: INNError.self) { try folder.lock() }
            #expect(error?.kind == .temporary)
            #expect(error?.message.contains("process \(getpid()) on host \(ProcessInfo.processInfo.hostName)") == true)
            #expect(throws: INNError.self) { try folder.moveToTrash() }
            lock.release()
            #expect(RunLock.owner(of: folder) == nil)
            try folder.lock().release()
        }
    }

    @Test func deletedRunsGoToTheTrash() throws {
        try withTemporaryFolder { runs in
            for expected in ["a", "a~2", "a~3"] {
                let target = try RunFolder.create(named: "a", config: testConfig(), in: runs).moveToTrash()
                #expect(target.lastPathComponent == expected)
            }
            #expect(try RunFolder.all(in: runs).isEmpty)
        }
    }
}
