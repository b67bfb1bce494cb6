import Foundation
import Testing

/// The built `inn-tui`, run in a folder of its own, with no text8 and no network.
final class Program: Sendable {
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
        folder = Self.scratch.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(
            at: folder.appendingPathComponent("no-data"), withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// The program beside the test binary.
    static let executable = URL(fileURLWithPath: PseudoTerminal.harness).deletingLastPathComponent()
        .appendingPathComponent("inn-tui").path

    /// Holds the folders of all tests; removed when the tests have ended.
    private static let scratch: URL = {
        atexit { try? FileManager.default.removeItem(at: Program.scratch) }
        return FileManager.default.temporaryDirectory.appendingPathComponent("inn-tui-tests-\(getpid())")
            .resolvingSymlinksInPath()
    }()

    /// What commands find in their environment besides what the tests were started with.
    var environment: [String: String?] {
        let nowhere = "http://127.0.0.1:9"
        return [
            "INN_DATA_DIR": folder.appendingPathComponent("no-data").path,
            "XDG_CACHE_HOME": Self.scratch.appendingPathComponent("cache").path, "LANG": "C.UTF-8",
            "INN_CONFIG": "",
            "http_proxy": nowhere, "https_proxy": nowhere, "HTTP_PROXY": nowhere, "HTTPS_PROXY": nowhere,
            "ALL_PROXY": nowhere, "NO_PROXY": nil, "no_proxy": nil,
        ]
    }

    /// Runs a command to its end.
    func run(_ arguments: String..., environment changes: [String: String?] = [:]) throws -> Result {
        try run(arguments, environment: changes)
    }

    func run(_ arguments: [String], environment changes: [String: String?] = [:]) throws -> Result {
        let environment = ProcessInfo.processInfo.environment.merging(
            self.environment.merging(changes) { $1 }.compactMapValues { $0 }
        ) { $1 }
        let result = try Spawn.run([Self.executable] + arguments, environment: environment, in: folder)
        guard case .status(let status) = result.ending else {
            throw EndedBySignal(arguments: arguments, ending: result.ending, errors: result.errors)
        }
        return Result(status: status, output: result.output, errors: result.errors)
    }

    private struct EndedBySignal: Error {
        let arguments: [String]
        let ending: Spawn.Ending
        let errors: String
    }

    /// A text of 40,000 letters and spaces: words of a small vocabulary in an order that repeats nowhere soon.
    var book: String {
        let url = folder.appendingPathComponent("book.txt")
        guard !FileManager.default.fileExists(atPath: url.path) else { return url.path }
        let words = ["the", "sea", "is", "wide", "and", "a", "small", "boat", "sails", "over", "long", "waves"]
        var text = ""
        var number: UInt32 = 1
        while text.count < 40_000 {
            number = number &* 1_664_525 &+ 1_013_904_223
            text += words[Int(number >> 16) % words.count] + " "
        }
        precondition(FileManager.default.createFile(atPath: url.path, contents: Data(text.utf8)))
        return url.path
    }

    /// Trains on the book to the end, without screens, and returns the JSON lines.
    @discardableResult
    func train(_ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation) throws -> [JSONLine] {
        let result = try run(["train", book] + arguments + ["--preset", "tiny", "--headless", "--json"])
        try #require(result.status == 0, "\(result.errors)", sourceLocation: sourceLocation)
        return try result.lines.map(JSONLine.init)
    }

    /// Continues a run to its end, without screens.
    @discardableResult
    func resume(
        _ name: String, steps: Int? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> [JSONLine] {
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
    var everythingInRuns: [String] {
        FileManager.default.enumerator(atPath: runs.path)?.compactMap { $0 as? String } ?? []
    }
}

/// One JSON object that the program printed on a line.
struct JSONLine {
    let text: String
    private let values: [String: Any]

    init(_ text: String) throws {
        self.text = text
        values = try #require(
            try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any], "no JSON object: \(text)")
    }

    var keys: Set<String> { Set(values.keys) }
    var event: String? { values["event"] as? String }
    subscript(number key: String) -> Double? { (values[key] as? NSNumber)?.doubleValue }
    subscript(text key: String) -> String? { values[key] as? String }
}

/// Looks at the disk until a condition holds.
func waitUntil(_ what: String, _ condition: () -> Bool) throws {
    let deadline = Date(timeIntervalSinceNow: TestDeadline.seconds)
    while !condition(), Date() < deadline { usleep(10_000) }
    try #require(condition(), "never happened: \(what)")
}
