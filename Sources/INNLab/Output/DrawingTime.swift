import Foundation
import INNScreens

/// How long the screens take to be drawn.
package enum DrawingTime {
    /// Draws 200 times and prints on standard error what one takes.
    package static func print(of state: AppState) {
        let times = (0..<200).map { _ in
            let start = ContinuousClock.now
            _ = state.rendered()
            return start.duration(to: .now) / .milliseconds(1)
        }.sorted()
        StandardError.print(
            String(
                format: "%.2f ms in the middle, %.2f ms in 95 of 100, n %d", times[times.count / 2],
                times[times.count * 95 / 100], times.count))
    }
}
