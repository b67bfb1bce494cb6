import Foundation
import Testing

extension PseudoTerminal {
    /// Asks for whole frames until one shows a phrase: a frame by itself writes only the cells that changed.
    ///
    /// - Parameter isRight: judges the bytes of a frame, instead of the phrase.
    func expectFrame(
        _ phrase: String, sourceLocation: SourceLocation = #_sourceLocation, where isRight: ((String) -> Bool)? = nil
    ) throws {
        for _ in 0..<400 {
            let frame = try wholeFrame(sourceLocation: sourceLocation)
            if isRight?(frame) ?? frame.contains(phrase) { return }
        }
        Issue.record("no frame shows “\(phrase)”", sourceLocation: sourceLocation)
    }

    /// The bytes that repaint the screen.
    func wholeFrame(sourceLocation: SourceLocation = #_sourceLocation) throws -> String {
        let start = screen.text.utf8.count
        type("\u{c}")
        try expectScreen("\u{1b}[?2026l", from: start, sourceLocation: sourceLocation)
        return String(decoding: Array(screen.text.utf8.dropFirst(start)), as: UTF8.self)
    }
}
