import CNcurses

/// Wakes the driver's event loop; may be used from any thread, also after the driver was closed, and without one it
/// does nothing.
public struct TerminalWaker: Sendable {
    public init() {}

    /// Makes ``TerminalDriver/nextEvents(timeout:)`` return ``TerminalEvent/wake``. Several calls may be reported once.
    public func wake() { inn_terminal_wake() }
}
