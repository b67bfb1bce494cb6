import Foundation
import INNKit
import Testing

@testable import INNScreens

/// What the screens do with a network while it trains, on a real terminal.
@Suite(.serialized) struct LiveScreenTests {
    /// Every column of the raster is what `generate --trace` says of the character above it.
    @Test(.enabled(if: Tmux.isAvailable)) func textOfATrainingAndItsRasterAreThoseOfItsCheckpoint() throws {
        let program = try Program()
        let window = try Tmux(
            """
            '\(Program.executable)' train '\(program.book)' --preset tiny --steps 1000000 --name live --colors mono
            """, width: 160, height: 50, in: program.folder, environment: program.environment)
        try window.expect("step 20")
        try window.press("5")
        try window.expect("weights of step")
        try window.press("1", "Space")
        let status = try window.expect("paused") { $0.contains { $0.hasPrefix(" paused · step") } }.joined()
        let step = try #require(status.firstMatch(of: /paused · step ([0-9,]+)/)).1
        try window.press("c")
        try window.expect("▴") { $0.contains { $0.contains("step-0") } }
        try window.press("5")
        try window.expect("weights of step \(step) ")
        let traced = try program.run(
            "generate", "live", "--prompt", " the ", "--characters", "160", "--seed", "1", "--temperature", "0.8",
            "--trace")
        #expect(traced.status == 0, "\(traced.errors)")
        let characters = try traced.lines.map { try TracedCharacter($0) }
        try window.expect("the raster of \(step)") { showsRaster(of: characters, in: $0) }
        // The same under the newest text on the overview.
        try window.press("0", "v")
        try window.expect("the raster of \(step) on the overview") { rows in
            rows.contains { $0.contains("weights of step \(step) · 5 steps") }
                && showsRaster(of: characters, in: rows)
        }
        try window.press("q", "s")
        try window.expect("Stopped after")
    }

    private struct TracedCharacter {
        let character: String
        /// In both rounds.
        let gates: [[Float]]

        init(_ line: String) throws {
            let object = try #require(
                try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(line)")
            character = try #require(object["character"] as? String)
            gates = try #require(object["gates"] as? [[NSNumber]]).map { $0.map(\.floatValue) }
            try #require(gates.count == 2)
        }
    }

    /// Whether some block of a line has every gate of its characters; while a frame is being drawn none has.
    private func showsRaster(of traced: [TracedCharacter], in rows: [String]) -> Bool {
        func cells(_ row: String, _ count: Int) -> [Character] { Array(row.dropFirst(9).prefix(count)) }
        let text = traced.map(\.character).joined()
        func written(above row: Int) -> String {
            let shown = String(
                rows[row - 1].dropFirst(9).split(separator: "│").first.map { $0.replacing(#/ +$/#, with: "") } ?? ""
            )
            .replacing("␣", with: " ")
            return text.hasSuffix(shown) ? shown : String(shown.drop { $0 == " " })
        }
        // Of several blocks, one per line, that of the line that was written last.
        guard
            let first = rows.indices.dropFirst().first(where: { row in
                rows[row].hasPrefix("│ ▸  0 ") && !written(above: row).isEmpty && text.hasSuffix(written(above: row))
            }), let neurons = traced.first?.gates[0].count, first + neurons <= rows.count
        else { return false }
        let line = written(above: first)
        return (0..<neurons).allSatisfy { neuron in
            let expected = traced.suffix(line.count).map { character -> Character in
                let (first, second) = (character.gates[0][neuron], character.gates[1][neuron])
                return switch (first > 0.5, second > 0.5) {
                case (true, true): "■"
                case (true, false): "▴"
                case (false, true): "▾"
                case (false, false): max(first, second) < 0.05 ? " " : "·"
                }
            }
            return cells(rows[first + neuron], line.count) == expected
        }
    }

    private func training(_ program: Program) throws -> PseudoTerminal {
        try PseudoTerminal(
            [
                "train", program.book, "--preset", "tiny", "--steps", "1000000", "--name", "live", "--runs-dir",
                program.runs.path,
            ],
            executable: Program.executable, environment: program.environment, width: 160, height: 50)
    }

    /// The line of what is active, with its measured effect.
    private static func isMeasured(_ count: Int, _ place: String) -> (String) -> Bool {
        let effect = #/ΔBPC [-+.0-9]+ \[[-+.0-9]+, [-+.0-9]+\] · n [0-9,]+ · step/#
        return { $0.contains("✖ \(count) active, \(place):") && $0.contains(effect) }
    }

    @Test func anEffectIsShownAlsoWhilePausedAndTrainingItselfIsLeftAloneIfOneLikes() throws {
        let program = try Program()
        let terminal = try training(program)
        try terminal.expectFrame("step 20")
        terminal.type("bn")
        try terminal.expectFrame("the effect of one", where: Self.isMeasured(1, "in this training"))
        terminal.type(" ")
        try terminal.expectFrame("also while it is paused")
        terminal.type("e")
        try terminal.expectFrame("the effect of two", where: Self.isMeasured(2, "in this training"))
        terminal.type("w")
        try terminal.expectFrame("changes only what is shown; training keeps 2 changes")
        terminal.type("g")
        try terminal.expectFrame("the effect of three", where: Self.isMeasured(3, "only in what is shown"))
        terminal.type("w")
        try terminal.expectFrame("the effect of two again", where: Self.isMeasured(2, "in this training"))
        terminal.type("b")
        try terminal.expectFrame("no drawer") { !$0.contains("Ablation") }
        terminal.type("qs")
        #expect(try terminal.ending() == .status(0))
        let records = try RunHistory(RunFolder.open("live", in: program.runs)).interventions()
        #expect(records.map(\.set.count) == [1, 2])
        try terminal.expectGivenBack()
    }

    enum Mode: String, CaseIterable { case fromNow, replay, training, shown }

    /// A hundred keys, four at a time, 20 ms apart: every one of them reaches the network.
    @Test(arguments: Mode.allCases) func keysTypedQuicklyAllArrive(_ mode: Mode) throws {
        let program = try Program()
        let isLive = [.training, .shown].contains(mode)
        if !isLive { try program.train("--steps", "4", "--name", "one") }
        let terminal =
            isLive
            ? try training(program)
            : try PseudoTerminal(
                ["explore", "one", "--runs-dir", program.runs.path], executable: Program.executable,
                environment: program.environment, width: 160, height: 50)
        try terminal.expectFrame(isLive ? "step 20" : "position 50 ")
        if mode == .fromNow || mode == .replay { terminal.type("LLLL") }
        terminal.type([.replay, .shown].contains(mode) ? "bw" : "b")
        let place = [Mode.fromNow: "from now", .replay: "replay", .training: "in this training"][mode]
        for _ in 0..<25 {
            for key in "negr" {
                terminal.type(String(key))
                // How fast they come is what is tested.
                usleep(20_000)
            }
            try terminal.expectFrame("four", where: Self.isMeasured(4, place ?? "only in what is shown"))
            terminal.type("U")
            try terminal.expectFrame("none") { !$0.contains(" active, ") }
        }
        terminal.type("b")
        try terminal.expectFrame("no drawer") { !$0.contains("Ablation") }
        terminal.type(isLive ? "qs" : "q")
        #expect(try terminal.ending() == .status(0))
        guard mode == .training else { return }
        let records = try RunHistory(RunFolder.open("live", in: program.runs)).interventions()
        #expect(records.map(\.set.count) == (0..<25).flatMap { _ in [1, 2, 3, 4, 0] })
    }
}
