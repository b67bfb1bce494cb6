import INNCore

/// Turns any UTF-8 text into text8 form, piece by piece: lower case a–z and single spaces.
///
/// Mahoney's rules for clean text: A–Z become lower case, digits are spelled out as words of their own (`7` →
/// ` seven `), and every run of anything else becomes ONE space. Like his script it knows ASCII letters only, so an
/// accented letter is a space: `café au lait` → `caf au lait`. (His removal of wiki markup is not part of it: a file is
/// taken as clean text.) Text in text8 form passes unchanged.
struct Text8Normaliser {
    private var endsInSpace = false

    /// The text8 form of a string, one byte per character.
    static func normalise(_ text: String) -> [UInt8] {
        var text = text
        var output: [UInt8] = []
        var normaliser = Text8Normaliser()
        text.withUTF8 { normaliser.append(UnsafeRawBufferPointer($0), to: &output) }
        return output
    }

    /// Normalises the next piece of a text, which is UTF-8 (see ``CharacterSurvey``), and appends the result.
    mutating func append(_ bytes: UnsafeRawBufferPointer, to output: inout [UInt8]) {
        for byte in bytes {
            if Ascii.isLowercase(byte) {
                emit(letter: byte, to: &output)
            } else if Ascii.isUppercase(byte) {
                emit(letter: byte | 0x20, to: &output)
            } else {
                emitSpace(to: &output)
                guard Ascii.isDigit(byte) else { continue }
                output.append(contentsOf: Self.digitNames[Int(byte - Ascii.zero)])
                endsInSpace = false
                emitSpace(to: &output)
            }
        }
    }

    @inline(__always)
    private mutating func emit(letter: UInt8, to output: inout [UInt8]) {
        output.append(letter)
        endsInSpace = false
    }

    @inline(__always)
    private mutating func emitSpace(to output: inout [UInt8]) {
        if !endsInSpace { output.append(Ascii.space) }
        endsInSpace = true
    }

    static let digitNames = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"].map {
        Array($0.utf8)
    }

    /// The offset of the first byte that is not a–z or a space, or that is a second space in a row; nil when the bytes
    /// are in text8 form.
    static func firstForeignByte(in bytes: UnsafeRawBufferPointer) -> Int? {
        var start = 0
        while start < bytes.count {
            let end = min(start + 4096, bytes.count)
            let block = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
            let before = start == 0 ? Ascii.a : bytes[start - 1]
            if hasForeignByte(block, after: before) {
                return (start..<end).first { index in
                    bytes[index] == Ascii.space
                        ? index > 0 && bytes[index - 1] == Ascii.space : !Ascii.isLowercase(bytes[index])
                }
            }
            start = end
        }
        return nil
    }

    /// Branch-free, so that the compiler makes vector code of it: 100 million characters are checked each time they are
    /// opened.
    private static func hasForeignByte(_ block: UnsafeRawBufferPointer, after before: UInt8) -> Bool {
        let base = block.baseAddress!.assumingMemoryBound(to: UInt8.self)
        var foreign: UInt8 = 0
        var index = 0
        while index < block.count {
            let byte = base[index]
            foreign |= (byte &- Ascii.a < 26 ? 0 : 1) & (byte == Ascii.space ? 0 : 1)
            index &+= 1
        }
        var doubled: UInt8 = (before | base[0]) == Ascii.space ? 1 : 0
        index = 1
        while index < block.count {
            doubled |= (base[index] | base[index &- 1]) == Ascii.space ? 1 : 0
            index &+= 1
        }
        return foreign | doubled != 0
    }
}
