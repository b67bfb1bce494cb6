#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The environment variables that decide how the terminal is used.
public struct TerminalEnvironment: Sendable {
    /// `TERM`.
    public var term: String
    /// `NO_COLOR` is set and not empty (no-color.org).
    public var noColor: Bool
    /// Frames are bracketed by mode 2026 unless `INN_SYNC=0`.
    public var synchronizedOutput: Bool

    /// The environment of this process.
    public static var current: TerminalEnvironment {
        TerminalEnvironment(
            term: variable("TERM"), noColor: !variable("NO_COLOR").isEmpty,
            synchronizedOutput: variable("INN_SYNC") != "0")
    }

    private static func variable(_ name: String) -> String {
        getenv(name).map { String(cString: $0) } ?? ""
    }
}
