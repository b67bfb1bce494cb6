import Foundation
import Testing

/// A short form of the fuzzing of all readers, and that it finds what it is meant to find.
@Suite struct FuzzRuns {
    private static let executable = URL(fileURLWithPath: Program.executable).deletingLastPathComponent()
        .appendingPathComponent("inn-fuzz").path

    private func fuzz(_ arguments: [String], in folder: URL) throws -> Spawn.Result {
        try Spawn.run([Self.executable] + arguments, environment: ProcessInfo.processInfo.environment, in: folder)
    }

    @Test func everyReaderRefusesWithASentence() throws {
        let program = try Program()
        let perReader = 2_000
        let names = try #require(
            try fuzz(["--help"], in: program.folder).output.firstMatch(of: /one of ([a-z, \n]+)\./)
        ).1
            .split(whereSeparator: { ", \n".contains($0) }).map(String.init)
        #expect(names.count >= 8)
        let result = try fuzz(
            ["--inputs", String(perReader * names.count), "--seed", "7", "--crashes", "failures"], in: program.folder)
        #expect(result.ending == .status(0), "\(result.output)\(result.errors)")
        let rows = result.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        for name in names {
            let row = try #require(rows.first { $0.first == name })
            let numbers = row.dropFirst().compactMap { Int($0) }
            #expect(numbers[0] == perReader && numbers[1] > 0 && numbers[2] > 0, "\(row)")
            #expect(numbers[3...5].allSatisfy { $0 == 0 }, "\(row)")
            // MiB; the archive reader may hold a text of 16 MiB several times over.
            #expect(numbers[7] < 512, "\(row)")
        }
    }

    @Test func aCrashIsKeptAndTheRunGoesOn() throws {
        let program = try Program()
        let result = try fuzz(
            ["--reader", "self-test", "--inputs", "300", "--crashes", "failures"], in: program.folder)
        #expect(result.ending == .status(1))
        let row = try #require(result.output.split(separator: "\n").first { $0.hasPrefix("self-test") }).split(
            separator: " "
        ).compactMap { Int($0) }
        #expect(row[0] == 300 && row[3] > 0 && row[5] > 0, "\(result.output)")
        let kept = try FileManager.default.contentsOfDirectory(
            atPath: program.folder.appendingPathComponent("failures").path)
        #expect(kept.count == row[3] + row[5])
        for name in kept {
            #expect(try Data(contentsOf: program.folder.appendingPathComponent("failures/\(name)")).count == 1)
        }
    }
}
