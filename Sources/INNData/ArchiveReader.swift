import CArchive
import Foundation
import INNCore

/// Reads the one text inside a compressed file (zip, gzip, xz, bzip2, zstd) piece by piece: gzip through zlib, the
/// others through libarchive.
struct ArchiveReader {
    let path: String
    /// Decompression stops with an error beyond this many bytes, so that a small file cannot fill the disk.
    let byteLimit: Int

    /// Whether a file begins like one of the compressed formats.
    static func isArchive(_ bytes: some Collection<UInt8>) -> Bool { magics.contains { bytes.starts(with: $0) } }

    /// Bytes that ``isArchive(_:)`` looks at.
    static let magicLength = 6

    private static let magics: [[UInt8]] = [
        [0x50, 0x4B, 0x03, 0x04], [0x50, 0x4B, 0x05, 0x06], GzipReader.magic, [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00],
        [0x42, 0x5A, 0x68], [0x28, 0xB5, 0x2F, 0xFD],
    ]

    /// No text becomes a 256th of its size in a compressed file; one that does is made to fill a disk or memory.
    private static let ratioLimit = 256
    /// Up to here any ratio will do.
    private static let harmlessBytes = 1 << 24

    /// Decompresses the file.
    ///
    /// - Parameter body: receives the content in order; the memory is valid only during the call.
    /// - Throws: ``INNError`` of kind `data` for a damaged, truncated or empty archive, one with several files, one
    ///   packed several times over, or one whose text is larger than the limit or out of all proportion to the archive;
    ///   whatever `body` throws.
    func read(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        let file = try SourceFile(path)
        if try file.prefix(2) == GzipReader.magic { return try readGzip(file, body) }
        try requireOneFile()
        let packed = file.count
        try withArchive(Self.formats) { archive in
            guard let name = try nextFile(archive) else { throw holdsNothing }
            // A file that only begins like an archive would pass as raw text.
            guard archive_format(archive) != ARCHIVE_FORMAT_RAW || archive_filter_count(archive) == 2 else {
                throw damaged(archive)
            }
            var total = 0
            while let piece = try nextPiece(archive) {
                total += piece.count
                try checkSize(total, packed: packed)
                if !piece.isEmpty { try body(piece) }
            }
            guard total > 0 else { throw holdsNothing }
            // Only the next header shows that a zip's checksum and trailer are in order.
            if let second = try nextFile(archive) { throw severalFiles(name, second) }
        }
    }

    private func readGzip(_ file: SourceFile, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        var total = 0
        try GzipReader(file: file).read { piece in
            if total == 0, Self.isPacked(piece) { throw severalLayers }
            total += piece.count
            try checkSize(total, packed: file.count)
            try body(piece)
        }
        guard total > 0 else { throw holdsNothing }
    }

    /// Whether decompressed text is an archive again. A text may begin with the letters of bzip2, so more of its
    /// signature is asked for.
    private static func isPacked(_ bytes: UnsafeRawBufferPointer) -> Bool {
        isArchive(bytes)
            && (!bytes.starts(with: "BZh".utf8)
                || bytes.dropFirst(4).starts(with: [0x31, 0x41, 0x59, 0x26, 0x53, 0x59]))
    }

    private func checkSize(_ total: Int, packed: Int) throws {
        guard total <= byteLimit else {
            throw INNError(
                .data,
                """
                \(path) decompresses to more than \(grouped(byteLimit)) bytes, so it was not read: cut the text \
                down first.
                """
            )
        }
        guard total <= max(Self.harmlessBytes, packed.multipliedReportingOverflow(by: Self.ratioLimit).partialValue)
        else {
            throw INNError(
                .data,
                """
                \(path) decompresses to more than \(Self.ratioLimit) times its size, as no text does, so it was \
                not read: check where it comes from.
                """
            )
        }
    }

    private var holdsNothing: INNError {
        INNError(.data, "\(path) holds no text: name an archive with one text file in it.")
    }

    private var severalLayers: INNError {
        INNError(.data, "\(path) was compressed several times over: unpack it and name the text.")
    }

    private func severalFiles(_ first: String, _ second: String) -> INNError {
        INNError(
            .data,
            """
            \(path) holds several files (\(first.shortened), \(second.shortened), …): unpack it and name the one \
            to train on.
            """
        )
    }

    /// A zip can hold several files, and which of them is meant cannot be guessed. Its directory tells without
    /// decompressing anything.
    private func requireOneFile() throws {
        try withArchive([
            archive_read_support_format_zip_seekable, archive_read_support_format_raw,
            archive_read_support_format_empty,
        ]) { archive in
            guard let first = try nextFile(archive), archive_format(archive) != ARCHIVE_FORMAT_RAW else { return }
            if let second = try nextFile(archive) { throw severalFiles(first, second) }
        }
    }

    private typealias Support = (OpaquePointer?) -> Int32

    private static var formats: [Support] {
        [archive_read_support_format_zip, archive_read_support_format_raw, archive_read_support_format_empty]
    }

    private func withArchive(_ formats: [Support], _ body: (OpaquePointer) throws -> Void) throws {
        guard let archive = archive_read_new() else {
            throw INNError(
                .software, "libarchive could not be started to read \(path): free some memory and try again.")
        }
        defer { archive_read_free(archive) }
        // Gzip is read by zlib, and known here only to be noticed as a layer.
        archive_read_support_filter_gzip(archive)
        archive_read_support_filter_xz(archive)
        archive_read_support_filter_bzip2(archive)
        archive_read_support_filter_zstd(archive)
        for support in formats { _ = support(archive) }
        guard archive_read_open_filename(archive, path, 1 << 16) == ARCHIVE_OK else { throw damaged(archive) }
        try body(archive)
    }

    /// The name of the next entry that is a regular file, or nil at the end.
    private func nextFile(_ archive: OpaquePointer) throws -> String? {
        var entry: OpaquePointer?
        while true {
            let result = archive_read_next_header(archive, &entry)
            if result == ARCHIVE_EOF { return nil }
            guard result == ARCHIVE_OK || result == ARCHIVE_WARN else { throw damaged(archive) }
            // libarchive peels any number of layers, of which each may be a thousand times as large as the one around
            // it.
            guard archive_filter_count(archive) <= 2 else {
                throw severalLayers
            }
            if archive_entry_filetype(entry) == 0o100000 {
                return archive_entry_pathname(entry).map(String.init(cString:)) ?? "unnamed"
            }
        }
    }

    private func nextPiece(_ archive: OpaquePointer) throws -> UnsafeRawBufferPointer? {
        var start: UnsafeRawPointer?
        var count = 0
        var offset: Int64 = 0
        switch archive_read_data_block(archive, &start, &count, &offset) {
        case ARCHIVE_EOF: return nil
        case ARCHIVE_OK: return UnsafeRawBufferPointer(start: start, count: count)
        default: throw damaged(archive)
        }
    }

    private func damaged(_ archive: OpaquePointer) -> INNError {
        let detail =
            archive_error_string(archive).map { String(cString: $0).lowercased().shortened } ?? "unknown damage"
        return INNError(.data, "\(path) is damaged or cut off (\(detail)): fetch or pack it again.")
    }
}
