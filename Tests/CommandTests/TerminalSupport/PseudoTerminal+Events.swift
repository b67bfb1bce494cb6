import Foundation
import Testing

/// The harness that draws frames and reports what is typed.
extension PseudoTerminal {
    /// One that has drawn its first frame.
    static func started() throws -> PseudoTerminal {
        let terminal = try PseudoTerminal()
        try terminal.expectScreen("frame 1 end")
        return terminal
    }

    /// Presses q, which ends it, and returns what arrived before that, one line each. The terminal must be given back.
    func eventsUntilQuit() throws -> [String] {
        type("q")
        #expect(try ending() == .status(0))
        try expectGivenBack()
        let events = report.whole().split(separator: "\n").filter { $0.hasPrefix("event ") }
        return events.dropLast().map { String($0.dropFirst("event ".count)) }
    }
}
