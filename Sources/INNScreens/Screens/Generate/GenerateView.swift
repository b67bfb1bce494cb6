/// What a user has chosen on the generate screen.
struct GenerateView: Codable, Equatable, Sendable {
    enum Coloring: String, CaseIterable, Codable, Sendable {
        case surprisal, gate
        case divergence = "KL"
        /// How concentrated the routing was.
        case routing
    }

    var coloring = Coloring.surprisal
    /// Index into ``speeds``.
    var speed = 3
    var isPlaying = false
    /// Whether both networks go on by themselves from here, on a pane of their own.
    var isFreeRunning = false
    /// Whether the text stays with the weights that it was read with while training goes on.
    var keepsWeights = false
    /// Whether the firing raster stands under the text; nil where there is room for it.
    var raster: Bool?
    /// Neuron whose routing weight to the selected one is looked at; nil for none.
    var speaker: Int?
    /// Prompts and paths typed so far, the newest last.
    var typed: [String] = []
    /// What was searched for, the newest last.
    var sought: [String] = []

    /// What was searched for last.
    var wanted: String { sought.last ?? "" }

    static let maximumTyped = 32

    /// Characters per second.
    static let speeds: [Double] = [1, 2, 4, 8, 16, 32, 64, 128]

    var charactersPerSecond: Double { Self.speeds[speed] }

    /// Keeps a typed line for the keys that bring earlier ones back.
    mutating func remember(_ line: String, in lines: WritableKeyPath<GenerateView, [String]>) {
        guard !line.isEmpty, self[keyPath: lines].last != line else { return }
        self[keyPath: lines].append(line)
        if self[keyPath: lines].count > Self.maximumTyped { self[keyPath: lines].removeFirst() }
    }
}
