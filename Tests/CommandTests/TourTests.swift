import Foundation
import Testing

/// The tour, and going to places of interest, in a real terminal.
@Suite(.enabled(if: Tmux.isAvailable)) struct TourTerminalTests {
    private func window(_ arguments: String, _ width: Int, _ height: Int) throws -> (Tmux, Program) {
        let program = try Program()
        let window = try Tmux(
            "\(Program.executable) \(arguments); echo status $?", width: width, height: height, in: program.folder,
            environment: program.environment)
        return (window, program)
    }

    private static let stops = 12

    @Test(arguments: [(80, 24), (160, 50)]) func itRunsToItsEndByEnterAlone(_ width: Int, _ height: Int) throws {
        let (window, program) = try window("tour", width, height)
        for stop in 1...Self.stops {
            let rows = try window.expect("stop \(stop) with its sentence") { rows in
                rows.contains { $0.contains("Tour \(stop)/\(Self.stops)") }
                    && !rows.contains {
                        $0.contains("One moment") || $0.contains("is being measured now") && stop != 11
                    }
                    && rows.contains { $0.contains("Enter: ") }
            }
            #expect(rows.contains { $0.contains("▶") })
            try window.press("Enter")
        }
        try window.expect("the screens without the card") { rows in
            !rows.contains { $0.contains("Tour ") } && rows.contains { $0.contains("Generate") }
                && rows.contains { $0.contains("surprisal, bits") }
                && rows.contains { $0.contains("back where the tour") }
                && rows.contains { $0.contains("position 50 ·") } && rows.contains { $0.contains("tired of sitting") }
        }
        try window.press("q")
        try window.expect("status 0")
        withExtendedLifetime(program) {}
    }

    @Test func f1BeginsItInTheExplorerAndEscapeGivesTheNeuronBack() throws {
        let (window, program) = try window("explore --prompt ' the '", 120, 40)
        try window.expect("press → to write")
        try window.expect("the␣")
        try window.press("L")
        try window.expect("position 15 ·")
        try window.press("F1")
        for stop in 1...6 {
            try window.expect("Tour \(stop)/\(Self.stops)")
            if stop < 6 { try window.press("Enter") }
        }
        try window.expect("lesion")
        try window.expect("Their guesses differ")
        try window.press("Escape")
        try window.expect("nothing is switched off: KL 0")
        try window.expect("position 15 ·")
        try window.press("q")
        try window.expect("status 0")
        withExtendedLifetime(program) {}
    }

    @Test func aParenthesisGoesToTheNextSurpriseAndBack() throws {
        let (window, program) = try window("explore --prompt ' the '", 120, 40)
        try window.expect("the␣")
        func place(_ rows: [String]) -> Int? {
            rows.compactMap { $0.firstMatch(of: /surprisal [0-9.]+ bits at .*position ([0-9]+)/) }.first.flatMap {
                Int($0.1)
            }
        }
        var seen = [0]
        for _ in 0..<2 {
            try window.press(")")
            let rows = try window.expect("a place behind \(seen)") { place($0).map { $0 > seen.last! } ?? false }
            seen.append(try #require(place(rows)))
            try window.expect("position \(seen.last!) ·")
        }
        try window.press("(")
        try window.expect("position \(seen[1]) ·")
        try window.press("q")
        try window.expect("status 0")
        withExtendedLifetime(program) {}
    }
}
