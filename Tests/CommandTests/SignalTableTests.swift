import Foundation
import Testing

/// Every signal there is against the driver, in the environment that users have.
@Suite(.serialized) struct SignalTableTests {
    /// What a signal does to a program with a screen.
    private enum Fate: Equatable {
        /// The process ends by it; the terminal is given back first.
        case ends
        /// The process ends by it, and nobody can do anything about that.
        case isKilled
        /// The program hears of it and decides.
        case isReported(String)
        /// The screen is left and the process stops; continued, it has its screen again.
        case stops
        case doesNothing
    }

    private static func fate(of signal: Int32) -> Fate {
        switch signal {
        case SIGKILL: .isKilled
        case SIGINT: .isReported("event interrupt")
        case SIGTERM, SIGXCPU: .isReported("event terminate")
        case SIGHUP: .isReported("event hangup")
        case SIGTSTP, SIGTTIN, SIGTTOU: .stops
        case SIGCHLD, SIGURG, SIGWINCH, SIGCONT, SIGSTOP, SIGPIPE, SIGXFSZ: .doesNothing
        // The two that the C library keeps for itself.
        case 32, 33: .doesNothing
        default: .ends
        }
    }

    #if os(Linux)
    private static let all: ClosedRange<Int32> = 1...64
    #else
    private static let all: ClosedRange<Int32> = 1...31
    #endif

    @Test(arguments: all) func everySignalGivesTheTerminalBackOrLeavesTheScreenInUse(signal: Int32) throws {
        let terminal = try PseudoTerminal()
        try terminal.expectScreen("frame 1 end")
        terminal.send(signal)
        switch Self.fate(of: signal) {
        case .ends:
            #expect(try terminal.ending() == .signal(signal))
            try terminal.expectGivenBack()
        case .isKilled: #expect(try terminal.ending() == .signal(signal))
        case .isReported(let event):
            try terminal.expectReport(event)
            _ = try terminal.ending()
            try terminal.expectGivenBack()
        case .stops:
            try terminal.expectReport("event suspendRequested")
            // Without a shell that could continue it, the system does not stop a process this way: it has its screen
            // again at once.
            let left = try terminal.expectScreen("\u{1b}[?1049l")
            try terminal.expectScreen("\u{1b}[?1049h", from: left)
            try expectAnswer(terminal)
        case .doesNothing:
            if signal == SIGSTOP { terminal.send(SIGCONT) }
            try expectAnswer(terminal)
        }
    }

    /// The program takes a key and still has its screen.
    private func expectAnswer(_ terminal: PseudoTerminal) throws {
        terminal.type("x")
        try terminal.expectReport("character(\"x\")")
        #expect(terminal.modes != terminal.originalModes)
        terminal.type("q")
        #expect(try terminal.ending() == .status(0))
        try terminal.expectGivenBack()
    }
}
