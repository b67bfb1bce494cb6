import Foundation
import INNKit

/// The model that comes with the program.
enum ShippedModel {
    /// The first checkpoint in an `Assets` folder: beside the program, where an installation puts shared files, above a
    /// build folder, or in the working directory.
    ///
    /// - Throws: ``INNError`` of kind `noInput` when there is none.
    static func url() throws -> URL {
        for folder in folders() {
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

    private static func folders() -> [URL] {
        let program = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        let running =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")).map {
                URL(fileURLWithPath: $0)
            } ?? program
        var folders: [URL] = []
        var folder = running.deletingLastPathComponent()
        folders.append(folder.appending(path: "../share/inn-tui/Assets").standardizedFileURL)
        for _ in 0..<5 {
            folders.append(folder.appending(path: "Assets"))
            folder = folder.deletingLastPathComponent()
        }
        return folders + [URL(fileURLWithPath: "Assets")]
    }
}
