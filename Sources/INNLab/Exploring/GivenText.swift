import Foundation
import INNKit

/// A text file that a network reads instead of drawing characters.
package struct GivenText: Sendable {
    let name: String
    /// Absolute.
    let path: String
    let ids: [Int32]

    /// Characters at most; of a longer text the beginning.
    private static let limit = 4 << 20

    /// - Parameter path: `~` stands for the home folder.
    /// - Throws: as ``CorpusResolver/beginning(of:in:limit:)``.
    package init(_ path: String, alphabet: Alphabet) throws {
        let place = NSString(string: path.trimmingCharacters(in: .whitespaces)).expandingTildeInPath
        ids = try CorpusResolver().beginning(of: place, in: alphabet, limit: Self.limit)
        let url = URL(fileURLWithPath: place).standardizedFileURL
        (name, self.path) = (url.lastPathComponent, url.path)
    }

    /// Reads a text and hands over what came of it, later and on another thread.
    package typealias Reader =
        @Sendable (
            _ path: String, _ alphabet: Alphabet, _ take: @escaping @Sendable (Result<GivenText, any Error>) -> Void
        ) -> Void

    /// Reads on a thread of its own, since a disk may take as long as it likes, and a large archive does. Nobody waits
    /// for that thread: the program may end before it does.
    package static let read: Reader = { path, alphabet, take in
        Thread.detachNewThread { take(Result { try GivenText(path, alphabet: alphabet) }) }
    }
}
