import CNcurses

/// Wakes the driver's event loop; may be used from any thread, also after the driver was closed.
public struct TerminalWaker: Sendable {
    /// Makes ``TerminalDriver/nextEvents(timeout:)`` return ``TerminalEvent/wake``. Several calls may be reported once.
    public func wake() { inn_terminal_wake() }
}
