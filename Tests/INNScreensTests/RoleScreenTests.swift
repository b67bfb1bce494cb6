import INNKit
import Testing

@testable import INNScreens

/// Screens of a network in which not every neuron receives the character or is read.
struct RoleScreenTests {
    enum View: String, CaseIterable { case routing, graph, neurons, cast, clusters, worth, help }

    private static let insight = SyntheticInsight.insight(depth: .full)
    private static let disjoint = NeuronRoles(neurons: 16, inputs: 3, outputs: 2)

    private static func state(
        _ view: View, _ size: (Int, Int), roles: NeuronRoles? = disjoint, colors: ColorLevel = .truecolor,
        glyphs: GlyphLevel = .braille
    ) -> AppState {
        let screen: ScreenID =
            switch view {
            case .routing, .graph: .routing
            case .neurons, .cast, .help: .neurons
            case .clusters, .worth: .clusters
            }
        var info = SyntheticRun.info()
        info.roles = roles
        var state = SyntheticRun(steps: 3200, heads: 1, info: info).state(
            screen, width: size.0, height: size.1, colors: colors, glyphs: glyphs)
        if colors == .mono { state.theme = .mono }
        if view != .neurons { _ = reduce(&state, .insight(insight)) }
        (state.routing.isGraph, state.routing.measure) = (view == .graph, .flow)
        state.clusters.figure = view == .worth ? .causal : .units
        if view == .help { _ = reduce(&state, .key(.character("?"))) }
        return state
    }

    private static func text(_ state: AppState) -> String { state.rendered().plainText() }

    @Test(arguments: View.allCases, [(160, 50), (80, 24)])
    func views(_ view: View, _ size: (Int, Int)) throws {
        try expectSnapshot(Self.text(Self.state(view, size)), "roles-\(view.rawValue)-\(size.0)x\(size.1).txt")
    }

    @Test(arguments: View.allCases)
    func asciiAndMono(_ view: View) throws {
        let text = Self.text(Self.state(view, (80, 24), colors: .mono, glyphs: .ascii))
        let isPlain = text.unicodeScalars.allSatisfy { $0.isASCII }
        #expect(isPlain)
        try expectSnapshot(text, "roles-\(view.rawValue)-80x24-mono-ascii.txt")
    }

    /// Where every neuron has every role, nothing tells of roles.
    @Test(arguments: View.allCases)
    func uniformRolesAreNotShown(_ view: View) {
        let plain = Self.text(Self.state(view, (160, 50), roles: nil))
        #expect(Self.text(Self.state(view, (160, 50), roles: NeuronRoles(neurons: 16))) == plain)
        #expect(Self.text(Self.state(view, (160, 50))) != plain)
    }

    @Test func helpSaysWhatTheSignsMean() {
        let legend = "↓ receives the character   · interneuron   ↑ is read"
        #expect(Self.text(Self.state(.help, (160, 50))).contains(legend))
        #expect(Self.text(Self.state(.help, (80, 24))).contains(legend))
        let overlapping = NeuronRoles(neurons: 16, inputs: 12, outputs: 8)
        #expect(
            overlapping.legend.contains("↕ receives the character and is read")
                && !overlapping.legend.contains("interneuron"))
    }

    /// From left to right as a character passes them, whatever the order of the list.
    @Test func theGraphGoesFromInputsToOutputs() {
        let layout = RoutingGraphLayout([15, 3, 0, 9, 2, 14, 1, 4, 5, 6, 7, 8, 10, 11, 12, 13], roles: Self.disjoint)
        #expect(layout.order == [0, 2, 1, 3, 9, 4, 5, 6, 7, 8, 10, 11, 12, 13, 15, 14])
        let x = layout.points(in: Rect(x: 0, y: 0, width: 80, height: 24)).map(\.x)
        #expect(x[..<3].max()! < x[3..<14].min()! && x[3..<14].max()! < x[14...].min()!)
        #expect(RoutingGraphLayout([1, 0], roles: nil).sets.isEmpty)
        let two = RoutingGraphLayout([0, 1, 2], roles: NeuronRoles(neurons: 3, inputs: 2))
        #expect(two.sets.map(\.role) == [.both, .output] && two.order == [0, 1, 2])
    }

    @Test(arguments: [
        NeuronRoles(neurons: 16, inputs: 1, outputs: 1), NeuronRoles(neurons: 16, inputs: 1, outputs: 14),
        NeuronRoles(neurons: 16, inputs: 16, outputs: 1), NeuronRoles(neurons: 16, inputs: 9, outputs: 9),
        NeuronRoles(neurons: 2, inputs: 1, outputs: 1), NeuronRoles(neurons: 300, inputs: 1, outputs: 299),
    ])
    func everyCombinationDraws(_ roles: NeuronRoles) {
        for view in View.allCases {
            // The run is made once: that is most of the time.
            var state = Self.state(view, (160, 50), roles: roles)
            for size in [(160, 50), (80, 24), (40, 12), (30, 8), (1, 1), (31, 90)] {
                for (colors, glyphs) in [(ColorLevel.palette8, GlyphLevel.blocks), (.mono, .ascii)] {
                    (state.colorLevel, state.glyphLevel) = (colors, glyphs)
                    _ = reduce(&state, .resize(width: size.0, height: size.1))
                    #expect(state.rendered().cells.count == size.0 * size.1)
                }
            }
        }
    }
}
