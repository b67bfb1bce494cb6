import INNCore

/// How far a corpus is on its way from the network or the disk into memory.
public struct CorpusProgress: Sendable, Equatable {
    public enum Phase: String, Sendable {
        case downloading, decompressing, normalising, copying, generating
    }

    public let phase: Phase
    /// What is worked on, for example a URL or a path.
    public let item: String
    public let completedBytes: Int
    /// nil where the size is not known in advance.
    public let totalBytes: Int?

    public init(phase: Phase, item: String, completedBytes: Int, totalBytes: Int?) {
        self.phase = phase
        self.item = item
        self.completedBytes = completedBytes
        self.totalBytes = totalBytes
    }
}

/// Receives progress, on whatever thread the work happens.
public typealias CorpusProgressHandler = @Sendable (CorpusProgress) -> Void
