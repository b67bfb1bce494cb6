import INNScreens

/// Something that reached the program from the terminal, in the order in which it is to be handled.
public enum TerminalEvent: Equatable, Sendable {
    case key(Key)
    case mouse(MouseEvent)
    /// The whole of a text that the user pasted, where the terminal tells it from keys.
    case paste(PastedText)
    /// The screen now has this many columns and rows. A burst of changes is reported once.
    case resized(width: Int, height: Int)
    /// Ctrl-C. A third one that nobody has taken from ``TerminalDriver/nextEvents(timeout:)`` ends the process.
    case interrupt
    /// SIGTERM. A second one that nobody has taken ends the process.
    case terminate
    /// SIGHUP, or the terminal is gone. Reported once for a terminal that is gone; drawing has no effect from then on.
    case hangup
    /// Ctrl-Z or SIGTSTP: the program answers with ``TerminalDriver/suspend()`` when it is ready to stop.
    case suspendRequested
    /// The program has the screen again and must draw it.
    case continued
    /// Somebody called ``TerminalWaker/wake()``.
    case wake
    /// The colour of the terminal's background, after ``TerminalDriver/askForBackground()``.
    case background(CellColor)
    /// A line that some code printed to standard output or standard error while the screen was up.
    case logLine(String)

    /// Whether the user typed or pasted it and waits to see it.
    public var isTyped: Bool {
        switch self {
        case .key, .paste: true
        default: false
        }
    }
}
