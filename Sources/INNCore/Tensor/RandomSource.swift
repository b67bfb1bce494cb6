#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A small deterministic generator (splitmix64): the same seed gives the same numbers on every platform.
public struct RandomSource: Sendable, Equatable, Codable, RandomNumberGenerator {
    /// The whole state, so that a generator can be stored and continued.
    public var state: UInt64

    public init(seed: UInt64) { state = seed }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Self.scramble(state)
    }

    /// splitmix64's finaliser.
    public static func scramble(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// A key that depends on every part: for streams such as (seed, step, site).
    public static func key(_ parts: UInt64...) -> UInt64 {
        parts.reduce(0x243F_6A88_85A3_08D3) { scramble($0 ^ scramble($1 &+ 0x9E37_79B9_7F4A_7C15)) }
    }

    /// Uniform in [0, 1).
    public mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

    public mutating func uniform(_ range: ClosedRange<Double>) -> Double {
        range.lowerBound + (range.upperBound - range.lowerBound) * uniform()
    }

    /// Standard normal, by Box and Muller.
    public mutating func normal() -> Double {
        let radius = (-2 * log(1 - uniform())).squareRoot()
        return radius * cos(2 * .pi * uniform())
    }
}
