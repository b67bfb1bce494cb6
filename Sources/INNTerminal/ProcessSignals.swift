import CNcurses

/// The signals that nobody handles, and the end of the process by one of them.
public enum ProcessSignals {
    /// From now on every signal that ends the process gives the terminal back first, and the process ends by that very
    /// signal, also where the Swift runtime would ask on the terminal what to do. A file that grows beyond `ulimit -f`
    /// and a pipe that nobody reads are errors of the write. To be called first of all.
    public static func prepare() { inn_signals_guard() }
}
