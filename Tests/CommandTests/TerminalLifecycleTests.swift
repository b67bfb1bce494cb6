import Foundation
import Testing

/// How the driver takes the terminal and, whatever happens, gives it back.
@Suite(.serialized) struct TerminalLifecycleTests {
    /// Starts the harness and waits until its first frame is on the screen.
    private func started(_ arguments: [String] = [], environment: [String: String?] = [:]) throws -> PseudoTerminal {
        let terminal = try PseudoTerminal(arguments, environment: environment)
        try terminal.expectReport("open ")
        try terminal.expectScreen("frame 1 end")
        #expect(terminal.isModeOn(1049))
        #expect(terminal.isModeOn(1006))
        #expect(terminal.isModeOn(2004))
        #expect(terminal.modes != terminal.originalModes)
        return terminal
    }

    @Test func closingGivesTheTerminalBack() throws {
        let terminal = try started()
        terminal.type("q")
        #expect(try terminal.ending() == .status(0))
        try terminal.expectGivenBack()
    }

    @Test func exitWithoutClosingGivesTheTerminalBack() throws {
        let terminal = try started()
        terminal.type("e")
        #expect(try terminal.ending() == .status(3))
        try terminal.expectGivenBack()
    }

    @Test(arguments: [SIGTERM, SIGINT, SIGHUP])
    func requestsToEndAreReported(signal: Int32) throws {
        let terminal = try started()
        terminal.send(signal)
        try terminal.expectReport(
            [SIGTERM: "event terminate", SIGINT: "event interrupt", SIGHUP: "event hangup"][signal]!)
        #expect(try terminal.ending() == .signal(signal))
        try terminal.expectGivenBack()
    }

    /// In the environment that users have, the Swift runtime prints a backtrace and would ask what to do then.
    @Test(arguments: [nil, "enable=no", "enable=yes,interactive=yes,color=yes"])
    func aSwiftTrapGivesTheTerminalBackAndShowsItsMessage(backtrace: String?) throws {
        let terminal = try started(environment: ["SWIFT_BACKTRACE": backtrace])
        terminal.type("t")
        let ending = try terminal.ending()
        #expect(ending == .signal(SIGILL) || ending == .signal(SIGTRAP))
        try terminal.expectGivenBack()
        let left = try terminal.expectScreen("\u{1b}[?1049l")
        try terminal.expectScreen("Fatal error", from: left)
    }

    @Test func controlCIsAnInterrupt() throws {
        let terminal = try started()
        terminal.type("\u{3}")
        try terminal.expectReport("event interrupt")
        #expect(try terminal.ending() == .signal(SIGINT))
    }

    @Test(arguments: [(SIGINT, 3), (SIGTERM, 2)])
    func aProgramThatNoLongerListensCanBeEnded(signal: Int32, times: Int) throws {
        let terminal = try started()
        terminal.type("b")
        try terminal.expectReport("deaf")
        for _ in 1..<times {
            terminal.send(signal)
            // Two pending signals of one kind are one; this one has been handled when the program is seen running.
            try terminal.waitUntilHandled(signal)
        }
        terminal.send(signal)
        #expect(try terminal.ending() == .signal(signal))
        try terminal.expectGivenBack()
    }

    @Test func aTerminalThatHangsUpIsReportedOnceAndCostsNothing() throws {
        let terminal = try started()
        terminal.hangUp()
        let hangup = try terminal.expectReport("event hangup")
        try terminal.expectReport(" events", from: hangup)
        let idle = try #require(terminal.report.text.firstMatch(of: /idle (\d+) ms (\d+) events/))
        #expect(Int(idle.1)! < 200)
        #expect(idle.2 == "0")
        terminal.send(SIGTERM)
        #expect(try terminal.ending() == .signal(SIGTERM))
        #expect(terminal.report.whole().components(separatedBy: "event hangup").count == 2)
    }
}
