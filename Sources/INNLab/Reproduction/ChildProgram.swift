import Foundation
import INNKit
import Synchronization

/// This program as a child process in a process group of its own, so that the terminal's Ctrl-C reaches it only through
/// us.
///
/// Its standard input is a pipe that ends with this process, however that ends, and the child with it
/// (``InputEndOptions``).
final class ChildProgram: Sendable {
    let process: pid_t
    private let output: Int32
    /// Nothing is ever written to it.
    private let input: Int32
    /// Pipes of one child must not be open in another, or the end of its output would not be seen.
    private static let starting = Mutex(())

    /// - Parameters:
    ///   - arguments: of a command that has ``InputEndOptions``.
    ///   - errors: file that takes standard error.
    /// - Throws: ``INNError`` when it cannot be started.
    init(_ arguments: [String], errors: URL) throws {
        let path = Self.executable
        let arguments = arguments + ["--end-with-input"]
        (process, output, input) = try Self.starting.withLock { _ in try Self.spawn(path, arguments, errors) }
    }

    deinit {
        close(output)
        close(input)
    }

    /// The running program's own file.
    static let executable: String = Bundle.main.executablePath ?? CommandLine.arguments[0]

    private static func spawn(
        _ path: String, _ arguments: [String], _ errors: URL
    ) throws -> (process: pid_t, output: Int32, input: Int32) {
        #if os(Linux)
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        #else
        var actions: posix_spawn_file_actions_t?
        var attributes: posix_spawnattr_t?
        #endif
        let output = try openPipe()
        defer { close(output.writing) }
        let input: (reading: Int32, writing: Int32)
        do {
            input = try openPipe()
        } catch {
            close(output.reading)
            throw error
        }
        defer { close(input.reading) }
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_adddup2(&actions, input.reading, STDIN_FILENO)
        posix_spawn_file_actions_adddup2(&actions, output.writing, STDOUT_FILENO)
        // It may be a pipe, and opening one waits for the other end.
        unlink(errors.path)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, errors.path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        let argv = ([path] + arguments).map { strdup($0) } + [nil]
        let envp = ProcessInfo.processInfo.environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { (argv + envp).forEach { free($0) } }
        var process: pid_t = 0
        let failure = posix_spawn(&process, path, &actions, &attributes, argv, envp)
        guard failure == 0 else {
            close(output.reading)
            close(input.writing)
            throw INNError(.software, "\(path) cannot be started again: \(String(cString: strerror(failure))).")
        }
        return (process, output.reading, input.writing)
    }

    /// Both ends are closed in other children, or one of them would keep the pipe open when this process has ended.
    private static func openPipe() throws -> (reading: Int32, writing: Int32) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            throw INNError(.inputOutput, "No more files can be opened; close some programs and go on.")
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    /// Calls `body` for every line of standard output, then waits for the end.
    ///
    /// - Returns: the exit status; 128 + its number for a signal.
    func run(_ body: (Substring) -> Void) -> Int32 {
        var pending = ""
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(output, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            pending += String(decoding: buffer[..<count], as: UTF8.self)
            while let end = pending.firstIndex(of: "\n") {
                body(pending[..<end])
                pending.removeSubrange(...end)
            }
        }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        return status & 0x7f == 0 ? status >> 8 & 0xff : 128 + status & 0x7f
    }
}
