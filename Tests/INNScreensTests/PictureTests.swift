import Foundation
import INNKit
import Testing

@testable import INNScreens

/// Writes SVG pictures of every screen to the folder `INN_PICTURES_DIR`, for people to look at.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["INN_PICTURES_DIR"] != nil))
struct PictureTests {
    @Test(arguments: ScreenID.allCases)
    func writesPictures(_ screen: ScreenID) throws {
        let folder = URL(fileURLWithPath: ProcessInfo.processInfo.environment["INN_PICTURES_DIR"] ?? ".")
        let run = SyntheticRun(steps: 3200)
        for (width, height) in [(160, 50), (120, 40), (80, 24), (40, 12)] {
            var state = run.state(screen, width: width, height: height)
            SyntheticRuns.fill(&state)
            _ = reduce(&state, .generator(.ready))
            _ = reduce(&state, .generation(SyntheticGeneration.frame(position: 400, ablated: true, ahead: 30)))
            state.run.interventions.active =
                screen == .generate
                ? InterventionSet([.neuron(3, .lesion), .edge(listener: 2, speaker: 5, .cut)])
                : .none
            try exportView(state, .svg).contents.write(
                to: folder.appendingPathComponent("\(screen.rawValue)-\(width)x\(height).svg"), atomically: true,
                encoding: .utf8)
        }
    }
}

/// Windows and other themes.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["INN_PICTURES_DIR"] != nil))
struct OtherPictureTests {
    @Test func writesWindowsAndThemes() throws {
        let folder = URL(fileURLWithPath: ProcessInfo.processInfo.environment["INN_PICTURES_DIR"] ?? ".")
        let run = SyntheticRun(steps: 3200)
        func write(_ state: AppState, _ name: String) throws {
            try state.rendered().svg(theme: Theme(state.theme, level: state.colorLevel))
                .write(to: folder.appendingPathComponent(name + ".svg"), atomically: true, encoding: .utf8)
        }
        for (name, keys) in [
            ("help", [Key.character("?"), .down, .down]), ("palette", [.character(":"), .character("c")]),
            ("quit", [.character("q")]), ("export", [.character("x")]),
        ] {
            var state = run.state(.overview, width: 120, height: 40)
            for key in keys { _ = reduce(&state, .key(key)) }
            try write(state, "window-" + name)
        }
        var drawer = run.state(.generate, width: 160, height: 50)
        _ = reduce(&drawer, .generator(.ready))
        _ = reduce(&drawer, .generation(SyntheticGeneration.frame(position: 200, ablated: true)))
        for key in "bnerw=" { _ = reduce(&drawer, .key(.character(key))) }
        try write(drawer, "window-ablation")
        try write(run.state(.overview, width: 120, height: 40, theme: .light), "theme-light")
        try write(run.state(.overview, width: 120, height: 40, colors: .palette8, glyphs: .blocks), "theme-8")
        try write(
            run.state(.overview, width: 120, height: 40, theme: .mono, colors: .mono, glyphs: .braille), "theme-mono")
        var cursor = run.state(.routing, width: 120, height: 40)
        for key in [Key.down, .down, .right, .character("d")] { _ = reduce(&cursor, .key(key)) }
        try write(cursor, "cursor-routing")
    }
}
