import Foundation
import INNKit

/// The model that comes with the program.
enum ShippedModel {
    /// The first checkpoint in a folder of ``AssetFolders``.
    ///
    /// - Throws: ``INNError`` of kind `noInput` when there is none.
    static func url() throws -> URL {
        for folder in AssetFolders.current.all {
            let files =
                (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
            let models = files.filter { $0.pathExtension == "safetensors" }.sorted {
                $0.lastPathComponent < $1.lastPathComponent
            }
            if let first = models.first { return first }
        }
        throw INNError(
            .noInput,
            """
            This copy of inn-tui ships no model in its Assets folder; name a run or a checkpoint, such as 'inn-tui \
            explore text8-small-1'.
            """
        )
    }
}

/// Where what comes with the program may lie.
struct AssetFolders {
    /// The program's own file, with no link on the way to it.
    let program: URL
    let environment: [String: String]

    static var current: AssetFolders {
        let executable = Bundle.main.executableURL ?? URL(fileURLWithPath: CommandLine.arguments[0])
        return AssetFolders(
            program: executable.resolvingSymlinksInPath(), environment: ProcessInfo.processInfo.environment)
    }

    /// In the order in which they are looked at: where an installation has them beside this program, above a build
    /// folder, where other installations have them (a program may be copied away from its own), and in the working
    /// directory.
    var all: [URL] {
        var folder = program.deletingLastPathComponent()
        var folders = [folder.appending(path: "../\(Self.shared)").standardizedFileURL]
        for _ in 0..<5 {
            folders.append(folder.appending(path: "Assets"))
            folder = folder.deletingLastPathComponent()
        }
        folders += dataFolders.map { URL(fileURLWithPath: $0).appending(path: Self.installed) }
        return folders + [URL(fileURLWithPath: "Assets")]
    }

    private static let installed = "inn-tui/Assets"
    private static let shared = "share/" + installed

    /// As the XDG base directory specification has them.
    private var dataFolders: [String] {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        let own = value("XDG_DATA_HOME") ?? value("HOME").map { $0 + "/.local/share" }
        let system = value("XDG_DATA_DIRS") ?? "/usr/local/share:/usr/share"
        return ([own].compactMap { $0 } + system.split(separator: ":").map(String.init)).filter { $0.hasPrefix("/") }
    }
}
