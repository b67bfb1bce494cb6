import Foundation
import INNKit
import Synchronization

/// Standard output, with one rule for every command: what is printed is written at once and whole. A reader that goes
/// away, as `head` does, ends the program quietly; anything else that prevents writing is an error. What is said may
/// come from the files of strangers or from a network: a terminal is sent nothing in it that it would obey, a file or a
/// pipe gets it as it is.
package enum StandardOutput {
    package static let isTerminal = isatty(STDOUT_FILENO) != 0

    /// Why ``tell(_:)`` wrote no more, if so.
    private static let failure = Mutex<INNError?>(nil)

    /// - Throws: as ``write(_:)-(String)``.
    package static func print(_ line: String) throws { try write(line + "\n") }

    /// - Throws: ``INNError`` of kind `inputOutput`; its system code is `EPIPE` when the reader went away.
    package static func write(_ text: String) throws { try write(Array((isTerminal ? text.harmless : text).utf8)) }

    /// Writes bytes as they are.
    ///
    /// - Throws: as ``write(_:)-(String)``.
    package static func write(_ bytes: [UInt8]) throws {
        let code = bytes.withUnsafeBytes { writeWhole($0, to: STDOUT_FILENO) }
        guard code == 0 else { throw problem(isReaderGone(code) ? EPIPE : code) }
    }

    /// Whether a failed write says that nobody reads any more: a pipe whose reader went away, a terminal that was hung
    /// up.
    static func isReaderGone(_ code: Int32) -> Bool {
        var status = stat()
        return code == EPIPE || code == EIO && fstat(STDOUT_FILENO, &status) == 0 && status.st_mode & S_IFMT == S_IFCHR
    }

    /// Says how long work is going on, in this program's own words, which may rewrite a line. It goes on, too, when
    /// nobody can be told; then ``finish()`` throws.
    package static func tell(_ text: String) {
        failure.withLock { failure in
            guard failure == nil else { return }
            do {
                try write(Array(text.utf8))
            } catch {
                failure = error as? INNError
            }
        }
    }

    /// Another output of a command that goes on without it could not be written; ``finish()`` throws that.
    static func lose(_ error: INNError) { failure.withLock { $0 = $0 ?? error } }

    /// To be called at the end of every command.
    ///
    /// - Throws: what prevented ``tell(_:)`` from writing, or what was lost.
    package static func finish() throws { if let failure = failure.withLock({ $0 }) { throw failure } }

    /// What is said of a write that failed.
    static func problem(_ code: Int32) -> INNError {
        let advice =
            switch code {
            case ENOSPC, EDQUOT: "is the disk full?"
            case EFBIG: "raise the limit on the size of files (ulimit -f)."
            default: "send it somewhere else and try again."
            }
        return INNError(
            .inputOutput, "The output cannot be written (\(String(cString: strerror(code)))); \(advice)",
            systemCode: code)
    }
}
