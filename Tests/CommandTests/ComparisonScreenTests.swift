import Foundation
import Testing

/// Panes beside what they were, in a real terminal.
@Suite(.enabled(if: Tmux.isAvailable, "tmux is not installed"), .serialized)
struct ComparisonScreens {
    @Test func aLesionBesideWhatItWasBefore() throws {
        let program = try Program()
        let screen = try Tmux(
            "\(Program.executable) explore; echo exit=$?", width: 160, height: 50, in: program.folder,
            environment: program.environment)
        try screen.expect("· F1")
        try screen.press("L", "Tab", "P")
        try screen.expect("pinned: Next character")
        try screen.press("b", "n", "Escape", "P")
        let rows = try screen.expect("Here less pinned")
        #expect(rows.contains { $0.contains("Pinned") } && rows.contains { $0.contains("change") })
        try screen.press("Escape", "q")
        try screen.expect("exit=0")
    }

    /// The stored probes of a finished run go by, and at their end the newest are shown again.
    @Test func aStoredRunIsReplayed() throws {
        let program = try Program()
        try program.train("--steps", "60", "--name", "run")
        let screen = try Tmux(
            "\(Program.executable) attach run; echo exit=$?", width: 120, height: 40, in: program.folder,
            environment: program.environment)
        try screen.expect("stored run")
        try screen.press("E")
        try screen.expect("replay: step 0")
        try screen.expect("replay: step 40")
        try screen.expect("the end of the replay") { !$0.joined().contains("replay: step") }
        try screen.press("q")
        try screen.expect("exit=0")
    }

    /// The graph shows what passes at the present character, and then one neuron's edges.
    @Test func theGraphFollowsTheCharacterAndTheCursor() throws {
        let program = try Program()
        let screen = try Tmux(
            "\(Program.executable) explore; echo exit=$?", width: 80, height: 24, in: program.folder,
            environment: program.environment)
        try screen.expect("· F1")
        try screen.press("L", "2")
        // The key says so and does nothing before the first measurement.
        try screen.expect("this character")
        try screen.expect("k 0–3")
        try screen.press("e")
        try screen.expect("what passes at")
        try screen.press("Down")
        let rows = try screen.expect("hears")
        #expect(rows.contains { $0.contains("is heard by") })
        try screen.press("q")
        try screen.expect("exit=0")
    }
}
