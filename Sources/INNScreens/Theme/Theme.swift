import INNKit

/// The themes a user can choose.
public enum ThemeName: String, CaseIterable, Codable, Sendable { case dark, light, mono }

/// Semantic colour roles. Screens name roles, never colours.
///
/// A terminal of eight colours gets its own table: mixing down the rich one would turn every grey into black.
public struct Theme: Sendable, Equatable {
    public let name: ThemeName
    /// What an export paints where a cell has the terminal's default colours.
    public let paper: CellColor
    public let ink: CellColor

    var text = Style()
    var strong = Style(.terminalDefault, on: .terminalDefault, .bold)
    var dim = Style()
    var faint = Style()
    var title = Style()
    var accent = Style()
    var border = Style()
    var focusBorder = Style()
    /// Key names in the footer and in dialogs.
    var key = Style()
    var selection = Style()
    var banner = Style()
    var good = Style()
    var warning = Style()
    var bad = Style()
    /// Raw training loss, its running mean, validation loss, and other curves.
    var raw = Style()
    var smooth = Style()
    var validation = Style()
    var rate = Style()
    var gradient = Style()
    var throughput = Style()
    var reference = Style()
    var bar = Style()
    var barEmpty = Style()

    public init(_ name: ThemeName, level: ColorLevel) {
        let effective = level == .mono ? .mono : name
        self.name = effective
        paper = effective == .light ? .rgb(252, 252, 250) : .rgb(14, 18, 24)
        ink = effective == .light ? .rgb(36, 41, 47) : .rgb(208, 214, 222)
        switch (effective, level) {
        case (.mono, _), (_, .mono): applyMono()
        case (_, .palette8): applyBasic(isLight: effective == .light)
        case (.light, _): applyLight()
        case (.dark, _): applyDark()
        }
    }

    private mutating func applyDark() {
        dim = Style(.rgb(139, 148, 160))
        faint = Style(.rgb(92, 101, 114))
        title = Style(.rgb(222, 228, 236), on: .terminalDefault, .bold)
        accent = Style(.rgb(88, 196, 221), on: .terminalDefault, .bold)
        border = Style(.rgb(60, 69, 82))
        focusBorder = Style(.rgb(88, 196, 221))
        key = Style(.rgb(240, 190, 110))
        selection = Style(.rgb(240, 244, 248), on: .rgb(38, 79, 120))
        banner = Style(.rgb(255, 224, 160), on: .rgb(66, 50, 16))
        good = Style(.rgb(122, 201, 111))
        warning = Style(.rgb(240, 190, 80))
        bad = Style(.rgb(255, 107, 104), on: .terminalDefault, .bold)
        raw = Style(.rgb(56, 92, 134))
        smooth = Style(.rgb(110, 185, 255))
        validation = Style(.rgb(255, 176, 84))
        rate = Style(.rgb(190, 150, 235))
        gradient = Style(.rgb(120, 200, 170))
        throughput = Style(.rgb(200, 190, 120))
        reference = Style(.rgb(104, 114, 128))
        bar = Style(.rgb(78, 166, 190))
        barEmpty = Style(.rgb(44, 51, 61))
    }

    private mutating func applyLight() {
        dim = Style(.rgb(96, 106, 118))
        faint = Style(.rgb(142, 150, 160))
        title = Style(.rgb(20, 24, 30), on: .terminalDefault, .bold)
        accent = Style(.rgb(0, 98, 152), on: .terminalDefault, .bold)
        border = Style(.rgb(196, 202, 210))
        focusBorder = Style(.rgb(0, 120, 170))
        key = Style(.rgb(150, 84, 0))
        selection = Style(.rgb(10, 20, 30), on: .rgb(190, 220, 248))
        banner = Style(.rgb(92, 62, 0), on: .rgb(255, 238, 196))
        good = Style(.rgb(30, 125, 45))
        warning = Style(.rgb(160, 100, 0))
        bad = Style(.rgb(196, 20, 30), on: .terminalDefault, .bold)
        raw = Style(.rgb(160, 192, 224))
        smooth = Style(.rgb(0, 92, 175))
        validation = Style(.rgb(202, 92, 0))
        rate = Style(.rgb(120, 70, 180))
        gradient = Style(.rgb(0, 128, 100))
        throughput = Style(.rgb(124, 108, 0))
        reference = Style(.rgb(150, 158, 168))
        bar = Style(.rgb(20, 122, 156))
        barEmpty = Style(.rgb(224, 228, 232))
    }

    private mutating func applyBasic(isLight: Bool) {
        let blue = basicColors[4]
        let cyan = basicColors[6]
        let yellow = basicColors[3]
        let magenta = basicColors[5]
        let green = basicColors[2]
        let red = basicColors[1]
        let black = basicColors[0]
        let white = basicColors[7]
        dim = Style(.terminalDefault, on: .terminalDefault, .dim)
        faint = dim
        title = strong
        accent = Style(isLight ? blue : cyan, on: .terminalDefault, .bold)
        border = dim
        focusBorder = Style(isLight ? blue : cyan)
        key = Style(isLight ? magenta : yellow)
        selection = Style(isLight ? white : black, on: isLight ? blue : cyan)
        banner = Style(black, on: yellow)
        good = Style(green)
        warning = Style(isLight ? magenta : yellow)
        bad = Style(red, on: .terminalDefault, .bold)
        raw = dim
        smooth = Style(isLight ? blue : cyan, on: .terminalDefault, .bold)
        validation = Style(isLight ? red : yellow)
        rate = Style(magenta)
        gradient = Style(green)
        throughput = Style(isLight ? magenta : yellow)
        reference = dim
        bar = Style(isLight ? blue : cyan)
        barEmpty = dim
    }

    private mutating func applyMono() {
        dim = Style(.terminalDefault, on: .terminalDefault, .dim)
        faint = dim
        title = strong
        accent = strong
        border = dim
        focusBorder = strong
        key = strong
        selection = Style(.terminalDefault, on: .terminalDefault, .reverse)
        banner = selection
        warning = strong
        bad = Style(.terminalDefault, on: .terminalDefault, [.bold, .reverse])
        raw = dim
        smooth = strong
        reference = dim
        barEmpty = dim
    }
}

extension Theme {
    /// Styles that tell groups apart, over again when there are more groups.
    func group(_ index: Int) -> Style {
        let styles = [smooth, validation, gradient, rate, throughput, accent]
        return styles[index % styles.count]
    }
}

/// How things are drawn: the theme and what the terminal can show.
struct Look: Sendable {
    let theme: Theme
    let colors: ColorLevel
    let glyphs: GlyphLevel
    /// What losses on screen are counted per.
    let unit: TextUnit

    init(theme: ThemeName, colors: ColorLevel, glyphs: GlyphLevel, unit: TextUnit = .character) {
        self.unit = unit
        self.theme = Theme(theme, level: colors)
        // The mono theme is a choice on a colour terminal too: heatmaps must follow it.
        self.colors = theme == .mono ? .mono : colors
        self.glyphs = glyphs
    }
}
