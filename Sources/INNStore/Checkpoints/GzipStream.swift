import CArchive
import INNCore

/// Compresses bytes piece by piece into the gzip format, with bounded memory. The same bytes give the same file.
final class GzipStream {
    /// Where libarchive puts what it has compressed.
    private final class Output { var bytes: [UInt8] = [] }

    private let archive: OpaquePointer
    private let output = Output()

    /// - Throws: ``INNError`` when libarchive cannot do it.
    init() throws {
        guard let archive = archive_write_new() else { throw Self.failure(nil) }
        self.archive = archive
        let entry = archive_entry_new()
        defer { archive_entry_free(entry) }
        archive_entry_set_filetype(entry, 0o100000)
        let take: @convention(c) (OpaquePointer?, UnsafeMutableRawPointer?, UnsafeRawPointer?, Int) -> Int = {
            _, output, bytes, count in
            Unmanaged<Output>.fromOpaque(output!).takeUnretainedValue().bytes.append(
                contentsOf: UnsafeRawBufferPointer(start: bytes, count: count))
            return count
        }
        // Raw: no archive around it. Without its own choice libarchive fills up the last block.
        guard archive_write_add_filter_gzip(archive) == ARCHIVE_OK, archive_write_set_format_raw(archive) == ARCHIVE_OK,
            archive_write_set_filter_option(archive, "gzip", "timestamp", nil) == ARCHIVE_OK,
            archive_write_set_bytes_in_last_block(archive, 1) == ARCHIVE_OK,
            archive_write_open(archive, Unmanaged.passUnretained(output).toOpaque(), nil, take, nil) == ARCHIVE_OK,
            archive_write_header(archive, entry) == ARCHIVE_OK
        else { throw Self.failure(archive) }
    }

    deinit { archive_write_free(archive) }

    /// - Returns: what is compressed by now; later bytes may be needed for the rest.
    func compressed(_ bytes: UnsafeRawBufferPointer) throws -> [UInt8] {
        guard archive_write_data(archive, bytes.baseAddress, bytes.count) == bytes.count else {
            throw Self.failure(archive)
        }
        return taken()
    }

    /// - Returns: the end of the file.
    func finish() throws -> [UInt8] {
        guard archive_write_close(archive) == ARCHIVE_OK else { throw Self.failure(archive) }
        return taken()
    }

    private func taken() -> [UInt8] {
        defer { output.bytes.removeAll(keepingCapacity: true) }
        return output.bytes
    }

    private static func failure(_ archive: OpaquePointer?) -> INNError {
        let detail =
            archive.flatMap(archive_error_string).map { String(cString: $0).lowercased().shortened }
            ?? "it could not be started"
        return INNError(
            .inputOutput, "Compressing with libarchive failed (\(detail)); write to a name that does not end with .gz.")
    }
}
