import Foundation
import INNKit
import Testing

/// Every output that takes a path, when that is a link, a device, a pipe or standard output itself.
@Suite struct OutputPaths {
    private static let trained: Result<Program, any Error> = Result {
        let program = try Program()
        try program.train("--steps", "5", "--name", "one")
        return program
    }

    /// Commands that take a path last, and how its name has to end.
    static let commands = [
        ("export one --csv --output", ".csv"), ("export one --json --output", ".json.gz"),
        ("export one --output", ".safetensors"),
        ("export one --neuron 1 --output", ".safetensors"), ("snapshot --run one --output", ".txt"),
        ("graft --from one --neuron 1 --into one --neuron 2 --characters 0 --output", ".safetensors"),
        ("analyze one --characters 2000 --no-control --no-effects --report", ".html"),
        ("analyze one --characters 2000 --no-control --no-effects --report", ".md"),
    ]

    private func run(_ script: String, _ program: Program) throws -> Spawn.Result {
        let environment = ProcessInfo.processInfo.environment.merging(program.environment.compactMapValues { $0 }) {
            $1
        }
        return try Spawn.run(
            ["/bin/bash", "-c", script, Program.executable], environment: environment, in: program.folder)
    }

    private func kind(_ url: URL) -> mode_t {
        var status = stat()
        return lstat(url.path, &status) == 0 ? status.st_mode & S_IFMT : 0
    }

    @Test(arguments: commands) func linksAreFollowed(command: String, ending: String) throws {
        let program = try Self.trained.get()
        let folder = program.folder.appendingPathComponent("links-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let (link, target) = (folder.appendingPathComponent("link" + ending), folder.appendingPathComponent("target"))
        #expect(symlink("target", link.path) == 0)
        let result = try run("\"$0\" \(command) \(link.path)", program)
        #expect(result.ending == .status(0), "\(result.errors)")
        #expect(kind(link) == S_IFLNK && kind(target) == S_IFREG)
        #expect(try Data(contentsOf: target).count > 100)
    }

    @Test(.enabled(if: geteuid() == 0, "only root makes devices"), arguments: commands)
    func devicesStayDevices(command: String, ending: String) throws {
        let program = try Self.trained.get()
        let folder = program.folder.appendingPathComponent("devices-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        // What /dev/null and /dev/full are on Linux.
        for (name, minor, status) in [("null", 3, Int32(0)), ("full", 7, 74)] {
            let device = folder.appendingPathComponent(name + ending)
            try #require(mknod(device.path, S_IFCHR | 0o666, dev_t(1 << 8 | minor)) == 0)
            let result = try run("\"$0\" \(command) \(device.path)", program)
            #expect(result.ending == .status(status) && kind(device) == S_IFCHR, "\(result.errors)")
        }
    }

    @Test func standardOutputKeepsWhatItHolds() throws {
        let program = try Self.trained.get()
        let script = """
            (echo before; "$0" export one --csv --output /dev/stdout; echo after) > out
            "$0" export one --csv > plain
            { echo before; cat plain; echo after; } | cmp - out && "$0" export one --csv --output >(head -n 1 > first)
            """
        let result = try run(script, program)
        #expect(result.ending == .status(0) && result.errors.isEmpty, "\(result.output)\(result.errors)")
    }
}
