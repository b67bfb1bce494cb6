import Foundation
import Testing

/// The built `inn-tui`, run in a folder of its own, with no text8 and no network.
final class Program {
    struct Result {
        let status: Int32
        let output: String
        let errors: String

        var lines: [String] { output.split(separator: "\n").map(String.init) }
        var errorLines: [String] { errors.split(separator: "\n").map(String.init) }
    }

    /// The folder that commands run in; removed at the end of the test.
    let folder: URL
    var runs: URL { folder.appendingPathComponent("runs") }

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("inn-tui-" + UUID().uuidString).resolvingSymlinksInPath()
        try FileManager.default.createDirectory(at: folder.appendingPathComponent("no-data"), withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// The program beside the test binary.
    static let executable = URL(fileURLWithPath: PseudoTerminal.harness).deletingLastPathComponent().appendingPathComponent("inn-tui").path

    /// The sample text is generated once for all tests.
    private static let cache: URL = {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("inn-tui-cache-\(getpid())")
        atexit { try? FileManager.default.removeItem(at: Program.cache) }
        return url
    }()

    /// What commands find in their environment besides what the tests were started with.
    var environment: [String: String?] {
        let nowhere = "http://127.0.0.1:9"
        return [
            "INN_DATA_DIR": folder.appendingPathComponent("no-data").path, "XDG_CACHE_HOME": Self.cache.path, "LANG": "C.UTF-8",
            "http_proxy": nowhere, "https_proxy": nowhere, "HTTP_PROXY": nowhere, "HTTPS_PROXY": nowhere, "ALL_PROXY": nowhere, "NO_PROXY": nil, "no_proxy": nil,
        ]
    }

    /// Runs a command to its end.
    func run(_ arguments: String..., environment changes: [String: String?] = [:]) throws -> Result {
        try run(arguments, environment: changes)
    }

    func run(_ arguments: [String], environment changes: [String: String?] = [:]) throws -> Result {
        let output = folder.appendingPathComponent(".output-\(UUID().uuidString)"), errors = output.appendingPathExtension("errors")
        defer { for file in [output, errors] { try? FileManager.default.removeItem(at: file) } }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.executable)
        process.arguments = arguments
        process.currentDirectoryURL = folder
        process.environment = ProcessInfo.processInfo.environment.merging(environment.merging(changes) { $1 }.compactMapValues { $0 }) { $1 }
        // Files instead of pipes: they cannot fill up, and no other test's program can keep them open.
        process.standardOutput = try emptyFile(output)
        process.standardError = try emptyFile(errors)
        process.standardInput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationReason == .exit, "ended by signal \(process.terminationStatus): \(arguments)")
        return Result(
            status: process.terminationStatus, output: String(decoding: try Data(contentsOf: output), as: UTF8.self),
            errors: String(decoding: try Data(contentsOf: errors), as: UTF8.self))
    }

    private func emptyFile(_ url: URL) throws -> FileHandle {
        try Data().write(to: url)
        return try FileHandle(forWritingTo: url)
    }

    /// Runs a training to its end, without screens, and returns its JSON lines.
    @discardableResult
    func train(_ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation) throws -> [JSONLine] {
        let result = try run(["train"] + arguments + ["--preset", "tiny", "--headless", "--json"])
        try #require(result.status == 0, "\(result.errors)", sourceLocation: sourceLocation)
        return try result.lines.map(JSONLine.init)
    }

    /// Continues a run to its end, without screens.
    @discardableResult
    func resume(_ name: String, steps: Int? = nil, sourceLocation: SourceLocation = #_sourceLocation) throws -> [JSONLine] {
        let length = steps.map { ["--steps", String($0)] } ?? []
        let result = try run(["train", "--resume", name, "--json"] + length)
        try #require(result.status == 0, "\(result.errors)", sourceLocation: sourceLocation)
        return try result.lines.map(JSONLine.init)
    }

    /// Writes a file into the folder and returns its path.
    func file(_ name: String, _ contents: [UInt8]) throws -> String {
        let url = folder.appendingPathComponent(name)
        try Data(contents).write(to: url)
        return url.path
    }

    /// Everything below the runs folder, hidden files included.
    var everythingInRuns: [String] { FileManager.default.enumerator(atPath: runs.path)?.compactMap { $0 as? String } ?? [] }
}

/// One JSON object that the program printed on a line.
struct JSONLine {
    let text: String
    private let values: [String: Any]

    init(_ text: String) throws {
        self.text = text
        values = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any], "no JSON object: \(text)")
    }

    var keys: Set<String> { Set(values.keys) }
    var event: String? { values["event"] as? String }
    subscript(number key: String) -> Double? { (values[key] as? NSNumber)?.doubleValue }
    subscript(text key: String) -> String? { values[key] as? String }
}
