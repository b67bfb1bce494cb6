import INNKit
import INNScreens

extension TerminalDriver {
    /// Shows a menu until something is chosen.
    ///
    /// - Returns: the command line chosen, without the program's name; nil when the user leaves.
    public func choose(from menu: StartMenu) -> [String]? {
        var menu = menu
        askForBackground()
        while true {
            let (width, height) = size
            draw(
                menu.rendered(
                    width: width, height: height, colors: capabilities.colors, glyphs: capabilities.glyphs))
            for event in nextEvents(timeout: nil) {
                var outcome = StartMenu.Outcome.stays
                switch event {
                case .key(let key): outcome = menu.handle(key)
                case .mouse(let mouse): outcome = menu.handle(mouse, width: width, height: height)
                case .interrupt, .terminate, .hangup: return nil
                case .suspendRequested:
                    suspend()
                    redrawAll()
                case .continued: redrawAll()
                case .background(let color): menu.background = color
                case .paste, .resized, .wake, .logLine: break
                }
                switch outcome {
                case .stays: break
                case .run(let arguments): return arguments
                case .leave: return nil
                }
            }
        }
    }
}
