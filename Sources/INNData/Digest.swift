import CArchive
import INNCore

/// A message digest, computed by libarchive's writer of file manifests (mtree), the one place where it offers digests.
enum Digest: String {
    case md5, sha256

    /// The digest of some bytes as lower-case hexadecimal digits.
    ///
    /// - Throws: ``INNError`` of kind `software` when libarchive was built without this digest.
    func hexadecimal(of bytes: UnsafeRawBufferPointer) throws -> String {
        let unavailable = INNError(
            .software,
            """
            The installed libarchive cannot compute \(rawValue) digests: install a build with OpenSSL or \
            CommonCrypto support.
            """
        )
        guard let archive = archive_write_new(), let entry = archive_entry_new() else { throw unavailable }
        defer {
            archive_entry_free(entry)
            archive_write_free(archive)
        }
        var manifest = [UInt8](repeating: 0, count: 4096)
        let text = manifest.withUnsafeMutableBytes { buffer -> String? in
            var used = 0
            archive_write_set_format_mtree(archive)
            archive_write_set_format_option(archive, "mtree", "all", nil)
            archive_write_set_format_option(archive, "mtree", rawValue, "1")
            archive_entry_set_pathname(entry, "text")
            archive_entry_set_filetype(entry, 0o100000)
            archive_entry_set_size(entry, Int64(bytes.count))
            guard archive_write_open_memory(archive, buffer.baseAddress, buffer.count, &used) == ARCHIVE_OK,
                archive_write_header(archive, entry) == ARCHIVE_OK,
                bytes.isEmpty || archive_write_data(archive, bytes.baseAddress, bytes.count) == bytes.count,
                archive_write_close(archive) == ARCHIVE_OK
            else { return nil }
            return String(decoding: buffer[0..<used], as: UTF8.self)
        }
        let key = "\(rawValue)digest="
        guard let word = text?.split(whereSeparator: \.isWhitespace).first(where: { $0.hasPrefix(key) }) else {
            throw unavailable
        }
        return String(word.dropFirst(key.count))
    }
}
