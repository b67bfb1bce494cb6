/// A share as people write it, `38%`: what is next to nothing is told from nothing, and next to all from all.
package func percentText(_ share: Double) -> String {
    guard share.isFinite else { return "–" }
    if share > 0, share < 0.005 { return "<1%" }
    if share < 1, share >= 0.995 { return ">99%" }
    return String(Int((max(0, min(1, share)) * 100).rounded())) + "%"
}
