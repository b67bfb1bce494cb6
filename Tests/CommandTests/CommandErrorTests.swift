import Foundation
import Testing

/// What goes wrong is said in one sentence, has its exit code, and leaves nothing half-written.
@Suite struct CommandErrors {
    /// Exit codes of sysexits.h.
    private enum Code {
        static let usage: Int32 = 64, data: Int32 = 65, noInput: Int32 = 66, cannotCreate: Int32 = 73,
            inputOutput: Int32 = 74
    }

    private func expectSentence(
        _ result: Program.Result, _ code: Int32, mentions words: [String], _ program: Program,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(result.status == code, sourceLocation: sourceLocation)
        #expect(result.output.isEmpty, sourceLocation: sourceLocation)
        #expect(result.errorLines.count == 1, "\(result.errors)", sourceLocation: sourceLocation)
        let line = result.errorLines.first ?? ""
        #expect(line.hasPrefix("inn-tui: ") && line.hasSuffix("."), "\(line)", sourceLocation: sourceLocation)
        for word in words { #expect(line.contains(word), "no “\(word)” in: \(line)", sourceLocation: sourceLocation) }
        #expect(program.everythingInRuns.isEmpty, sourceLocation: sourceLocation)
    }

    private func train(_ program: Program, _ arguments: String...) throws -> Program.Result {
        try program.run(["train"] + arguments + ["--steps", "5", "--headless"])
    }

    @Test func aMissingFile() throws {
        let program = try Program()
        expectSentence(
            try train(program, "nowhere.txt", "--preset", "tiny"), Code.noInput,
            mentions: ["nowhere.txt", "does not exist"], program)
    }

    @Test func aDirectory() throws {
        let program = try Program()
        expectSentence(
            try train(program, "no-data", "--preset", "tiny"), Code.noInput, mentions: ["no-data", "directory"], program
        )
    }

    @Test(
        arguments: [
            ("empty", [], "is empty"), ("one", [0x61], "only 1 character"),
            ("binary", [0x68, 0x69, 0xff, 0xfe], "UTF-8 at byte 2"),
        ] as [(String, [UInt8], String)])
    func textThatCannotBeLearned(name: String, contents: [UInt8], phrase: String) throws {
        let program = try Program()
        let file = try program.file(name, contents)
        expectSentence(try train(program, file, "--preset", "tiny"), Code.data, mentions: [file, phrase], program)
    }

    @Test(arguments: [
        (["--preset", "nope"], ["nope", "tiny, small, base, paper, paper-conv"]),
        (["--preset", "tiny", "--neurons", "0"], ["--neurons is 0"]),
        (["--preset", "tiny", "--heads", "3", "--width", "64"], ["--heads 3", "64"]),
        (["--preset", "tiny", "--batch-size", "0"], ["--batch-size"]),
        (["--preset", "tiny", "--batch-size", "100000000"], ["too few", "smaller batch"]),
        (["--preset", "tiny", "--learning-rate", "nan"], ["--learning-rate"]),
        (["--preset", "tiny", "--threads", "0"], ["--threads"]),
        (["--preset", "tiny", "--minutes", "3"], ["--minutes", "--steps", "--epochs"]),
        (["--preset", "tiny", "--name", "a/b"], ["a/b"]),
    ])
    func impossibleSettings(options: [String], words: [String]) throws {
        let program = try Program()
        let result = try program.run(["train", "sample", "--steps", "5", "--headless"] + options)
        expectSentence(result, options.contains("100000000") ? Code.data : Code.usage, mentions: words, program)
    }

    @Test func anUnknownFamily() throws {
        let program = try Program()
        let result = try program.run("train", "sample", "--model", "llama", "--headless")
        #expect(result.status == Code.usage)
        for word in ["llama", "inn", "lstm", "transformer", "mamba"] { #expect(result.errors.contains(word)) }
        #expect(program.everythingInRuns.isEmpty)
    }

    @Test func noCorpus() throws {
        let program = try Program()
        expectSentence(try program.run("train", "--headless"), Code.usage, mentions: ["text8", "sample"], program)
    }

    @Test(arguments: [
        (["--bogus"], "--bogus"), (["--steps", "many"], "many"), (["--schedule", "zigzag"], "onecycle"),
        (["--seed", "-1"], "--seed"),
    ])
    func optionsThatCannotBeRead(options: [String], phrase: String) throws {
        let program = try Program()
        let result = try program.run(["train", "sample"] + options)
        #expect(result.status == Code.usage)
        #expect(
            result.errorLines.first?.hasPrefix("Error: ") == true && result.errorLines.first?.contains(phrase) == true,
            "\(result.errors)")
        #expect(result.errors.contains("inn-tui train --help"))
        #expect(program.everythingInRuns.isEmpty)
    }

    @Test func aRunsFolderBelowAFile() throws {
        let program = try Program()
        for path in ["/dev/null/x", try program.file("file", [0x61])] {
            let result = try train(program, program.book, "--preset", "tiny", "--runs-dir", path)
            expectSentence(result, Code.cannotCreate, mentions: [path, "folder"], program)
        }
    }

    @Test(.enabled(if: geteuid() != 0, "root may write anywhere"))
    func aRunsFolderWithoutPermission() throws {
        let program = try Program()
        let locked = program.folder.appendingPathComponent("locked")
        try FileManager.default.createDirectory(at: locked, withIntermediateDirectories: true)
        chmod(locked.path, 0o555)
        defer { chmod(locked.path, 0o755) }
        let result = try train(program, program.book, "--preset", "tiny", "--runs-dir", locked.path + "/runs")
        expectSentence(result, Code.cannotCreate, mentions: ["permission"], program)
    }

    @Test(.enabled(if: SmallDisk.canMount, "needs the right to mount a file system in memory"))
    func aReadOnlyDisk() throws {
        let program = try Program()
        let disk = try SmallDisk(program.folder.appendingPathComponent("disk"), options: "size=1m,ro")
        let result = try train(program, program.book, "--preset", "tiny", "--runs-dir", disk.path + "/runs")
        expectSentence(result, Code.cannotCreate, mentions: ["read-only"], program)
    }

    /// The space runs out at the configuration, at the database, and at the first checkpoint.
    @Test(
        .enabled(if: SmallDisk.canMount, "needs the right to mount a file system in memory"),
        arguments: ["4k", "16k", "300k"])
    func aFullDisk(size: String) throws {
        let program = try Program()
        let disk = try SmallDisk(program.folder.appendingPathComponent("disk"), options: "size=\(size)")
        let result = try train(
            program, program.book, "--preset", "tiny", "--retry-saving", "0", "--runs-dir", disk.path + "/runs")
        #expect(result.status == Code.inputOutput)
        #expect(result.errorLines.count == 1 && result.errors.contains("the disk is full"), "\(result.errors)")
        let names = FileManager.default.enumerator(atPath: disk.path + "/runs")?.allObjects as? [String] ?? []
        // What was measured stays.
        let hasMetrics = size == "300k"
        #expect(names.contains { $0.hasSuffix("run.sqlite") } == hasMetrics && names.isEmpty != hasMetrics, "\(names)")
        #expect(!names.contains { $0.contains("safetensors") }, "\(names)")
    }

    /// What was saved before the space ran out stays and can be used.
    @Test(.enabled(if: SmallDisk.canMount, "needs the right to mount a file system in memory"))
    func aDiskThatFillsUpDuringTraining() throws {
        let program = try Program()
        let disk = try SmallDisk(program.folder.appendingPathComponent("disk"), options: "size=2500k")
        let place = ["--runs-dir", disk.path + "/runs"]
        try program.train("--steps", "5", "--schedule", "constant", "--name", "full", place[0], place[1])
        let result = try program.run(
            ["train", "--resume", "full", "--steps", "9", "--retry-saving", "0", "--headless"] + place)
        #expect(result.status == Code.inputOutput)
        #expect(result.errorLines.count == 1 && result.errors.contains("the disk is full"), "\(result.errors)")
        let files = FileManager.default.enumerator(atPath: disk.path + "/runs")?.compactMap { $0 as? String } ?? []
        #expect(
            files.filter { $0.hasSuffix(".safetensors") }.sorted() == [
                "full/checkpoints/best.safetensors", "full/checkpoints/step-00000005.safetensors",
            ])
        #expect(!files.contains { $0.contains("part-") })
        #expect(try program.run(["eval", "full", "--characters", "5000"] + place).status == 0)
    }

    /// Training does not end for a checkpoint in its course that finds no space, only for the last.
    @Test(.enabled(if: SmallDisk.canMount, "needs the right to mount a file system in memory"))
    func aCheckpointThatFindsNoSpaceIsANotice() throws {
        let program = try Program()
        let disk = try SmallDisk(program.folder.appendingPathComponent("disk"), options: "size=2500k")
        let options = [
            "--preset", "tiny", "--steps", "9", "--checkpoint-every", "3", "--name", "full", "--retry-saving", "0",
            "--headless", "--runs-dir", disk.path + "/runs",
        ]
        let result = try program.run(["train", program.book] + options)
        #expect(result.status == Code.inputOutput)
        #expect(
            result.output.contains("step 6: no checkpoint could be written")
                && result.output.contains("the disk is full"), "\(result.output)")
        #expect(result.errorLines.count == 1 && result.errors.contains("the disk is full"), "\(result.errors)")
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: disk.path + "/runs/full/checkpoints") == [
                "step-00000003.safetensors"
            ])
    }

    /// `ulimit -f` in blocks of 512 bytes: too little for a checkpoint of 1.7 MB, and too little for anything.
    @Test(arguments: [2048, 8])
    func aLimitOnTheSizeOfFiles(blocks: Int) throws {
        let program = try Program()
        let training = [
            "train", program.book, "--preset", "tiny", "--steps", "9", "--checkpoint-every", "3", "--name", "limited",
            "--headless", "--retry-saving", "0", "--runs-dir", program.runs.path,
        ]
        let result = try Spawn.run(
            ["/bin/sh", "-c", "ulimit -f \(blocks) && exec \"$0\" \"$@\"", Program.executable] + training,
            environment: ProcessInfo.processInfo.environment.merging(program.environment.compactMapValues { $0 }) {
                $1
            }, in: program.folder)
        #expect(result.ending == .status(Code.inputOutput), "\(result)")
        let lines = result.errors.split(separator: "\n")
        #expect(
            lines.count == 1
                && result.errors.contains("grows beyond the limit on the size of files; raise the limit (ulimit -f)"),
            "\(result.errors)")
    }

    @Test(arguments: [
        ["eval", "ghost"], ["snapshot", "--run", "ghost"], ["train", "--resume", "ghost", "--headless"],
    ])
    func aRunThatDoesNotExist(command: [String]) throws {
        let program = try Program()
        expectSentence(try program.run(command), Code.noInput, mentions: ["ghost", "no run"], program)
    }

    @Test(arguments: ["0x3", "80", "x", "5000x5000"])
    func aSizeThatIsNone(size: String) throws {
        let program = try Program()
        expectSentence(
            try program.run("snapshot", "--run", "r", "--size", size), Code.usage, mentions: [size, "120x40"], program)
    }

    @Test func aRunsFolderThatIsAFile() throws {
        let program = try Program()
        expectSentence(
            try program.run("runs", "--runs-dir", try program.file("file", [0x61])), Code.noInput,
            mentions: ["not a folder"], program)
    }
}

/// A file system in memory that a test fills; unmounted at the end.
final class SmallDisk {
    let path: String

    init(_ url: URL, options: String) throws {
        path = url.path
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        try #require(Self.run("mount", "-t", "tmpfs", "-o", options, "tmpfs", path))
    }

    deinit { _ = Self.run("umount", path) }

    static let canMount: Bool = {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        guard geteuid() == 0, let disk = try? SmallDisk(folder, options: "size=4k") else { return false }
        return withExtendedLifetime(disk) { true }
    }()

    private static func run(_ command: String...) -> Bool {
        let result = try? Spawn.run(
            ["/usr/bin/env"] + command, environment: ProcessInfo.processInfo.environment,
            in: FileManager.default.temporaryDirectory)
        return result?.ending == .status(0)
    }
}
