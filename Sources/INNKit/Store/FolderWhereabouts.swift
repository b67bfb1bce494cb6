import Foundation

/// Remembers a folder by its identity, so that it is noticed when its name has come to stand for something else.
public struct FolderWhereabouts: Sendable {
    public enum Place: Equatable, Sendable {
        /// Where it was.
        case unchanged
        /// In the same folder, or the trash beside it, under this path.
        case moved(String)
        /// Nowhere near.
        case gone
    }

    private struct Identity: Equatable {
        let device: UInt64, inode: UInt64

        init?(_ path: String) {
            var status = stat()
            guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return nil }
            (device, inode) = (UInt64(truncatingIfNeeded: status.st_dev), UInt64(status.st_ino))
        }
    }

    private let url: URL
    private let identity: Identity?

    public init(_ folder: RunFolder) {
        url = folder.url
        identity = Identity(folder.url.path)
    }

    /// Looks for the folder now.
    public var place: Place {
        guard let identity else { return .gone }
        if Identity(url.path) == identity { return .unchanged }
        let runs = url.deletingLastPathComponent()
        for folder in [runs, runs.appending(path: RunFolder.trashName), runs.deletingLastPathComponent()] {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
            if let name = names.first(where: { Identity("\(folder.path)/\($0)") == identity }) {
                return .moved("\(folder.path)/\(name)")
            }
        }
        return .gone
    }
}
