import INNKit

/// A part of a text to measure on.
public enum TextSplit: String, CaseIterable {
    case train, validation, test, all

    /// Its characters in a text.
    public func range(of text: Corpus) -> Range<Int> {
        switch self {
        case .train: text.splits.train
        case .validation: text.splits.validation
        case .test: text.splits.test
        case .all: 0..<text.count
        }
    }
}
