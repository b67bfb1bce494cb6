import Foundation
import INNKit

/// What `doctor` finds out about the files of this machine.
package struct MachineCheck {
    package let isGood: Bool
    package let text: String

    /// Whether the text of the paper is there.
    package static func text8(dataDirectory: String?) -> MachineCheck {
        if let place = CorpusResolver(dataDirectory: dataDirectory).locate("text8") {
            return MachineCheck(isGood: true, text: place)
        }
        return MachineCheck(
            isGood: false,
            text: """
                not found: it will be downloaded (31 MB) or the built-in sample used; --data-dir names a folder \
                that has it
                """)
    }

    /// Whether runs can be written, and how much of them.
    package static func disk(runs: URL) -> MachineCheck {
        let folder = FileManager.default.fileExists(atPath: runs.path) ? runs : URL(fileURLWithPath: ".")
        guard FileManager.default.isWritableFile(atPath: folder.path) else {
            return MachineCheck(
                isGood: false, text: "\(folder.path) cannot be written: give another folder with --runs-dir")
        }
        let values = try? folder.resourceValues(forKeys: [.volumeAvailableCapacityKey])
        let free =
            (try? FileManager.default.attributesOfFileSystem(forPath: folder.path))?[.systemFreeSize] as? Int ?? values?
            .volumeAvailableCapacity ?? 0
        return MachineCheck(
            isGood: free > 1_000_000_000, text: "\(folder.path), \(String(format: "%.1f", Double(free) / 1e9)) GB free")
    }
}
