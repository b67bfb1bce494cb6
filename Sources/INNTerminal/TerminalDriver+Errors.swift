import CNcurses
import INNKit

extension TerminalDriver {
    /// The sentence for a terminal that could not be taken.
    ///
    /// - Parameter alternative: what can be done without one.
    static func error(_ result: inn_open_result, term: String, alternative: String?) -> INNError {
        if result == INN_OPEN_ALREADY_OPEN {
            return INNError(
                .software,
                "The terminal is already in use by this process; close the first driver before opening another.")
        }
        let (problem, remedy) = explanation(result, term: term)
        return INNError(.unavailable, "\(problem); \(remedy)" + (alternative.map { ", or \($0)." } ?? "."))
    }

    private static func explanation(_ result: inn_open_result, term: String) -> (problem: String, remedy: String) {
        switch result {
        case INN_OPEN_NO_TERMINAL:
            ("There is no terminal to draw on", "run this in a terminal")
        case INN_OPEN_NO_TERM_VARIABLE:
            ("The TERM variable is not set, so the kind of the terminal is unknown", "set TERM=xterm-256color")
        case INN_OPEN_UNKNOWN_TERM:
            ("The terminal type TERM=\(term) is not in the terminfo database", "set TERM=xterm-256color")
        case INN_OPEN_NO_DATABASE:
            ("No terminfo entry was found for TERM=\(term)", "install the package ncurses-base")
        case INN_OPEN_CANNOT_POSITION:
            ("The terminal type TERM=\(term) cannot move its cursor", "run this in another terminal")
        case INN_OPEN_NOT_READ:
            ("Nothing reads what is written to the terminal", "let its output go on, for example with Ctrl-Q")
        default:
            ("The terminal TERM=\(term) could not be set up", "set TERM=xterm-256color")
        }
    }
}
