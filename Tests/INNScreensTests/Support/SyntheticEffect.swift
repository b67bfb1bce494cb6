import INNKit

@testable import INNScreens

/// What interventions might have been measured to do.
enum SyntheticEffect {
    /// The effect of what is active, 0.0125 bits per character over 64 characters.
    static func of(
        _ state: AppState, changed: ProbeSnapshot? = nil, intact: ProbeSnapshot? = nil, step: Int = 412
    ) -> InterventionEffect {
        let reference = [Float](repeating: 2, count: 64)
        let difference = PairedDifference(
            reference.indices.map { 2 + ($0 < 32 ? 0.0125 : 0.0375) }, minus: reference, blockLength: 32)!
        return InterventionEffect(
            state.run.interventions.active, step: step, difference: difference, changed: changed, intact: intact)
    }
}
