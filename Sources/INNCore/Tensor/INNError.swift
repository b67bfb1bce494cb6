/// An error with one plain sentence for the user: what is wrong, where, and what to do.
///
/// The kind decides the process exit code (sysexits.h): see ``INNError/Kind/exitCode``.
public struct INNError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The class of failure, each mapped to a sysexits code.
    public enum Kind: Sendable, Equatable {
        /// Wrong arguments or an impossible configuration (EX_USAGE, 64).
        case usage
        /// Input data is malformed: a damaged checkpoint, a text without letters (EX_DATAERR, 65).
        case data
        /// An input file is missing or cannot be read (EX_NOINPUT, 66).
        case noInput
        /// A service, such as a download, is not available (EX_UNAVAILABLE, 69).
        case unavailable
        /// A bug in this program (EX_SOFTWARE, 70).
        case software
        /// An output file or folder cannot be created (EX_CANTCREAT, 73).
        case cannotCreate
        /// Reading or writing failed halfway, for example on a full disk (EX_IOERR, 74).
        case inputOutput
        /// Another process holds the resource; trying later may help (EX_TEMPFAIL, 75).
        case temporary
        /// The user's settings file holds something that cannot be (EX_CONFIG, 78).
        case configuration

        /// The sysexits.h code that a command exits with.
        public var exitCode: Int32 {
            switch self {
            case .usage: 64
            case .data: 65
            case .noInput: 66
            case .unavailable: 69
            case .software: 70
            case .cannotCreate: 73
            case .inputOutput: 74
            case .temporary: 75
            case .configuration: 78
            }
        }
    }

    public let kind: Kind
    /// One plain sentence, ending with a full stop.
    public let message: String
    /// The `errno` behind it, where the operating system refused something.
    public let systemCode: Int32?

    public init(_ kind: Kind, _ message: String, systemCode: Int32? = nil) {
        self.kind = kind
        self.message = message
        self.systemCode = systemCode
    }

    public var description: String { message }
}
