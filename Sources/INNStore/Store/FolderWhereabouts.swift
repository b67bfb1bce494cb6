import Foundation
import INNCore

/// Remembers a folder by its identity, so that it is noticed when its name has come to mean another.
public struct FolderWhereabouts: Sendable {
    public enum Place: Equatable, Sendable {
        /// Where it was.
        case unchanged
        /// In the same folder, or the trash beside it, under this path.
        case moved(String)
        /// Nowhere near.
        case gone
    }

    private let url: URL
    private let identity: FileIdentity?

    public init(_ folder: RunFolder) {
        url = folder.url
        identity = FileIdentity(path: folder.url.path)
    }

    /// Looks for the folder now.
    public var place: Place {
        guard let identity else { return .gone }
        if FileIdentity(path: url.path) == identity { return .unchanged }
        let runs = url.deletingLastPathComponent()
        for folder in [runs, runs.appending(path: RunFolder.trashName), runs.deletingLastPathComponent()] {
            let names = (try? FolderNames.read(folder)) ?? []
            if let name = names.first(where: { FileIdentity(path: "\(folder.path)/\($0)") == identity }) {
                return .moved("\(folder.path)/\(name)")
            }
        }
        return .gone
    }
}
