import Foundation
import INNKit

func two(_ value: Double) -> String { String(format: "%.2f", value) }
func three(_ value: Double) -> String { String(format: "%.3f", value) }
func four(_ value: Double) -> String { String(format: "%.4f", value) }
func signed(_ value: Double) -> String { String(format: "%+.4f", value) }

extension PairedDifference {
    /// The interval, or a dash where there is none.
    public var interval: String {
        guard let low, let high else { return "–" }
        return "\(signed(low)) … \(signed(high))"
    }
}

extension Interval {
    /// Low and high as they are shown, or a dash for an interval from one block, which has no width. One of zeros is
    /// an interval: what makes no difference makes none anywhere.
    func bounds(_ separator: String = ", ", shown: (Double) -> String) -> String {
        low == high && low != 0 ? "–" : shown(low) + separator + shown(high)
    }
}

/// `1 cluster`, `2 clusters`.
func counted(_ number: Int, _ noun: String) -> String { "\(number.grouped) \(noun)\(number == 1 ? "" : "s")" }

extension Int {
    /// With a comma every three digits.
    var grouped: String { formatted(.number.locale(Locale(identifier: "en_US"))) }
}

extension String {
    /// With spaces behind it up to so many columns.
    package func padded(_ width: Int) -> String { self + String(repeating: " ", count: max(0, width - columns)) }

    /// With spaces before it up to so many columns.
    package func aligned(_ width: Int) -> String { String(repeating: " ", count: max(0, width - columns)) + self }
}
