import Foundation
import INNKit

package func durationPhrase(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e9 else { return "a very long time" }
    let total = Int(bounded: seconds.rounded())
    return total >= 3600
        ? String(format: "%d:%02d:%02d h", total / 3600, total / 60 % 60, total % 60)
        : String(format: "%d:%02d min", total / 60, total % 60)
}
