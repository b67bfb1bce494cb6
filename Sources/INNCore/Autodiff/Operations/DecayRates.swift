import CKernels

/// A = −exp(aLog), turned from `[sets, channels, stateSize]` to `[sets, stateSize, channels]` for lanes across
/// channels.
func fillDecayRates(_ aLog: Parameter, channels: Int, stateSize: Int, into rates: UnsafeMutablePointer<Float>) {
    let states = channels * stateSize
    for set in 0..<(aLog.count / states) {
        let source = aLog.values + set * states
        let target = rates + set * states
        for channel in 0..<channels {
            for state in 0..<stateSize { target[state * channels + channel] = source[channel * stateSize + state] }
        }
        inn_exp(states, target, target)
        for index in 0..<states { target[index] = -target[index] }
    }
}

/// d aLog[e][s] += dA[s][e]·A[s][e], because A = −exp(aLog).
func addDecayGradient(
    _ gradient: UnsafePointer<Float>, rates: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>,
    channels: Int, stateSize: Int
) {
    for channel in 0..<channels {
        for state in 0..<stateSize {
            target[channel * stateSize + state] +=
                gradient[state * channels + channel] * rates[state * channels + channel]
        }
    }
}

/// Number of states that the scan's forward pass stores.
func scanBoundaryCount(steps: Int) -> Int { (steps + Int(INN_SCAN_CHUNK) - 1) / Int(INN_SCAN_CHUNK) }
