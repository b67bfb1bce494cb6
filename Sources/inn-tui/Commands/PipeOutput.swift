import Foundation
import INNKit
import INNLab

/// Standard output for a stream that its reader may close at any time, as `head` does: then the program ends quietly.
enum PipeOutput {
    /// A terminal is sent nothing in the text that it would obey.
    static func write(_ text: String) throws {
        try write(Array((StandardOutput.isTerminal ? text.harmless : text).utf8))
    }

    /// - Throws: ``INNError`` when writing fails for another reason, such as a full disk.
    static func write(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { systemWrite(STDOUT_FILENO, $0.baseAddress!, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno == EPIPE {
                exit(0)
            } else if errno != EINTR {
                throw failure(errno)
            }
        }
    }

    /// Writes out what `print` still holds back.
    ///
    /// - Throws: ``INNError`` when it cannot be written although somebody waits for it, for example on a full disk.
    static func finish() throws {
        guard fflush(nil) != 0 else { return }
        let code = errno
        guard code != EPIPE else { return }
        throw failure(code)
    }

    private static func failure(_ code: Int32) -> INNError {
        let advice = code == EFBIG ? "raise the limit on the size of files (ulimit -f)" : "is the disk full?"
        return INNError(
            .inputOutput,
            "The output cannot be written (\(String(cString: strerror(code)))); \(advice)\(code == EFBIG ? "." : "")")
    }

    private static func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
        #if canImport(Glibc)
        Glibc.write(descriptor, bytes, count)
        #else
        Darwin.write(descriptor, bytes, count)
        #endif
    }
}
