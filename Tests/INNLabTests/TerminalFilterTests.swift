import INNKit
import Testing

@testable import INNLab

/// Text from strangers on its way to a terminal.
struct TerminalFilterTests {
    @Test func whatATerminalWouldObeyIsShown() {
        for (text, shown) in [
            ("a\u{1B}[2Jb", "a␛[2Jb"), ("one\ttwo\nthree", "one\ttwo\nthree"), ("a\rb\u{8}c\u{7}", "a␍b␈c␇"),
            ("\u{9B}31m\u{7F}", "?31m␡"), ("a\u{202E}b\u{2066}c", "a?b?c"), ("\u{0}", "␀"),
            ("Глава 书 שלום नमस्ते 👩‍👧 می‌خواهم", "Глава 书 שלום नमस्ते 👩‍👧 می‌خواهم"), ("", ""),
        ] {
            #expect(text.harmless == shown)
        }
    }

    /// A network of bytes writes them one by one.
    @Test(arguments: [
        "é书😀a", "a\u{1B}[31mé", "\u{9B}31m", "plain", "ключ\r\n",
    ])
    func charactersInPiecesComeOutWhole(text: String) {
        for size in 1...5 {
            var filter = TerminalFilter(isActive: true)
            var output: [UInt8] = []
            let bytes = Array(text.utf8)
            for start in stride(from: 0, to: bytes.count, by: size) {
                let piece = filter.pass(Array(bytes[start..<min(bytes.count, start + size)]))
                #expect(String(validating: piece, as: UTF8.self) != nil, "half a character was sent")
                output += piece
            }
            output += filter.finish()
            #expect(String(decoding: output, as: UTF8.self) == text.harmless)
        }
    }

    /// Bytes that are no UTF-8 could be control characters of eight bits.
    @Test func otherBytesAreReplaced() {
        var filter = TerminalFilter(isActive: true)
        let output = [0x9B, 0x41, 0xE4, 0xB9, 0x1B, 0xFF, 0xC3].flatMap { filter.pass([$0]) } + filter.finish()
        #expect(String(decoding: output, as: UTF8.self) == "\u{FFFD}A\u{FFFD}␛\u{FFFD}\u{FFFD}")
    }

    @Test func elsewhereEverythingPasses() {
        var filter = TerminalFilter(isActive: false)
        let bytes: [UInt8] = [0x1B, 0x5B, 0x9B, 0xFF, 0xC3]
        #expect(filter.pass(bytes) + filter.finish() == bytes)
    }
}
