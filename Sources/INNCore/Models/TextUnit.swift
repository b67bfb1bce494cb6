/// What one prediction of a model is about, and so what its loss is counted per.
public enum TextUnit: String, Codable, Sendable, CaseIterable {
    case character, byte

    /// For sentences: `character`, `byte`.
    public var name: String { rawValue }
    /// `bits per character`, `bits per byte`.
    public var bits: String { "bits per \(rawValue)" }

    /// A label that is written for characters, as it reads for this unit: `ΔBPC` is `ΔBPB` for bytes.
    public func worded(_ label: String) -> String {
        guard self == .byte else { return label }
        return Self.words.reduce(label) { $0.replacing($1.0, with: $1.1) }
    }

    private static let words = [
        ("BPC", "BPB"), ("its per character", "its per byte"), ("bits/char", "bits/byte"), ("chars/s", "bytes/s"),
        ("Characters per second", "Bytes per second"),
    ]
}
