import Foundation

extension Corpus {
    /// A name under which the same text is found again from any folder: what stood in for a missing text8, or a whole
    /// path.
    ///
    /// - Parameter name: what the text was asked for as.
    public func lastingName(asked name: String) -> String {
        ["text8", "enwik8", "sample", "recall"].contains(name) ? self.name : URL(fileURLWithPath: name).path
    }
}
