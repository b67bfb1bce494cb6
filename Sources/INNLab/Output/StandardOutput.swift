import Foundation
import INNKit
import Synchronization

/// Standard output, with one rule for every command: what is printed is written at once and whole. A reader that goes
/// away, as `head` does, ends the program quietly; anything else that prevents writing is an error.
package enum StandardOutput {
    /// Why ``tell(_:)`` wrote no more, if so.
    private static let failure = Mutex<INNError?>(nil)

    /// - Throws: as ``write(_:)-(String)``.
    package static func print(_ line: String) throws { try write(line + "\n") }

    /// - Throws: ``INNError`` of kind `inputOutput`; its system code is `EPIPE` when the reader went away.
    package static func write(_ text: String) throws { try write(Array(text.utf8)) }

    /// - Throws: as ``write(_:)-(String)``.
    package static func write(_ bytes: [UInt8]) throws {
        let code = bytes.withUnsafeBytes { writeWhole($0, to: STDOUT_FILENO) }
        guard code == 0 else { throw problem(code) }
    }

    /// Says how long work is going on. It goes on, too, when nobody can be told; then ``finish()`` throws.
    package static func tell(_ text: String) {
        failure.withLock { failure in
            guard failure == nil else { return }
            do {
                try write(text)
            } catch {
                failure = error as? INNError
            }
        }
    }

    /// To be called at the end of every command.
    ///
    /// - Throws: what prevented ``tell(_:)`` from writing.
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
