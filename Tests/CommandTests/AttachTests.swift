import Foundation
import Testing

/// Which run `attach` and `snapshot` show, and what they say of it.
@Suite(.serialized) struct AttachTests {
    @Test func withoutRunsThereIsNothingToAttachTo() throws {
        let program = try Program()
        let result = try program.run("attach")
        #expect(result.status == 66 && result.errorLines.count == 1)
        #expect(result.errors.contains("There are no runs in"))
    }

    @Test(.enabled(if: Tmux.isAvailable, "tmux is not installed")) func withoutANameTheNewestRunIsShown() throws {
        let program = try Program()
        try program.train("--steps", "2", "--name", "older")
        try program.train("--steps", "2", "--name", "zz-newer")
        try program.resume("older", steps: 4)
        let screen = try Tmux(
            "\(Program.executable) attach; echo exit=$?", width: 120, height: 30, in: program.folder,
            environment: program.environment)
        try screen.expect("the run that was started last") { $0.first?.contains("▸ older") == true }
        try screen.press("2")
        try screen.expect(", E time")
        try screen.press("q")
        try screen.expect("exit=0")
    }

    @Test func aRunTrainedUnderALesionSaysSo() throws {
        let program = try Program()
        try program.train("--steps", "3", "--name", "cut", "--skip-silent")
        let stored = try program.run("snapshot", "--run", "cut", "--size", "120x30").output
        #expect(stored.contains("✖ 1 active, as the run was trained: "))
        let explored = try program.run(
            "snapshot", "--explore", "--network", "cut", "--size", "120x30", "--data-dir", program.folder.path)
        #expect(explored.output.contains("Trained with") && !explored.output.contains("✖ 1 active"))
    }

    /// The page of a neuron says what it is for.
    @Test func theNeuronPageIsDrawnWithoutATerminal() throws {
        let program = try Program()
        let page = try program.run("snapshot", "--explore", "--keys", "3<enter>", "--size", "120x40")
        #expect(page.status == 0 && page.output.contains("Neuron in detail 2/3"), "\(page.errors)")
        #expect(page.output.contains("ΔBPC") && page.output.contains("bits lost when it comes next"), "\(page.output)")
        #expect(try program.run("snapshot", "--explore", "--keys", "3<Enter><Tab><S-Tab><PgDn>").status == 0)
    }
}
