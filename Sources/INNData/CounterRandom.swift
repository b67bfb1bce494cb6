import INNCore

/// Random numbers as a pure function of a seed and a counter, the same on every platform.
///
/// The output function of SplitMix64 (Steele, Lea and Flood 2014) over `seed`-dependent counters: nothing has to be
/// stored to continue a sequence.
struct CounterRandom: Sendable {
    private let key: UInt64

    init(seed: UInt64) {
        key = Self.mix(seed &+ 0x9E37_79B9_7F4A_7C15)
    }

    /// 64 random bits for a counter.
    @inline(__always)
    func bits(_ counter: UInt64) -> UInt64 {
        Self.mix(key &+ (counter &+ 1) &* 0x9E37_79B9_7F4A_7C15)
    }

    /// A number in `0..<bound` for a counter.
    @inline(__always)
    func number(_ counter: UInt64, below bound: Int) -> Int {
        Int(bits(counter).multipliedFullWidth(by: UInt64(bound)).high)
    }

    @inline(__always)
    private static func mix(_ value: UInt64) -> UInt64 {
        var mixed = value
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
