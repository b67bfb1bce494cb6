import Foundation
import INNKit
import INNScreens
import INNTerminal

// Runs the terminal driver for the tests of Tests/CommandTests. Everything it notices goes, line by line, to file
// descriptor 3, since the terminal itself belongs to the driver.

var options = TerminalOptions(alternative: "use the harness")
var arguments = CommandLine.arguments.dropFirst()
while let argument = arguments.popFirst() {
    guard let value = arguments.popFirst() else { fatalError("\(argument) needs a value") }
    switch argument {
    case "--colors": options.colors = ColorLevel(rawValue: value)
    case "--glyphs": options.glyphs = GlyphLevel(rawValue: value)
    default: fatalError("unknown argument \(argument)")
    }
}
exit(Harness().run(options: options))
