import ArgumentParser
import Foundation
import INNKit

/// Feeds mutated files to every reader of the program and reports crashes, hangs, errors that are no plain sentences,
/// and memory.
@main
struct InnFuzz: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inn-fuzz", abstract: "Feed mutated files to the program's readers.",
        discussion:
            """
            Each reader runs in a process of its own. The inputs are a function of reader, seed and number, so \
            that a run can be repeated.
            """
    )

    @Option(help: "all, or one of \(FuzzReaders.all.map { $0.name }.joined(separator: ", ")).")
    var reader = "all"
    @Option(help: "Inputs over all readers together.")
    var inputs = 1_000_000
    @Option(help: "Seed of the mutations.")
    var seed: UInt64 = 1
    @Option(help: "Folder for inputs that made a reader fail.")
    var crashes = "fuzz-failures"
    @Option(help: "Read one file with the reader, in this process, and say what comes of it.")
    var replay: String?
    @Flag(help: .hidden) var child = false
    @Option(help: .hidden) var first = 0
    @Option(help: .hidden) var record: String?
    @Option(help: .hidden) var scratch: String?

    private var crashFolder: URL { URL(fileURLWithPath: crashes, isDirectory: true) }

    func run() throws {
        if child, let record, let scratch { return try runChild(record, scratch) }
        let folder = Self.memoryFolder.appending(path: "inn-fuzz-\(getpid())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        if let replay { return try runReplay(replay, folder) }
        let names = reader == "all" ? FuzzReaders.all.map { $0.name } : [reader]
        guard reader == "all" || FuzzReaders.named(reader) != nil else {
            throw ValidationError("There is no reader “\(reader)”.")
        }
        try report(names, folder)
    }

    private func report(_ names: [String], _ folder: URL) throws {
        say("reader             inputs   accepted   rejected  crashes    hangs  failures   inputs/s   peak MiB")
        var isClean = true
        var total = 0
        for (position, name) in names.enumerated() {
            let share = inputs * (position + 1) / names.count - inputs * position / names.count
            let tally = try FuzzParent(reader: name, seed: seed, scratch: folder, crashes: crashFolder).run(
                inputs: share)
            let columns = [
                tally.inputs, tally.accepted, tally.rejected, tally.crashes, tally.hangs, tally.failures,
                Int(Double(tally.inputs) / tally.seconds), tally.peakMemory >> 20,
            ]
            let cells = zip(columns, [10, 10, 10, 8, 8, 9, 10, 10]).map { value, width in
                String(repeating: " ", count: max(1, width - "\(value)".count)) + "\(value)"
            }
            say(name.padding(toLength: 14, withPad: " ", startingAt: 0) + cells.joined(separator: " "))
            isClean = isClean && tally.isClean
            total += tally.inputs
        }
        say(
            """
            \(total) inputs, \
            \(isClean ? "all of them read or refused with a sentence" : "failures are in \(crashFolder.path)")
            """
        )
        if !isClean { throw ExitCode(1) }
    }

    /// At once, so that a log shows how far a long run is.
    private func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

    private func runChild(_ record: String, _ scratch: String) throws {
        FuzzChild.limitMemory()
        guard let type = FuzzReaders.named(reader) else { throw ValidationError("There is no reader “\(reader)”.") }
        let folder = URL(fileURLWithPath: scratch).appending(path: reader)
        try? FileManager.default.removeItem(at: folder)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let child = FuzzChild(
            reader: try type.init(scratch: folder), record: try SharedRecord(URL(fileURLWithPath: record)), seed: seed,
            crashes: crashFolder)
        try child.run(first..<(first + inputs))
    }

    private func runReplay(_ file: String, _ folder: URL) throws {
        guard let type = FuzzReaders.named(reader) else {
            throw ValidationError("Name the reader of this file with --reader.")
        }
        do {
            try type.init(scratch: folder).read([UInt8](Data(contentsOf: URL(fileURLWithPath: file))))
            print("accepted")
        } catch let error as INNError {
            print("refused: \(error.message)")
        }
    }

    /// Linux keeps `/dev/shm` in memory; elsewhere the temporary folder has to do.
    private static var memoryFolder: URL {
        let memory = URL(fileURLWithPath: "/dev/shm", isDirectory: true)
        return access(memory.path, W_OK) == 0 ? memory : FileManager.default.temporaryDirectory
    }
}
