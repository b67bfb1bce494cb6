/// Replaces every scalar outside ASCII, for terminals or locales that cannot show it.
///
/// Screens are written with Unicode signs; this last pass is the only place that knows their ASCII stand-ins. Signs
/// that mean different things on one screen have different ones.
func asciiStandIn(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    if scalar.value < 0x7F { return scalar }
    switch scalar {
    case "─", "━", "−", "–", "—", "╌", "┄": return "-"
    case "│", "┃", "▏", "▕", "┆", "╎": return "|"
    case "┊": return ":"
    case "╭", "╮", "╰", "╯", "┌", "┐", "└", "┘", "├", "┤", "┬", "┴", "┼": return "+"
    case "·", "…": return "."
    case "×": return "x"
    case "✖": return "X"
    case "●", "▮": return "*"
    case "★": return "$"
    case "◆": return "&"
    case "■": return "#"
    case "•", "○", "◇", "▯": return "o"
    case "▸", "▶", "→", "›": return ">"
    case "◂", "←", "‹": return "<"
    case "▴", "↑": return "^"
    case "▲": return "A"
    case "▾", "▼", "↓": return "v"
    case "↕": return "I"
    case "↗", "↙": return "/"
    case "↘", "↖": return "\\"
    case "✓": return "y"
    case "‖": return "|"
    case "“", "”": return "\""
    case "█", "▓": return "#"
    case "▒": return "="
    case "░": return "."
    case "␣": return "_"
    case "∞": return "8"
    case "Σ": return "S"
    case "Δ": return "d"
    case "±": return "~"
    case "≥": return ">"
    case "≤": return "<"
    case "²": return "2"
    default: return "?"
    }
}
