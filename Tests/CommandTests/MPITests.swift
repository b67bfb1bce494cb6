import Foundation
import INNKit
import Testing

/// The installed MPIs. Debian has several side by side, each with a suffix; elsewhere there is one without.
struct MPI: Sendable, CustomTestStringConvertible {
    let compiler: String, launcher: String
    var testDescription: String { launcher }

    static let all: [MPI] = {
        let known = ["openmpi", "mpich"].map { MPI(compiler: "mpicc.\($0)", launcher: "mpirun.\($0)") }
        let found = known.filter(\.isInstalled)
        return found.isEmpty ? [MPI(compiler: "mpicc", launcher: "mpirun")].filter(\.isInstalled) : found
    }()

    static let reason: Comment = "no MPI is installed: nothing about training over MPI is tested"

    private var isInstalled: Bool { [compiler, launcher].allSatisfy { Self.path($0) != nil } }

    private static func path(_ name: String) -> String? {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(name)" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    private var isOpenMPI: Bool {
        (try? Spawn.run(
            [Self.path(launcher)!, "--version"], environment: ProcessInfo.processInfo.environment,
            in: FileManager.default.temporaryDirectory))?.output.contains("Open") == true
    }

    /// Builds the plug-in as a user does.
    func buildPlugIn(into folder: URL) throws -> String {
        let file = folder.appendingPathComponent("libinn-mpi.so").path
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let result = try Spawn.run(
            ["/usr/bin/env", "make", "-s", "-C", root.path, "mpi", "MPICC=\(compiler)", "PLUGIN=\(file)"],
            environment: ProcessInfo.processInfo.environment, in: folder)
        try #require(result.ending == .status(0), "\(result.errors)")
        return file
    }

    /// What starts so many ranks, also as root and with more ranks than cores.
    func launch(_ ranks: Int) -> [String] {
        [Self.path(launcher)!, "-n", String(ranks)]
            + (isOpenMPI ? ["--allow-run-as-root", "--oversubscribe", "--bind-to", "none"] : [])
    }
}

/// Training over MPI: the bits of one process, and an end in good order whatever happens to a rank.
@Suite(.serialized, .enabled(if: !MPI.all.isEmpty, MPI.reason)) struct MPITraining {
    /// A training whose ranks are started and not waited for.
    private final class Job: @unchecked Sendable {
        private let name: String
        private let done = DispatchSemaphore(value: 0)
        private var result: Result<Spawn.Result, any Error>?

        init(_ program: Program, name: String, _ arguments: [String], environment: [String: String]) {
            self.name = name
            let folder = program.folder
            Thread.detachNewThread { [self] in
                result = Result { try Spawn.run(arguments, environment: environment, in: folder) }
                done.signal()
            }
        }

        /// The processes of the ranks that train this run; a launcher tells each its number.
        func process(rank: Int) throws -> pid_t? { try Self.process(rank: rank, name: name) }

        static func process(rank: Int, name: String) throws -> pid_t? {
            for entry in try FileManager.default.contentsOfDirectory(atPath: "/proc") {
                guard let pid = pid_t(entry), let line = words("/proc/\(entry)/cmdline"),
                    line.first?.hasSuffix("/inn-tui") == true, line.contains(name),
                    let environment = words("/proc/\(entry)/environ")
                else { continue }
                if ["OMPI_COMM_WORLD_RANK", "PMI_RANK"].contains(where: { environment.contains("\($0)=\(rank)") }) {
                    return pid
                }
            }
            return nil
        }

        private static func words(_ path: String) -> [String]? {
            guard let bytes = FileManager.default.contents(atPath: path) else { return nil }
            return bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        }

        func signal(_ number: Int32, rank: Int) throws {
            let process = try #require(try process(rank: rank), "rank \(rank) is not there")
            kill(process, number)
        }

        func end() throws -> Spawn.Result {
            try #require(done.wait(timeout: .now() + TestDeadline.seconds) == .success, "the ranks did not end")
            return try result!.get()
        }
    }

    private let program: Program
    init() throws { program = try Program() }

    private func start(_ mpi: MPI, ranks: Int, name: String, _ arguments: [String]) throws -> Job {
        let plugIn = try mpi.buildPlugIn(into: program.folder)
        let environment = ProcessInfo.processInfo.environment.merging(
            program.environment.merging(["INN_MPI_PLUGIN": plugIn]) { $1 }.compactMapValues { $0 }
        ) { $1 }
        return Job(
            program, name: name, mpi.launch(ranks) + [Program.executable, "train"] + arguments,
            environment: environment)
    }

    /// Begins a run of its own on the book.
    private func begin(_ mpi: MPI, ranks: Int, name: String, steps: Int) throws -> Job {
        try start(
            mpi, ranks: ranks, name: name,
            [
                program.book, "--preset", "tiny", "--json", "--shards", "4", "--dropout", "0.1", "--schedule",
                "constant", "--threads", "1", "--checkpoint-every", "10", "--steps", String(steps), "--name", name,
            ])
    }

    /// The same in one process without MPI.
    private func alone(steps: Int) throws -> RunFiles {
        try program.train(
            "--shards", "4", "--dropout", "0.1", "--schedule", "constant", "--steps", String(steps), "--name", "alone")
        return try RunFiles(program, "alone")
    }

    private func hasCheckpoint(_ name: String, step: Int) -> Bool {
        let path = program.runs.appendingPathComponent("\(name)/checkpoints").path
        let files = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return files.contains { $0 >= String(format: "step-%08d", step) && $0.hasSuffix(".safetensors") }
    }

    /// No process of the job is left.
    private func expectNobodyIsLeft(_ job: Job, ranks: Int) throws {
        try waitUntil("all ranks end") { (0..<ranks).allSatisfy { (try? job.process(rank: $0)) == nil } }
    }

    @Test(arguments: MPI.all) func bitsDoNotDependOnRanks(_ mpi: MPI) throws {
        let alone = try alone(steps: 30)
        for ranks in [1, 2, 4] {
            let result = try begin(mpi, ranks: ranks, name: "on\(ranks)", steps: 30).end()
            try #require(result.ending == .status(0), "\(result.errors)")
            try expectSameTraining(try RunFiles(program, "on\(ranks)"), alone)
            let report = try #require(result.output.split(separator: "\n").first { $0.contains("\"report\"") })
            #expect(report.contains("\"ranks\":{") && report.contains("\"slowest\":"), "\(report)")
        }
    }

    @Test(arguments: MPI.all, [0, 2]) func aKilledRankEndsAllAndTheRunGoesOnOnOthers(_ mpi: MPI, rank: Int) throws {
        let job = try begin(mpi, ranks: 4, name: "killed", steps: 1_000_000)
        try waitUntil("a checkpoint") { hasCheckpoint("killed", step: 20) }
        try job.signal(SIGKILL, rank: rank)
        let result = try job.end()
        #expect(result.ending != .status(0))
        let host = ProcessInfo.processInfo.hostName
        // The launcher may end the others before they can say whom they miss, and then says so itself.
        let all = result.errors + result.output
        let isSaid = all.contains("rank \(rank) on \(host) is gone")
        #expect(isSaid || all.contains("BAD TERMINATION") || rank == 0, "\(all)")
        try expectNobodyIsLeft(job, ranks: 4)
        let step = try RunFiles(program, "killed").lastStep + 15
        let again = try start(mpi, ranks: 2, name: "killed", ["--resume", "killed", "--steps", String(step), "--json"])
        let resumed = try again.end()
        try #require(resumed.ending == .status(0), "\(resumed.errors)")
        try expectSameTraining(try RunFiles(program, "killed"), try alone(steps: step))
    }

    @Test(arguments: MPI.all) func aHungRankEndsAll(_ mpi: MPI) throws {
        let job = try begin(mpi, ranks: 2, name: "hung", steps: 1_000_000)
        try waitUntil("a checkpoint") { hasCheckpoint("hung", step: 10) }
        let start = Date()
        try job.signal(SIGSTOP, rank: 1)
        let result = try job.end()
        #expect(Date().timeIntervalSince(start) < 30)
        let host = ProcessInfo.processInfo.hostName
        #expect(result.errors.contains("rank 1 on \(host) is gone or hangs"), "\(result.errors)")
        try expectNobodyIsLeft(job, ranks: 2)
    }

    /// Before the time of a job is over, SLURM signals all its processes, or some.
    @Test(arguments: MPI.all, [0, 1]) func aSignalToAnyRankSavesAndEndsInGoodOrder(_ mpi: MPI, rank: Int) throws {
        let job = try begin(mpi, ranks: 2, name: "stopped", steps: 1_000_000)
        try waitUntil("a checkpoint") { hasCheckpoint("stopped", step: 10) }
        try job.signal(SIGTERM, rank: rank)
        let result = try job.end()
        #expect(result.ending == .status(0), "\(result.errors)")
        #expect(result.output.contains("\"outcome\":\"stopped\""))
        let files = try RunFiles(program, "stopped")
        #expect(try program.run("runs", "--json").output.contains("\"state\" : \"interrupted\""))
        // A run that is stopped is not validated at its end, so its metrics are not those of one that has come to it.
        let whole = try alone(steps: files.lastStep)
        #expect(files.lastStep == whole.lastStep && files.weights == whole.weights)
    }

    /// Starts the screens of rank 0 as a user does, in the terminal of the launcher.
    private func screens(_ mpi: MPI, ranks: Int, name: String, steps: Int, input: String) throws -> PseudoTerminal {
        let plugIn = try mpi.buildPlugIn(into: program.folder)
        let command =
            mpi.launch(ranks) + [
                Program.executable, "train", program.book, "--preset", "tiny", "--shards", "2", "--schedule",
                "constant", "--threads", "1", "--checkpoint-every", "10", "--steps", String(steps), "--name", name,
                "--runs-dir", program.runs.path,
            ]
        return try PseudoTerminal(
            ["-c", command.map { "'\($0)'" }.joined(separator: " ") + input], executable: "/bin/sh",
            environment: program.environment.merging(["INN_MPI_PLUGIN": plugIn]) { $1 }, width: 160, height: 50)
    }

    /// Changes are on screen at once, and recorded with the update from which they hold.
    private func waitUntilRecorded(_ count: Int, _ name: String) throws {
        let run = try RunFolder.open(name, in: program.runs)
        try waitUntil("\(count) changes are recorded") {
            (try? RunHistory(run).interventions().count) ?? 0 >= count
        }
    }

    /// Keys act on all ranks after the same step: a lesion while training is paused, one while it goes on, and undo.
    @Test(arguments: MPI.all) func keysOnRankZerosScreenActOnAllRanks(_ mpi: MPI) throws {
        let terminal = try screens(mpi, ranks: 2, name: "typed", steps: 1_000_000, input: " < /dev/null")
        try terminal.expectFrame("step 20")
        terminal.type(" ")
        try terminal.expectFrame("paused")
        terminal.type("bn")
        try terminal.expectFrame("1 active")
        terminal.type(" ")
        try terminal.expectFrame("training") { !$0.contains("paused") }
        terminal.type("e")
        try terminal.expectFrame("2 active")
        try waitUntilRecorded(2, "typed")
        terminal.type("u")
        try terminal.expectFrame("1 active")
        terminal.type("b1")
        try terminal.expectFrame("in communication")
        // No signal tells of a new size, and other ranks cannot wait for this one to be continued.
        terminal.resize(width: 120, height: 40)
        terminal.type("\u{1a}")
        try terminal.expectFrame("other ranks cannot wait for rank 0")
        try waitUntilRecorded(3, "typed")
        let records = try RunHistory(RunFolder.open("typed", in: program.runs)).interventions()
        try #require(records.map(\.set.count) == [1, 2, 1])
        // Weights of both ranks are compared every 50 updates.
        try waitUntil("a checkpoint") { hasCheckpoint("typed", step: records[2].step + 110) }
        // A key here, no signal: the launcher would end everything.
        terminal.type("\u{3}")
        try terminal.expectFrame("stop and save")
        terminal.type("s")
        #expect(try terminal.ending() == .status(0))
        try terminal.expectGivenBack()
        #expect(try RunFiles(program, "typed").weights == replay(records, of: "typed").weights)
    }

    /// Trains a run again in this process, with its changes after the same steps.
    private func replay(_ records: [InterventionRecord], of name: String) throws -> RunFiles {
        let checkpoint = try RunFolder.open(name, in: program.runs).checkpoints.latest().checkpoint
        var settings = try #require(try checkpoint.trainingSettings())
        settings.intervals.report = 1
        settings.budget = .steps(checkpoint.state.step)
        let text = try CorpusResolver(alphabet: .network(settings.alphabet), isForced: true).resolve(program.book)
        let script = RepeatedChanges(records)
        let trainer = try Trainer(settings, corpus: text, sink: script)
        let checkpoints = CheckpointFolder(program.folder.appending(path: "replay"))
        trainer.checkpoints = checkpoints
        script.control = trainer.control
        _ = try trainer.run()
        return try RunFiles(checkpoints)
    }

    /// Makes changes after the steps at which they were made before.
    private final class RepeatedChanges: TrainingSink, @unchecked Sendable {
        private let records: [InterventionRecord]
        var control: TrainerControl?

        init(_ records: [InterventionRecord]) { self.records = records }

        func receive(_ event: TrainingEvent) {
            guard case .report(let report) = event else { return }
            for record in records where record.step == report.step { control?.send(.intervene(record.set)) }
        }
    }

    /// Where the keys go to the launcher there are no screens, and a sentence says how to have them.
    @Test(arguments: MPI.all) func aLauncherThatReadsTheKeysLeavesNoScreens(_ mpi: MPI) throws {
        let terminal = try screens(mpi, ranks: 1, name: "read", steps: 2, input: "")
        try terminal.expectScreen("with < /dev/null at the end of its command")
        #expect(try terminal.ending() == .status(0))
        #expect(!terminal.screen.text.contains("\u{1b}[?1049h"))
    }

    enum Loss: CaseIterable { case hangs, isKilled, rankZeroIsKilled }

    /// Whether rank 0 hears of it, while training is paused and it waits for keys, or the launcher kills it first.
    @Test(arguments: MPI.all, Loss.allCases) func aLostRankGivesTheTerminalBack(_ mpi: MPI, _ loss: Loss) throws {
        let terminal = try screens(mpi, ranks: 2, name: "lost", steps: 1_000_000, input: " < /dev/null")
        try terminal.expectFrame("step 20")
        terminal.type(" ")
        try terminal.expectFrame("paused")
        let lost = try #require(try Job.process(rank: loss == .rankZeroIsKilled ? 0 : 1, name: "lost"))
        kill(lost, loss == .hangs ? SIGSTOP : SIGKILL)
        _ = try terminal.ending()
        try terminal.expectScreen("\u{1b}[?1049l")
        try waitUntil("the terminal is given back") { terminal.modes == terminal.originalModes }
        try terminal.expectGivenBack()
        if loss == .hangs {
            // Printed while the screens were up, and read after them.
            try terminal.expectScreen("rank 1 on \(ProcessInfo.processInfo.hostName) is gone or hangs")
        }
        try waitUntil("all ranks end") { (0..<2).allSatisfy { (try? Job.process(rank: $0, name: "lost")) == nil } }
    }

    @Test(arguments: MPI.all) func ranksThatCannotShareTheShardsAreRefusedOnce(_ mpi: MPI) throws {
        let job = try start(
            mpi, ranks: 2, name: "odd", [program.book, "--preset", "tiny", "--shards", "1", "--name", "odd", "--json"])
        let result = try job.end()
        #expect(result.ending == .status(64))
        let own = result.errors.split(separator: "\n").filter { $0.hasPrefix("inn-tui: ") }
        #expect(own.count == 1 && own[0].contains("1 shard, which 2 ranks cannot share"), "\(result.errors)")
        #expect(program.everythingInRuns.isEmpty)
    }
}

/// What concerns MPI where there is none.
@Suite struct WithoutMPI {
    @Test func aLauncherWithoutThePlugInIsRefusedInOneSentence() throws {
        let program = try Program()
        let result = try program.run(
            ["train", program.book, "--steps", "1", "--json"], environment: ["PMI_SIZE": "4", "INN_MPI_PLUGIN": nil])
        #expect(result.status == 69 && result.errorLines.count == 1)
        #expect(result.errors.contains("make mpi"), "\(result.errors)")
        let named = try program.run(
            ["train", program.book, "--steps", "1", "--json"],
            environment: ["PMI_SIZE": "4", "INN_MPI_PLUGIN": "/nowhere/libinn-mpi.so"])
        #expect(named.status == 69 && named.errors.contains("/nowhere/libinn-mpi.so, cannot be used"))
        #expect(program.everythingInRuns.isEmpty)
    }

    @Test func doctorSaysWhetherThePlugInIsThere() throws {
        let program = try Program()
        let missing = try program.run("doctor", environment: ["INN_MPI_PLUGIN": nil])
        #expect(missing.lines.contains { $0.contains("MPI") && $0.contains("make mpi") }, "\(missing.output)")
        let file = try program.file("libinn-mpi.so", [])
        let there = try program.run("doctor", environment: ["INN_MPI_PLUGIN": file])
        #expect(there.lines.contains { $0.contains("MPI") && $0.contains(file) }, "\(there.output)")
    }
}
