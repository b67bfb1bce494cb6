import INNCore

extension Corpus {
    /// Names the content, to notice that a run is resumed on another text: `xxh64:` and the XXH64 of all bytes in 16
    /// hexadecimal digits; of a text that was read through an alphabet of its own, of that and its alphabet.
    ///
    /// Worked out once, when it is first asked for. ``sha256()`` is proof against forgery.
    public var fingerprint: String {
        known.withLock { known in
            if let known { return known }
            var made = withBytes { digits(of: XXH64.hash($0)) }
            if case .unicode(let table) = alphabet {
                let facts = Array((made + String(String.UnicodeScalarView(table.characters))).utf8)
                made = digits(of: facts.withUnsafeBytes { XXH64.hash($0) })
            }
            made = Self.fingerprintPrefix + made
            known = made
            return made
        }
    }

    /// Makes sure that a run with this fingerprint was trained on this text.
    ///
    /// - Throws: ``INNError`` of kind `data` when it was another.
    public func require(fingerprint: String) throws {
        guard fingerprint == (fingerprint.hasPrefix(Self.fingerprintPrefix) ? self.fingerprint : sampledFingerprint)
        else {
            throw INNError(
                .data,
                """
                The run was trained on another text than \(summary); name the one that it started with: inn-tui train \
                TEXT --resume RUN, or --data-dir for text8 and enwik8.
                """
            )
        }
    }

    private static let fingerprintPrefix = "xxh64:"

    /// The fingerprint of runs from before it covered all bytes: FNV-1a (64 bit) over the count and 64 evenly spread
    /// blocks of 4 KiB.
    var sampledFingerprint: String {
        withBytes { bytes in
            var hash = FNV1a()
            withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { hash.append($0) }
            let block = 4096
            let blocks = min(64, (bytes.count + block - 1) / block)
            for index in 0..<blocks {
                let start = blocks == 1 ? 0 : (bytes.count - min(block, bytes.count)) / (blocks - 1) * index
                hash.append(UnsafeRawBufferPointer(rebasing: bytes[start..<min(start + block, bytes.count)]))
            }
            return hash.hexadecimal
        }
    }

    /// SHA-256 of the text as it is read, in UTF-8 or its own bytes, as 64 lower-case hexadecimal digits; reads the
    /// whole corpus.
    ///
    /// - Throws: ``INNError`` of kind `software` when libarchive was built without digests.
    public func sha256() throws -> String {
        guard alphabet.isOwn else { return try withBytes { try Digest.sha256.hexadecimal(of: $0) } }
        return try Array(text(in: 0..<count).utf8).withUnsafeBytes { try Digest.sha256.hexadecimal(of: $0) }
    }
}

/// The 64-bit Fowler–Noll–Vo hash 1a: a short name for short texts, not a protection against forgery.
struct FNV1a {
    private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        for byte in bytes {
            value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
        }
    }

    mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    /// 16 lower-case hexadecimal digits.
    var hexadecimal: String { digits(of: value) }
}

/// 16 lower-case hexadecimal digits.
private func digits(of value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
}
