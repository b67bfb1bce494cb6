/// The generator behind all mutations (SplitMix64): the same seed gives the same inputs everywhere.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// Changes bytes: bits, fields that may be lengths, numbers in text, pieces cut out, doubled or taken from other files.
struct Mutator {
    var random: SplitMix

    init(seed: UInt64) { random = SplitMix(state: seed) }

    mutating func below(_ limit: Int) -> Int { Int.random(in: 0..<max(1, limit), using: &random) }

    /// True once in `count` times on average.
    mutating func once(in count: Int) -> Bool { below(count) == 0 }

    mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }

    /// One to eight changes, mostly few.
    ///
    /// - Parameter donors: other valid files to take pieces from.
    mutating func bytes(_ original: [UInt8], donors: [[UInt8]]) -> [UInt8] {
        var bytes = original
        for _ in 0..<(1 << below(4)) { change(&bytes, donors) }
        return bytes
    }

    private mutating func change(_ bytes: inout [UInt8], _ donors: [[UInt8]]) {
        guard !bytes.isEmpty else {
            bytes = [UInt8](repeating: 0, count: below(16))
            return
        }
        let place = below(bytes.count)
        switch below(12) {
        case 0, 1: bytes[place] ^= 1 << below(8)
        case 2: bytes[place] = UInt8(truncatingIfNeeded: random.next())
        case 3, 4: overwrite(&bytes, at: place)
        case 5: bytes.removeSubrange(place...)
        case 6: bytes.removeSubrange(place..<min(bytes.count, place + 1 + below(64)))
        case 7: bytes.insert(contentsOf: piece(of: bytes), at: place)
        case 8: bytes.insert(contentsOf: piece(of: pick(donors)), at: place)
        case 9: bytes.replaceSubrange(place..., with: piece(of: pick(donors), longest: 4096))
        case 10:
            for index in place..<min(bytes.count, place + 1 + below(32)) {
                bytes[index] = bytes[place] & 1 == 0 ? 0 : 0xFF
            }
        default: replaceNumber(&bytes, near: place)
        }
    }

    private mutating func piece(of bytes: [UInt8], longest: Int = 256) -> ArraySlice<UInt8> {
        guard !bytes.isEmpty else { return [] }
        let start = below(bytes.count)
        return bytes[start..<min(bytes.count, start + 1 + below(longest))]
    }

    private static let interesting: [UInt64] = [
        0, 1, 2, 7, 8, 127, 128, 255, 256, 4095, 4096, 32_767, 32_768, 65_535, 65_536, 1 << 20, 1 << 24, 1 << 30,
        0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF,
        1 << 40, 1 << 53, 1 << 62, 0x7FFF_FFFF_FFFF_FFFF, 0x8000_0000_0000_0000, .max, .max - 1,
    ]

    /// Writes a number that tends to break things over 1, 2, 4 or 8 bytes, in either byte order.
    private mutating func overwrite(_ bytes: inout [UInt8], at place: Int) {
        let value = pick(Self.interesting)
        let width = 1 << below(4)
        let isBigEndian = once(in: 3)
        for index in 0..<width where place + index < bytes.count {
            bytes[place + index] = UInt8(
                truncatingIfNeeded: value >> UInt64(8 * (isBigEndian ? width - 1 - index : index)))
        }
    }

    /// Replaces the next run of decimal digits.
    private mutating func replaceNumber(_ bytes: inout [UInt8], near place: Int) {
        func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }
        guard let start = bytes[place...].firstIndex(where: isDigit) else { return }
        let end = bytes[start...].firstIndex { !isDigit($0) } ?? bytes.count
        bytes.replaceSubrange(start..<end, with: number().utf8)
    }

    /// A number as text, of those that parsers and arithmetic stumble over.
    mutating func number() -> String {
        pick([
            "0", "1", "-1", "2", "3", "4", "8", "16", "64", "255", "256", "4096", "4097", "65536", "2147483647",
            "2147483648", "4294967296", "1099511627776",
            "9007199254740993", "9223372036854775807", "9223372036854775808", "18446744073709551615",
            "-9223372036854775808", "1e18", "1e308", "1e999", "0.5", "-0",
            "1.5e-300", "00", "1e", "99999999999999999999999999",
        ])
    }
}
