import CPseudoTerminal
import Foundation
import Testing

/// A real terminal, seen from the keyboard's and the screen's side, with one program running in it.
final class PseudoTerminal {
    enum Ending: Equatable {
        case status(Int32)
        case signal(Int32)
    }

    /// What the program wrote to the terminal.
    let screen: Transcript
    /// What the program wrote to file descriptor 3.
    let report: Transcript
    let process: pid_t
    /// The terminal's modes before the program started.
    let originalModes: Modes
    private static let starting = NSLock()
    private let keyboard: Int32
    private let line: Int32
    private let exitWatch: ExitWatch
    private var isHungUp = false

    /// Starts the harness, or another program, as the leader of a session on a new terminal.
    init(
        _ arguments: [String] = [], executable: String = PseudoTerminal.harness,
        environment: [String: String?] = [:], width: UInt16 = 80, height: UInt16 = 24, controlling: Bool = true
    ) throws {
        // Another test's program must not inherit a descriptor that is not marked close-on-exec yet.
        Self.starting.lock()
        defer { Self.starting.unlock() }
        var reportPipe: [Int32] = [-1, -1]
        try #require(pipe(&reportPipe) == 0)
        _ = fcntl(reportPipe[0], F_SETFD, FD_CLOEXEC)
        _ = fcntl(reportPipe[1], F_SETFD, FD_CLOEXEC)
        let options = pty_options(width: width, height: height, controlling: controlling, report: reportPipe[1])
        let child = try Self.start([executable] + arguments, environment, options)
        close(reportPipe[1])
        keyboard = child.keyboard
        line = child.line
        process = child.process
        originalModes = Modes.ofNewTerminal
        screen = Transcript(descriptor: fcntl(keyboard, F_DUPFD_CLOEXEC, 3))
        report = Transcript(descriptor: reportPipe[0])
        exitWatch = ExitWatch(process)
    }

    deinit {
        exitWatch.end()
        if !isHungUp { close(keyboard) }
        close(line)
    }

    /// Presses keys.
    func type(_ text: String) {
        let bytes = Array(text.utf8)
        #expect(write(keyboard, bytes, bytes.count) == bytes.count)
    }

    func resize(width: UInt16, height: UInt16) { pty_resize(keyboard, width, height) }

    func send(_ signal: Int32) { #expect(kill(process, signal) == 0) }

    /// The modes as they are now.
    var modes: Modes { Modes(line) }

    /// Waits for the end of the program.
    func ending() throws -> Ending { try #require(exitWatch.wait(), "the program did not end") }

    /// Waits for a phrase in the report, which must come.
    @discardableResult
    func expectReport(
        _ phrase: String, from offset: Int = 0, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> Int {
        let found = report.wait(for: phrase, from: offset)
        return try #require(found, "no “\(phrase)” in:\n\(report.text)", sourceLocation: sourceLocation)
    }

    /// Waits for a phrase on the screen, which must come.
    @discardableResult
    func expectScreen(
        _ phrase: String, from offset: Int = 0, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> Int {
        let found = screen.wait(for: phrase, from: offset)
        let seen = "\(screen.text.debugDescription)\nreport:\n\(report.text)"
        return try #require(found, "no “\(phrase)” in:\n\(seen)", sourceLocation: sourceLocation)
    }

    /// Whether a private mode (DECSET) is on after everything that was written, for example 1049.
    func isModeOn(_ mode: Int) -> Bool {
        let text = screen.text
        guard let on = text.range(of: "\u{1b}[?\(mode)h", options: .backwards) else { return false }
        guard let off = text.range(of: "\u{1b}[?\(mode)l", options: .backwards) else { return true }
        return on.lowerBound > off.lowerBound
    }

    /// Checks that the terminal is as it was before the program.
    func expectGivenBack(sourceLocation: SourceLocation = #_sourceLocation) throws {
        var left = try expectScreen("\u{1b}[?1049l", sourceLocation: sourceLocation)
        // A program that was stopped meanwhile leaves more than once, and the last time may not have been read yet.
        while isModeOn(1049) { left = try expectScreen("\u{1b}[?1049l", from: left, sourceLocation: sourceLocation) }
        for mode in [1049, 1000, 1002, 1006, 2004, 2026] {
            #expect(!isModeOn(mode), "mode \(mode) is still on", sourceLocation: sourceLocation)
        }
        #expect(modes == originalModes, sourceLocation: sourceLocation)
    }

    /// From now on nobody reads what is written to the terminal, as when a connection is stuck.
    func stopReading() { screen.stop() }

    /// Writes to the terminal until it takes no more. Nobody may be reading it.
    func fill() {
        // A descriptor of its own: the program on this terminal shares the flags of the other one, and its reading
        // would fail instead of waiting.
        let writer = pty_open_again(keyboard)
        #expect(writer >= 0)
        defer { close(writer) }
        // The system moves what was written from one buffer to the next on a thread of its own, so there may be room
        // again.
        var room = pollfd(fd: writer, events: Int16(POLLOUT), revents: 0)
        let blanks = [UInt8](repeating: 0x20, count: 256)
        repeat { while write(writer, blanks, blanks.count) > 0 {} } while poll(&room, 1, 2000) > 0
    }

    /// What the terminal still holds, when nobody was reading and the program has ended.
    func rest() -> String {
        _ = fcntl(keyboard, F_SETFL, fcntl(keyboard, F_GETFL) | O_NONBLOCK)
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = read(keyboard, &chunk, chunk.count)
            guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes += chunk[..<count]
        }
    }

    /// Checks that whoever reads the terminal again finds it as it was before the program.
    func expectGivenBackUnread(sourceLocation: SourceLocation = #_sourceLocation) throws {
        let text = rest()
        for mode in [1049, 1000, 1002, 1006, 2004, 2026] {
            let off = try #require(
                text.range(of: "\u{1b}[?\(mode)l", options: .backwards), "nothing turns mode \(mode) off",
                sourceLocation: sourceLocation)
            #expect(
                !text[off.upperBound...].contains("\u{1b}[?\(mode)h"), "mode \(mode) is still on",
                sourceLocation: sourceLocation)
        }
        #expect(modes == originalModes, sourceLocation: sourceLocation)
    }

    /// Waits until no signal of this kind is pending in the program.
    func waitUntilHandled(_ signal: Int32) throws {
        let deadline = Date(timeIntervalSinceNow: TestDeadline.seconds)
        while Date() < deadline {
            let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
            let pending = status.split(separator: "\n").filter { $0.hasPrefix("SigPnd") || $0.hasPrefix("ShdPnd") }
                .compactMap { UInt64($0.split(separator: "\t").last ?? "", radix: 16) }
                .reduce(0, |)
            if pending & (1 << UInt64(signal - 1)) == 0 { return }
            sched_yield()
        }
        Issue.record("signal \(signal) stayed pending")
    }

    /// The other end disappears, as when a terminal window is closed.
    func hangUp() {
        isHungUp = true
        // Every copy of the descriptor has to go.
        screen.stop()
        close(keyboard)
    }

    /// The harness beside the test binary.
    static let harness: String = {
        #if os(Linux)
        let binary = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        #else
        let binary = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundleURL ?? Bundle.main.bundleURL
        #endif
        return binary.deletingLastPathComponent().appendingPathComponent("TerminalHarness").path
    }()

    private static func start(
        _ arguments: [String], _ changes: [String: String?], _ options: pty_options
    ) throws -> pty_child {
        var environment = ProcessInfo.processInfo.environment
        for variable in [
            "COLORTERM", "NO_COLOR", "LINES", "COLUMNS", "LC_ALL", "LC_CTYPE", "INN_SYNC", "TERMINFO",
            "SWIFT_BACKTRACE",
        ] {
            environment[variable] = nil
        }
        environment["TERM"] = "xterm-256color"
        environment["LANG"] = "C.UTF-8"
        for (name, value) in changes { environment[name] = value }
        let argv = arguments.map { strdup($0) } + [nil]
        let envp = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { (argv + envp).forEach { free($0) } }
        var child = pty_child()
        let failure = pty_start(arguments[0], argv, envp, options, &child)
        try #require(failure == 0, "cannot start \(arguments[0]): \(String(cString: strerror(failure)))")
        return child
    }
}

/// The modes of a terminal line, comparable.
struct Modes: Equatable {
    let flags: [UInt64]

    /// What the system gives a terminal that no program has changed.
    static let ofNewTerminal: Modes = {
        var child = pty_child()
        let options = pty_options(width: 80, height: 24, controlling: false, report: 2)
        precondition(pty_start("/bin/true", [nil], [nil], options, &child) == 0)
        defer {
            close(child.keyboard)
            close(child.line)
            waitpid(child.process, nil, 0)
        }
        return Modes(child.line)
    }()

    init(_ descriptor: Int32) {
        var modes = termios()
        tcgetattr(descriptor, &modes)
        flags = [UInt64(modes.c_iflag), UInt64(modes.c_oflag), UInt64(modes.c_cflag), UInt64(modes.c_lflag)]
    }
}

/// Waits for the end of a child on a thread of its own, so that a test can stop waiting.
private final class ExitWatch: @unchecked Sendable {
    private let condition = NSCondition()
    private let process: pid_t
    private var result: PseudoTerminal.Ending?

    init(_ process: pid_t) {
        self.process = process
        Thread.detachNewThread { [self] in
            var status: Int32 = 0
            while waitpid(process, &status, 0) < 0 && errno == EINTR {}
            condition.lock()
            result = status & 0x7f == 0 ? .status(status >> 8 & 0xff) : .signal(status & 0x7f)
            condition.broadcast()
            condition.unlock()
        }
    }

    /// Kills the program unless it has ended: then its number may be that of another process by now.
    func end() {
        condition.lock()
        defer { condition.unlock() }
        if result == nil { kill(process, SIGKILL) }
    }

    func wait() -> PseudoTerminal.Ending? {
        let deadline = Date(timeIntervalSinceNow: TestDeadline.seconds)
        condition.lock()
        defer { condition.unlock() }
        while result == nil, condition.wait(until: deadline) {}
        return result
    }
}
