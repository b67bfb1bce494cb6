import CArchive
import Foundation
import INNCore

/// Reads the one text inside a compressed file or an archive (zip, tar, gzip, xz, bzip2, zstd) piece by piece: gzip
/// through zlib, the others through libarchive.
struct ArchiveReader {
    private let file: SourceFile
    /// Decompression stops with an error beyond this many bytes, so that a small file cannot fill the disk.
    private let byteLimit: Int
    private var path: String { file.path }

    init(_ file: SourceFile, byteLimit: Int) {
        (self.file, self.byteLimit) = (file, byteLimit)
    }

    /// - Throws: as ``SourceFile/init(_:)``.
    init(path: String, byteLimit: Int) throws { self.init(try SourceFile(path), byteLimit: byteLimit) }

    /// No text becomes a 256th of its size in a compressed file; one that does is made to fill a disk or memory.
    private static let ratioLimit = 256
    /// Up to here any ratio will do.
    private static let harmlessBytes = 1 << 24

    /// Decompresses the file.
    ///
    /// - Parameter body: receives the content in order; the memory is valid only during the call.
    /// - Throws: ``INNError`` of kind `data` for a damaged, truncated or empty archive, one with several files, one
    ///   packed several times over, one of another kind than those above, or one whose text is larger than the limit or
    ///   out of all proportion to the archive; whatever `body` throws.
    func read(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        switch try PackedForm(file.prefix(PackedForm.length)) {
        case .foreign(let name):
            throw INNError(.data, "\(path) is \(name), which is not read here: unpack it and name the text.")
        case .gzip: try readGzip(body)
        case .archive, nil: try readArchive(body)
        }
    }

    private func readArchive(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        try requireOneFile()
        try withArchive(Self.formats) { archive in
            guard let name = try nextFile(archive) else { throw holdsNothing }
            // A file that only begins like an archive would pass as raw text.
            guard archive_format(archive) != ARCHIVE_FORMAT_RAW || archive_filter_count(archive) == 2 else {
                throw damaged(archive)
            }
            var total = 0
            var beginning = Beginning()
            while let piece = try nextPiece(archive) {
                total += piece.count
                try checkSize(total, packed: file.count)
                try beginning.pass(piece, require: requireText, to: body)
            }
            try beginning.finish(require: requireText, to: body)
            guard total > 0 else { throw holdsNothing }
            // Only the next header shows that a zip's checksum and trailer are in order.
            try requireEnd(archive, after: name)
        }
    }

    private func readGzip(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        var beginning = Beginning()
        var total = 0
        func passOn(_ piece: UnsafeRawBufferPointer) throws {
            total += piece.count
            try checkSize(total, packed: file.count)
            try beginning.pass(piece, require: requireTextOrTar, to: body)
        }
        do {
            try GzipReader(file: file).read(passOn)
            try beginning.finish(require: requireTextOrTar, to: body)
        } catch is HoldsTar {
            // The checksums are zlib's to compare, so it reads all of it once more.
            total = 0
            try GzipReader(file: file).read { piece in
                total += piece.count
                try checkSize(total, packed: file.count)
            }
            return try readArchive(body)
        }
        guard total > 0 else { throw holdsNothing }
    }

    private struct HoldsTar: Error {}

    private func requireTextOrTar(_ beginning: [UInt8]) throws {
        if PackedForm.isTar(beginning) { throw HoldsTar() }
        try requireText(beginning)
    }

    /// Refuses what was decompressed when it is an archive again.
    private func requireText(_ beginning: [UInt8]) throws {
        guard let form = PackedForm(beginning) else { return }
        // A text may begin with the letters of bzip2, so more of its signature is asked for.
        let isBzip2 = beginning.starts(with: "BZh".utf8)
        let signature: [UInt8] = [0x31, 0x41, 0x59, 0x26, 0x53, 0x59]
        if form == .archive, isBzip2, !beginning.dropFirst(4).starts(with: signature) { return }
        throw severalLayers
    }

    /// The first bytes of what was decompressed, which are looked at before they are passed on.
    private struct Beginning {
        private var bytes: [UInt8] = []
        private var isPassed = false

        mutating func pass(
            _ piece: UnsafeRawBufferPointer, require: ([UInt8]) throws -> Void,
            to body: (UnsafeRawBufferPointer) throws -> Void
        ) throws {
            if isPassed {
                if !piece.isEmpty { try body(piece) }
                return
            }
            bytes.append(contentsOf: piece)
            if bytes.count >= PackedForm.length { try finish(require: require, to: body) }
        }

        /// Passes on what was held back so far.
        mutating func finish(
            require: ([UInt8]) throws -> Void, to body: (UnsafeRawBufferPointer) throws -> Void
        ) throws {
            guard !isPassed else { return }
            isPassed = true
            try require(bytes)
            if !bytes.isEmpty { try bytes.withUnsafeBytes(body) }
            bytes = []
        }
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

    /// - Throws: an error that names the files when another one follows.
    private func requireEnd(_ archive: OpaquePointer, after first: String) throws {
        guard let second = try nextFile(archive) else { return }
        // How many there are would take unpacking them.
        throw INNError(
            .data,
            """
            \(path) holds several files (the first two: \(first.shortened), \(second.shortened)): unpack it and name \
            the one to train on.
            """
        )
    }

    /// A zip or a tar can hold several files, and which of them is meant cannot be guessed. The directory of the one
    /// and the headers of the other tell without decompressing anything; where that would be needed, as with a tar
    /// inside xz, reading comes upon the second file by itself.
    private func requireOneFile() throws {
        try withArchive([
            archive_read_support_format_zip_seekable, archive_read_support_format_tar, archive_read_support_format_raw,
            archive_read_support_format_empty,
        ]) { archive in
            guard let first = try nextFile(archive), archive_format(archive) != ARCHIVE_FORMAT_RAW,
                archive_filter_count(archive) == 1
            else { return }
            try requireEnd(archive, after: first)
        }
    }

    private typealias Support = (OpaquePointer?) -> Int32

    private static var formats: [Support] {
        [
            archive_read_support_format_zip, archive_read_support_format_tar, archive_read_support_format_raw,
            archive_read_support_format_empty,
        ]
    }

    private func withArchive(_ formats: [Support], _ body: (OpaquePointer) throws -> Void) throws {
        guard let archive = archive_read_new() else {
            throw INNError(
                .software, "libarchive could not be started to read \(path): free some memory and try again.")
        }
        defer { archive_read_free(archive) }
        // The text in a gzip is read by zlib; here it is noticed as a layer, or holds a tar.
        archive_read_support_filter_gzip(archive)
        archive_read_support_filter_xz(archive)
        archive_read_support_filter_bzip2(archive)
        archive_read_support_filter_zstd(archive)
        for support in formats { _ = support(archive) }
        // What follows the mark at the end of a tar would be dropped without a word.
        _ = archive_read_set_format_option(archive, "tar", "read_concatenated_archives", "1")
        let source = ArchiveSource(file)
        do {
            guard source.open(archive) else { throw damaged(archive) }
            try body(archive)
        } catch {
            throw source.failure ?? error
        }
    }

    /// What a Mac packs beside every file, and no text: its attributes and how a folder is shown.
    private static func isCompanion(_ name: String) -> Bool {
        let parts = name.split(separator: "/")
        return parts.first == "__MACOSX" || parts.last == ".DS_Store" || parts.last?.hasPrefix("._") == true
    }

    /// The name of the next entry that is a regular file with a content of its own, or nil at the end.
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
                let name = archive_entry_pathname(entry).map(String.init(cString:)) ?? "unnamed"
                if !Self.isCompanion(name) { return name }
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
