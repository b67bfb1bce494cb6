import Foundation
import INNKit

/// What is measured of a finished run, and kept beside the runs as long as they are.
protocol KeptStudy: Codable {
    /// The run's name.
    var run: String { get }
    /// What the file is called after the run's name.
    static var suffix: String { get }
}

extension KeptStudy {
    private static func file(_ name: String, in folder: URL) -> URL {
        folder.appending(path: "studies/\(name)\(suffix).json")
    }

    /// The study of a run that was made before; nil when there is none.
    static func kept(_ name: String, in folder: URL) -> Self? {
        (try? SmallFile.bytes(of: file(name, in: folder).path, upTo: 1 << 20)).flatMap {
            try? JSONDecoder().decode(Self.self, from: Data($0))
        }
    }

    func keep(in folder: URL) throws {
        let file = Self.file(run, in: folder)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(JSONText.pretty(self).utf8).write(to: file, options: .atomic)
    }
}
