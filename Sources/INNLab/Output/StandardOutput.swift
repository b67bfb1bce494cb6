import Foundation
import INNKit

/// Lines on standard output. What they say may come from the files of strangers or from a network: a terminal is sent
/// nothing in it that it would obey, a file or a pipe gets it as it is.
package enum StandardOutput {
    package static let isTerminal = isatty(STDOUT_FILENO) != 0

    /// Prints a line, or several.
    package static func print(_ text: String) { Swift.print(isTerminal ? text.harmless : text) }
}
