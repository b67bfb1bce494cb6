import CArchive
import Foundation
import INNKit

/// A corpus from an archive: zip, gzip, xz, bzip2, zstd; also bombs, several layers, several files and paths that lead
/// elsewhere.
final class ArchiveFuzz: FuzzReader {
    static let name = "archive"
    let seeds: [[UInt8]]
    private let bombs: [[UInt8]]
    private let file: URL

    init(scratch: URL) throws {
        file = scratch.appending(path: "input.zip")
        let text = Array(
            String(repeating: "The boat of 1897 sailed over long waves; nobody at home knew where. ", count: 60).utf8)
        let filters: [Filter] = [
            archive_write_add_filter_gzip, archive_write_add_filter_xz, archive_write_add_filter_bzip2,
            archive_write_add_filter_zstd,
        ]
        let single = try filters.map { try Self.packed([("text", text)], archive_write_set_format_raw, $0) }
        let zips = try [
            [("text8", text)], [("a.txt", text), ("b.txt", text)], [("../../../etc/cron.d/x", text)],
            [("/root/.ssh/\u{1B}[31mx", text)], [("empty", [])],
        ].map { try Self.packed($0, archive_write_set_format_zip, archive_write_add_filter_none) }
        let layered = try [archive_write_add_filter_gzip, archive_write_add_filter_xz].map {
            try Self.packed([("text", single[0])], archive_write_set_format_raw, $0)
        }
        seeds = single + zips + layered
        let zeros = [UInt8](repeating: 0x61, count: 48 << 20)
        bombs = try [
            Self.packed([("text", zeros)], archive_write_set_format_raw, archive_write_add_filter_gzip),
            Self.packed([("text", zeros)], archive_write_set_format_raw, archive_write_add_filter_zstd),
            Self.packed([("text", zeros)], archive_write_set_format_zip, archive_write_add_filter_none),
        ]
    }

    func mutated(_ mutator: inout Mutator) -> [UInt8] {
        mutator.once(in: 500)
            ? mutator.bytes(mutator.pick(bombs), donors: seeds) : mutator.bytes(mutator.pick(seeds), donors: seeds)
    }

    func read(_ bytes: [UInt8]) throws {
        try Data(bytes).write(to: file)
        let alphabet: AlphabetChoice = bytes.count % 3 == 0 ? .bytes : .text8
        try CorpusUse.use(CorpusResolver(alphabet: alphabet, environment: [:]).resolve(file.path))
    }

    private typealias Filter = (OpaquePointer?) -> Int32

    private struct PackingFailed: Error {}

    private static func packed(_ files: [(String, [UInt8])], _ format: Filter, _ filter: Filter) throws -> [UInt8] {
        guard let archive = archive_write_new() else { throw PackingFailed() }
        defer { archive_write_free(archive) }
        var buffer = [UInt8](repeating: 0, count: 8 << 20)
        var used = 0
        guard format(archive) == ARCHIVE_OK, filter(archive) == ARCHIVE_OK else { throw PackingFailed() }
        archive_write_set_bytes_in_last_block(archive, 1)
        return try buffer.withUnsafeMutableBytes { target in
            guard archive_write_open_memory(archive, target.baseAddress, target.count, &used) == ARCHIVE_OK else {
                throw PackingFailed()
            }
            for (name, bytes) in files {
                let entry = archive_entry_new()
                defer { archive_entry_free(entry) }
                archive_entry_set_pathname(entry, name)
                archive_entry_set_filetype(entry, 0o100000)
                archive_entry_set_size(entry, Int64(bytes.count))
                guard archive_write_header(archive, entry) == ARCHIVE_OK,
                    archive_write_data(archive, bytes, bytes.count) == bytes.count
                else { throw PackingFailed() }
            }
            guard archive_write_close(archive) == ARCHIVE_OK else { throw PackingFailed() }
            return Array(target[..<used])
        }
    }
}
