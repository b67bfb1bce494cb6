import Foundation
import Testing

@testable import INNAnalysis
@testable import INNCore
@testable import INNStore
@testable import INNTraining

@Suite struct CheckpointTests {
    @Test func roundTripKeepsTensorsAndState() throws {
        try withTemporaryFolder { folder in
            let state = CheckpointState(
                step: 12, charactersSeen: 12_288, elapsedSeconds: 0.1 + 0.2, bestValidBPC: 2.345678901234567,
                isBest: true,
                optimizerStep: 12, random: ["dropout": .max, "sampling": 1 << 63], dataCursor: ["train": 987_654_321],
                extra: ["schedule": "x"])
            let url = folder.appending(path: "c.safetensors")
            try withUnsafeTensors { tensors in
                try Checkpoint.write(
                    tensors, state: state, modelConfig: "{\"neurons\":2}", trainingConfig: "{}", to: url)
            }
            let checkpoint = try Checkpoint(url)
            #expect(checkpoint.state == state)
            #expect(checkpoint.modelConfig == "{\"neurons\":2}" && checkpoint.trainingConfig == "{}")
            #expect(checkpoint.names(.weights) == ["round.0.gate"])
            #expect(checkpoint.names(.firstMoment) == ["round.0.gate"])
            #expect(checkpoint.names(.carried) == ["scan"])
            #expect(try checkpoint.tensor(.secondMoment, "round.0.gate").floats() == [7, 8, 9])
            #expect(throws: INNError.self) { try checkpoint.tensor(.weights, "scan") }
        }
    }

    @Test func damagedAndForeignFilesAreRefused() throws {
        try withTemporaryFolder { folder in
            let checkpoints = CheckpointFolder(folder)
            let file = try save(4, in: checkpoints)
            try flipByte(of: file)
            #expect(throws: INNError.self) { try Checkpoint(file) }
            let foreign = folder.appending(path: "foreign.safetensors")
            try SafetensorsWriter.write([SafetensorsEntry(name: "w", shape: [1], floats: [1])], to: foreign)
            let error = #expect(throws: INNError.self) { try Checkpoint(foreign) }
            #expect(error?.kind == .data)
        }
    }

    @Test func theLastThreeAndTheBestAreKept() throws {
        try withTemporaryFolder { folder in
            let checkpoints = CheckpointFolder(folder.appending(path: "checkpoints"))
            for step in 1...7 { try save(step * 100, isBest: step == 2, in: checkpoints) }
            #expect(try checkpoints.list().map(\.step) == [500, 600, 700])
            #expect(try checkpoints.best().checkpoint.state.step == 200)
            #expect(try checkpoints.latest().checkpoint.state.step == 700)
            #expect(try FileManager.default.contentsOfDirectory(atPath: checkpoints.url.path).count == 4)
            try save(800, isBest: true, in: checkpoints)
            #expect(try checkpoints.best().checkpoint.state.step == 800)
            try checkpoints.removeSteps(after: 600)
            #expect(try checkpoints.list().map(\.step) == [600])
        }
    }

    @Test func aDamagedLatestFallsBackAndSaysSo() throws {
        try withTemporaryFolder { folder in
            let checkpoints = CheckpointFolder(folder)
            for step in [1, 2, 3] { try save(step, isBest: step == 1, in: checkpoints) }
            try flipByte(of: checkpoints.list()[2].url)
            try Data("short".utf8).write(to: checkpoints.list()[1].url)
            let found = try checkpoints.latest()
            #expect(found.checkpoint.state.step == 1)
            #expect(found.notices.count == 3 && found.notices[0].contains("step-00000003"))
            #expect(try checkpoints.list().count == 3)

            #expect(try checkpoints.resume().checkpoint.state.step == 1)
            #expect(try checkpoints.list().map(\.step) == [1])
            #expect(try checkpoints.latest().notices.isEmpty)
        }
    }

    @Test func theBestOneIsTheLastResort() throws {
        try withTemporaryFolder { folder in
            let checkpoints = CheckpointFolder(folder)
            #expect(throws: INNError.self) { try checkpoints.latest() }
            for step in 1...4 { try save(step, isBest: step == 1, in: checkpoints) }
            for listed in try checkpoints.list() { try flipByte(of: listed.url) }
            #expect(try checkpoints.latest().checkpoint.state.step == 1)
            try flipByte(of: checkpoints.bestURL)
            let error = #expect(throws: INNError.self) { try checkpoints.latest() }
            #expect(error?.kind == .data)
        }
    }

    @Test func aKillBetweenSavingAndMarkingTheBestIsRepaired() throws {
        try withTemporaryFolder { folder in
            let checkpoints = CheckpointFolder(folder)
            try save(1, isBest: true, in: checkpoints)
            let killed = folder.appending(path: CheckpointFolder.fileName(step: 2))
            try withUnsafeTensors { tensors in
                try Checkpoint.write(
                    tensors, state: state(2, isBest: true), modelConfig: "", trainingConfig: "", to: killed)
            }
            try Data().write(to: folder.appending(path: ".step-00000003.safetensors.part-99-a"))
            #expect(try checkpoints.resume().checkpoint.state.step == 2)
            #expect(try checkpoints.best().checkpoint.state.step == 2)
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
                    == ["best.safetensors", "step-00000001.safetensors", "step-00000002.safetensors"])
        }
    }

    @Test(.enabled(if: SmallDisk.isAvailable)) func aFullDiskKeepsTheEarlierCheckpoints() throws {
        try withTemporaryFolder { folder in
            let disk = try SmallDisk(at: folder.appending(path: "disk"), kilobytes: 64)
            defer { disk.unmount() }
            let checkpoints = CheckpointFolder(disk.url.appending(path: "checkpoints"))
            try save(1, isBest: true, in: checkpoints)
            let large = [Float](repeating: 1, count: 1 << 16)
            let error = try #require(throws: INNError.self) {
                try large.withUnsafeBufferPointer { values in
                    _ = try checkpoints.save(
                        [Checkpoint.Tensor(.weights, "w", shape: [values.count], values)],
                        state: state(2, isBest: true), modelConfig: "", trainingConfig: "")
                }
            }
            #expect(error.kind == .inputOutput && error.message.contains("the disk is full"))
            #expect(try checkpoints.latest().checkpoint.state.step == 1)
            #expect(try FileManager.default.contentsOfDirectory(atPath: checkpoints.url.path).count == 2)
        }
    }

    private func state(_ step: Int, isBest: Bool) -> CheckpointState {
        CheckpointState(step: step, charactersSeen: step, elapsedSeconds: 1, isBest: isBest, optimizerStep: step)
    }

    @discardableResult
    private func save(_ step: Int, isBest: Bool = false, in folder: CheckpointFolder) throws -> URL {
        try withUnsafeTensors { tensors in
            try folder.save(tensors, state: state(step, isBest: isBest), modelConfig: "{}", trainingConfig: "{}")
        }
    }

    private func withUnsafeTensors<Result>(_ body: ([Checkpoint.Tensor]) throws -> Result) throws -> Result {
        let values: [Float] = [1, 2, 3, 4, 5, 6, 7, 8, 9]
        return try values.withUnsafeBufferPointer { all in
            func part(_ index: Int) -> UnsafeBufferPointer<Float> {
                UnsafeBufferPointer(rebasing: all[3 * index..<3 * index + 3])
            }
            return try body([
                Checkpoint.Tensor(.weights, "round.0.gate", shape: [3], part(0)),
                Checkpoint.Tensor(.firstMoment, "round.0.gate", shape: [3], part(1)),
                Checkpoint.Tensor(.secondMoment, "round.0.gate", shape: [3], part(2)),
                Checkpoint.Tensor(.carried, "scan", shape: [1, 3], part(0)),
            ])
        }
    }

    private func flipByte(of url: URL) throws {
        var bytes = try Data(contentsOf: url)
        bytes[bytes.count - 3] ^= 1
        try bytes.write(to: url)
    }
}
