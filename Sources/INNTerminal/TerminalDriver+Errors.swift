import CNcurses
import INNKit

extension TerminalDriver {
    /// The sentence for a terminal that could not be taken.
    static func error(_ result: inn_open_result, term: String) -> INNError {
        switch result {
        case INN_OPEN_NO_TERMINAL:
            INNError(.unavailable, "There is no terminal to draw on; run this in a terminal, or use --headless.")
        case INN_OPEN_NO_TERM_VARIABLE:
            INNError(.unavailable, "The TERM variable is not set, so the terminal's kind is unknown; set it (for example TERM=xterm-256color), or use --headless.")
        case INN_OPEN_UNKNOWN_TERM:
            INNError(.unavailable, "The terminal type TERM=\(term) is not in the terminfo database; try TERM=xterm-256color, or use --headless.")
        case INN_OPEN_NO_DATABASE:
            INNError(.unavailable, "No terminfo database was found for TERM=\(term); install the package ncurses-base or set TERMINFO, or use --headless.")
        case INN_OPEN_CANNOT_POSITION:
            INNError(.unavailable, "The terminal TERM=\(term) cannot move its cursor, so the screens cannot be drawn; use --headless.")
        case INN_OPEN_ALREADY_OPEN:
            INNError(.software, "The terminal is already in use by this process; close the first driver before opening another.")
        default:
            INNError(.unavailable, "The terminal TERM=\(term) could not be set up; try TERM=xterm-256color, or use --headless.")
        }
    }
}
