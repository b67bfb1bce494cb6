/// What a user has chosen on the train screen.
struct TrainView: Equatable, Sendable {
    /// Width of the visible window in steps, nil for all.
    var span: Double?
    /// Last visible step, nil to follow the newest.
    var end: Double?
    var isLogarithmic = false
    var smoothing = Smoothing.medium
    /// Step under the inspect cursor, nil when it is off.
    var cursor: Double?

    enum Smoothing: Double, CaseIterable, Sendable {
        case off = 0
        case light = 0.8
        case medium = 0.9
        case strong = 0.98
    }
}

/// What a user has chosen on the routing screen. Neurons are named by id, whatever the order on display.
struct RoutingView: Equatable, Sendable {
    enum Order: String, CaseIterable, Sendable {
        case id, cluster, firing
        case listened = "listened-to"
        case community
    }
    enum Measure: String, CaseIterable, Sendable {
        case routing = "a"
        case flow, causal
    }
    enum Normalisation: CaseIterable, Sendable { case logRatio, raw }
    enum Difference: CaseIterable, Sendable { case off, first, previous }

    var order = Order.id
    var measure = Measure.routing
    var normalisation = Normalisation.logRatio
    var difference = Difference.off
    /// One head, or nil for the mean over heads.
    var head: Int?
    /// Draws the strongest edges between neurons on a circle instead of the matrix.
    var isGraph = false
    var listener = 0
    var speaker = 0
    var hasCursor = false
}

struct NeuronsView: Equatable, Sendable {
    enum Order: String, CaseIterable, Sendable {
        case id
        case rate = "firing"
        case cluster
    }
    /// What the detail shows of the selected neuron.
    enum Page: String, CaseIterable, Sendable {
        case tuning, rules, contexts
        case effect = "logit effect"
    }

    var order = Order.id
    /// Neuron id.
    var selected = 0
    var page = Page.tuning
    /// First character of the raster on display.
    var rasterOffset = 0
}

struct ClustersView: Equatable, Sendable {
    enum Order: String, CaseIterable, Sendable { case cluster, id }

    var order = Order.cluster
    /// Draws the gates at each character even when there is an analysis.
    var isMap = false
    /// Symbol id and neuron id under the cursor.
    var symbol = 0
    var neuron = 0
    var hasCursor = false
    /// First line of the list of clusters and findings on display.
    var listOffset = 0
}

/// What a user has chosen on the generate screen.
struct GenerateView: Equatable, Sendable {
    enum Coloring: String, CaseIterable, Sendable {
        case surprisal, gate
        case divergence = "KL"
    }

    var coloring = Coloring.surprisal
    /// Index into ``speeds``.
    var speed = 3
    var isPlaying = false
    /// Whether both networks go on by themselves from here, on a pane of their own.
    var isFreeRunning = false
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
}

/// A window over the screen that takes the keys.
enum Overlay: Equatable, Sendable {
    case help(ListState)
    case palette(ListState)
    case quit(selection: Int)
    /// Asks what becomes of a last checkpoint that cannot be written.
    case saving(selection: Int)
    case export(selection: Int)
    case input(InputState)
    case ablation(AblationForm)
    /// Asks whether a run goes to the trash.
    case trash(run: String)

    /// A line of text that the user types.
    struct InputState: Equatable, Sendable {
        enum Purpose: Equatable, Sendable {
            case prompt, temperature, topK, seed, textFile, runFilter, find, position, saveFolder
        }

        var purpose: Purpose
        var field: TextField
        /// Why the text was not taken, or a remark on it.
        var problem: String?
        /// Which earlier line is on display, counted from the newest; nil for the one being typed.
        var recalled: Int?

        init(purpose: Purpose, text: String = "") {
            self.purpose = purpose
            field = TextField(text)
        }

        var text: String { field.text }
    }

    /// A searchable list.
    struct ListState: Equatable, Sendable {
        var field: TextField
        var selection: Int

        init(query: String = "", selection: Int = 0) {
            field = TextField(query)
            self.selection = selection
        }

        var query: String { field.text }
    }
}

extension CaseIterable where Self: Equatable {
    /// The next case, the first one after the last.
    var next: Self {
        let all = Array(Self.allCases)
        let index = all.firstIndex(of: self) ?? 0
        return all[(index + 1) % all.count]
    }
}
