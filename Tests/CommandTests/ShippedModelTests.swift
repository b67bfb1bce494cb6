import Foundation
import INNKit
import Testing

/// The whole story on a real terminal: the shipped model, a prompt, forty on, twenty back, the neuron that matters
/// most, and back again exactly.
@Suite(.enabled(if: Tmux.isAvailable, "tmux is not installed"), .serialized)
struct ShippedModelTests {
    private static let assets = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
        "../../Assets/rare-text8.safetensors"
    ).standardizedFileURL.path

    /// The neuron whose lesion costs most.
    private func mostInfluential(_ program: Program) throws -> Int {
        let result = try program.run(
            "ablate", Self.assets, program.book, "--split", "all", "--characters", "512", "--edges", "0", "--csv")
        try #require(result.status == 0, "\(result.errors)")
        let costs = result.lines.dropFirst().compactMap { line -> (neuron: Int, cost: Double)? in
            let fields = line.split(separator: ",", omittingEmptySubsequences: false)
            guard fields.count > 2, fields[0] == "neuron",
                let neuron = fields[1].split(separator: " ").compactMap({ Int($0) }).first, let cost = Double(fields[2])
            else { return nil }
            return (neuron, cost)
        }
        try #require(costs.count == 16)
        return try #require(costs.max { $0.cost < $1.cost }).neuron
    }

    @Test func fortyOnTwentyBackALesionAndItsUndo() throws {
        let program = try Program()
        let neuron = try mostInfluential(program)
        let screen = try Tmux(
            "\(Program.executable) explore --prompt ' the '; echo exit=$?", width: 160, height: 50, in: program.folder,
            environment: program.environment)
        try screen.expect("position 5 ")
        try screen.press("i", "C-u")
        try screen.press("-l", "once upon a time ")
        try screen.press("Enter")
        try screen.expect("position 17 ")
        try screen.press("LLLL")
        try screen.expect("position 57 ")
        try screen.press("HH")
        let before = try screen.expect("position 37 ")
        #expect(before.joined().contains("nothing is switched off: KL 0"))
        for _ in 0..<neuron { try screen.press("j") }
        try screen.press("b", "n")
        let lesioned = try screen.expect("most changed next")
        #expect(lesioned.joined().contains("neuron \(neuron) lesion"))
        let divergence = try #require(lesioned.joined().firstMatch(of: /KL ([0-9.]+) bits/).flatMap { Double($0.1) })
        #expect(divergence > 0)
        // The drawer passes on what it does not use.
        try screen.press("d")
        try screen.press("u")
        try screen.expect("nothing is switched off: KL 0")
        try screen.press("b")
        try screen.expect("Nothing is switched off, so both networks are the same and write the same text.")
        try screen.press("q")
        try screen.expect("exit=0")
    }

    @Test func aLesionWhileTrainingActsAndIsMarked() throws {
        let program = try Program()
        let screen = try Tmux(
            "\(Program.executable) train \(program.book) --preset tiny --minutes 10 --name live; echo exit=$?",
            width: 160, height: 50, in: program.folder,
            environment: program.environment)
        try screen.expect("probes") {
            $0.joined().contains("training · step") && $0.first?.contains("no probes") == false
        }
        try screen.press("b", "n")
        try screen.expect("✖ 1 active")
        try screen.press("Escape", "1")
        try screen.expect("intervention: neuron 0 lesion")
        try screen.expect("◆")
        try screen.press("q", "s")
        try screen.expect("exit=0")
        let history = try RunHistory(RunFolder.open("live", in: program.runs))
        let record = try #require(try history.interventions().first)
        #expect(record.set == InterventionSet([.neuron(0, .lesion)]) && record.step > 0)
    }
}
