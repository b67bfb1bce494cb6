import Foundation

/// The options that commands have, as the argument parser describes them.
package struct CommandLineOptions: Sendable {
    struct Option: Decodable, Sendable {
        struct Name: Decodable, Sendable { let kind: String, name: String }

        let kind: String
        let names: [Name]?
        let isOptional: Bool
        let isRepeating: Bool
        let allValues: [String]?

        var longNames: [String] { (names ?? []).filter { $0.kind == "long" }.map(\.name) }
    }

    private struct Description: Decodable { let command: Command }
    private struct Command: Decodable {
        let commandName: String
        let subcommands: [Command]?
        let arguments: [Option]?
    }

    private let commands: [String: [Option]]

    /// - Parameter dump: what the argument parser says of the program as JSON.
    package init(describedBy dump: String) {
        let description = try? JSONDecoder().decode(Description.self, from: Data(dump.utf8))
        var commands: [String: [Option]] = [:]
        for command in description?.command.subcommands ?? [] where command.commandName != "help" {
            commands[command.commandName] = command.arguments ?? []
        }
        self.commands = commands
    }

    var names: [String] { commands.keys.sorted() }

    /// Long options that may stand in a settings file: of one command, or of all.
    func settable(_ command: String?) -> [String] {
        let options = command.map { commands[$0] ?? [] } ?? commands.values.flatMap { $0 }
        return Set(options.filter { $0.kind != "positional" }.flatMap(\.longNames)).subtracting(["help", "version"])
            .sorted()
    }

    /// Long options of a command that stand in a command line, in order and each once.
    package func typed(_ arguments: [String], of command: String) -> [String] {
        let known = Set(settable(command))
        var typed: [String] = []
        for argument in arguments where argument.hasPrefix("--") {
            let name = String(argument.dropFirst(2).prefix { $0 != "=" })
            if known.contains(name), !typed.contains(name) { typed.append(name) }
        }
        return typed
    }

    func option(_ key: String, of command: String) -> Option? {
        commands[command]?.first { $0.longNames.contains(key) }
    }

    /// The flag that undoes a flag of a command: `no-control` for `control`, and the other way round; nil for flags
    /// that are off by themselves.
    func opposite(of key: String, in command: String) -> String? {
        let name = key.hasPrefix("no-") ? String(key.dropFirst(3)) : "no-" + key
        return option(name, of: command).map { _ in name }
    }

    /// Stand-ins for what must be named, so that one option can be tried by itself.
    func required(_ command: String) -> [String] {
        (commands[command] ?? []).filter { $0.kind == "positional" && !$0.isOptional }.map { _ in "name" }
    }
}
