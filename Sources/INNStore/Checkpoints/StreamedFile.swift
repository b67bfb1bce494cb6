import Foundation
import INNCore

/// An ``OutputFile`` for long text that is written piece by piece, compressed where its name ends with `.gz`.
public final class StreamedFile {
    private let file: OutputFile
    private let gzip: GzipStream?

    /// - Throws: ``INNError`` when it cannot be created.
    public init(_ path: String) throws {
        gzip = path.hasSuffix(".gz") ? try GzipStream() : nil
        file = try OutputFile(path)
    }

    /// - Throws: ``INNError`` of kind `inputOutput`, for example when the disk is full.
    public func write(_ text: String) throws {
        var text = text
        try text.withUTF8 { bytes in
            if let gzip {
                try put(gzip.compressed(UnsafeRawBufferPointer(bytes)))
            } else {
                try file.write(UnsafeRawBufferPointer(bytes))
            }
        }
    }

    /// Writes the rest and makes the file appear under its name. To be called once, at the end.
    public func finish() throws {
        if let gzip { try put(gzip.finish()) }
        try file.finish()
    }

    private func put(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try file.write($0) } }
}
