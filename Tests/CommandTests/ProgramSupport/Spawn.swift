import Foundation
import Testing

/// Runs a program to its end, with both outputs in files: files cannot fill up, and nobody else can keep them open.
///
/// Foundation's `Process` would also wait for what the program leaves running in the background, such as a tmux server.
enum Spawn {
    enum Ending: Equatable {
        case status(Int32)
        case signal(Int32)
    }

    struct Result {
        let ending: Ending
        let output: String
        let errors: String
    }

    /// - Parameter folder: the working directory.
    static func run(_ arguments: [String], environment: [String: String], in folder: URL) throws -> Result {
        let output = FileManager.default.temporaryDirectory.appendingPathComponent(
            "inn-tui-output-" + UUID().uuidString)
        let errors = output.appendingPathExtension("errors")
        defer { for file in [output, errors] { unlink(file.path) } }
        // A shell changes the folder, since not every system's posix_spawn can.
        let process = try start(
            ["/bin/sh", "-c", "cd \"$0\" && exec \"$@\"", folder.path] + arguments, environment, output, errors)
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 && errno == EINTR {}
        return Result(
            ending: status & 0x7f == 0 ? .status(status >> 8 & 0xff) : .signal(status & 0x7f),
            output: String(decoding: try Data(contentsOf: output), as: UTF8.self),
            errors: String(decoding: try Data(contentsOf: errors), as: UTF8.self))
    }

    private static func start(
        _ arguments: [String], _ environment: [String: String], _ output: URL, _ errors: URL
    ) throws -> pid_t {
        #if os(Linux)
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        #else
        var actions: posix_spawn_file_actions_t?
        var attributes: posix_spawnattr_t?
        #endif
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output.path, O_WRONLY | O_CREAT, 0o600)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, errors.path, O_WRONLY | O_CREAT, 0o600)
        // A thread of the test runner may block signals, which the program must not inherit.
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        let argv = arguments.map { strdup($0) } + [nil]
        let envp = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { (argv + envp).forEach { free($0) } }
        var process: pid_t = 0
        let failure = posix_spawn(&process, arguments[0], &actions, &attributes, argv, envp)
        try #require(failure == 0, "cannot start \(arguments[0]): \(String(cString: strerror(failure)))")
        return process
    }
}
