import INNCore

/// xxHash, 64 bit (github.com/Cyan4973/xxHash, doc/xxhash_spec.md): a name for bytes that is made as fast as memory is
/// read, not a protection against forgery.
enum XXH64 {
    private static let prime1: UInt64 = 0x9E37_79B1_85EB_CA87, prime2: UInt64 = 0xC2B2_AE3D_27D4_EB4F,
        prime3: UInt64 = 0x1656_67B1_9E37_79F9
    private static let prime4: UInt64 = 0x85EB_CA77_C2B2_AE63, prime5: UInt64 = 0x27D4_EB2F_1656_67C5

    static func hash(_ bytes: UnsafeRawBufferPointer, seed: UInt64 = 0) -> UInt64 {
        var position = 0
        var result = bytes.count < 32 ? seed &+ prime5 : stripes(bytes, seed, &position)
        result &+= UInt64(bytes.count)
        while position + 8 <= bytes.count {
            result = rotated(result ^ round(0, word(bytes, position)), 27) &* prime1 &+ prime4
            position += 8
        }
        if position + 4 <= bytes.count {
            let half = UInt64(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self)))
            result = rotated(result ^ half &* prime1, 23) &* prime2 &+ prime3
            position += 4
        }
        while position < bytes.count {
            result = rotated(result ^ UInt64(bytes[position]) &* prime5, 11) &* prime1
            position += 1
        }
        return avalanche(result)
    }

    /// Four sums side by side over all whole pieces of 32 bytes.
    private static func stripes(_ bytes: UnsafeRawBufferPointer, _ seed: UInt64, _ position: inout Int) -> UInt64 {
        var (a, b, c, d) = (seed &+ prime1 &+ prime2, seed &+ prime2, seed, seed &- prime1)
        let end = bytes.count & ~31
        while position < end {
            a = round(a, word(bytes, position))
            b = round(b, word(bytes, position &+ 8))
            c = round(c, word(bytes, position &+ 16))
            d = round(d, word(bytes, position &+ 24))
            position &+= 32
        }
        let sum = rotated(a, 1) &+ rotated(b, 7) &+ rotated(c, 12) &+ rotated(d, 18)
        return [a, b, c, d].reduce(sum) { ($0 ^ round(0, $1)) &* prime1 &+ prime4 }
    }

    @inline(__always)
    private static func word(_ bytes: UnsafeRawBufferPointer, _ position: Int) -> UInt64 {
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
    }

    @inline(__always)
    private static func round(_ sum: UInt64, _ word: UInt64) -> UInt64 { rotated(sum &+ word &* prime2, 31) &* prime1 }

    @inline(__always)
    private static func rotated(_ value: UInt64, _ count: UInt64) -> UInt64 { value << count | value >> (64 - count) }

    private static func avalanche(_ value: UInt64) -> UInt64 {
        var value = value
        value = (value ^ value >> 33) &* prime2
        value = (value ^ value >> 29) &* prime3
        return value ^ value >> 32
    }
}
