import CArchive
import Foundation
import Testing

@testable import INNAnalysis
@testable import INNCore
@testable import INNData

/// Archives that are made to fill memory, to hang, or to write on the terminal.
@Suite struct HostileArchives {
    typealias Step = (OpaquePointer?) -> Int32

    func packed(_ files: [(String, [UInt8])], _ format: Step, _ filters: [Step]) throws -> [UInt8] {
        let archive = try #require(archive_write_new())
        defer { archive_write_free(archive) }
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        var used = 0
        #expect(format(archive) == ARCHIVE_OK)
        for filter in filters { #expect(filter(archive) == ARCHIVE_OK) }
        archive_write_set_bytes_in_last_block(archive, 1)
        return try buffer.withUnsafeMutableBytes { target in
            try #require(archive_write_open_memory(archive, target.baseAddress, target.count, &used) == ARCHIVE_OK)
            for (name, bytes) in files {
                let entry = archive_entry_new()
                defer { archive_entry_free(entry) }
                archive_entry_set_pathname(entry, name)
                archive_entry_set_filetype(entry, 0o100000)
                archive_entry_set_size(entry, Int64(bytes.count))
                #expect(archive_write_header(archive, entry) == ARCHIVE_OK)
                #expect(archive_write_data(archive, bytes, bytes.count) == bytes.count)
            }
            #expect(archive_write_close(archive) == ARCHIVE_OK)
            return Array(target[..<used])
        }
    }

    func failure(_ bytes: [UInt8], alphabet: AlphabetChoice = .bytes) throws -> INNError? {
        let folder = try TemporaryFolder()
        let path = try folder.file("input", bytes)
        let error = #expect(throws: INNError.self) {
            try CorpusResolver(alphabet: alphabet, environment: ["XDG_CACHE_HOME": folder.path + "/cache"]).resolve(
                path)
        }
        #expect(folder.files() == ["input"])
        return error
    }

    private let letters = [UInt8](repeating: 0x61, count: 20 << 20)

    @Test func bombsStopAtTheirRatio() throws {
        let gzip = try packed([("text", letters)], archive_write_set_format_raw, [archive_write_add_filter_gzip])
        let zip = try packed([("text", letters)], archive_write_set_format_zip, [])
        for bytes in [gzip, zip] {
            #expect(bytes.count < 1 << 16)
            let error = try failure(bytes)
            #expect(
                error?.kind == .data && error?.message.contains("more than 256 times its size") == true,
                "\(error?.message ?? "")")
        }
    }

    private static var filters: [(String, Step, Step)] {
        [
            ("gzip", archive_write_set_format_raw, archive_write_add_filter_gzip),
            ("xz", archive_write_set_format_raw, archive_write_add_filter_xz),
            ("bzip2", archive_write_set_format_raw, archive_write_add_filter_bzip2),
            ("zip", archive_write_set_format_zip, archive_write_add_filter_none),
        ]
    }

    /// One bit changed anywhere is noticed, or changes nothing of the text. (Of zstd the checksum is an option, and
    /// libarchive writes none.)
    @Test(arguments: ["gzip", "xz", "bzip2", "zip"]) func everyBitIsVerified(_ name: String) throws {
        let (_, format, filter) = try #require(Self.filters.first { $0.0 == name })
        let text = Array("some text of a few words, and some more of it; ".utf8.repeated(6))
        let packed = try packed([("text", text)], format, [filter])
        let folder = try TemporaryFolder()
        for bit in 0..<(8 * packed.count) {
            var changed = packed
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            guard let read = try? Self.content(folder.file("changed", changed)) else { continue }
            // A changed magic number makes it a file of raw bytes.
            #expect(
                read == text || PackedForm(changed) == nil, "bit \(bit) of \(name) passed as \(read.count) bytes"
            )
        }
    }

    @Test(arguments: ["gzip", "xz", "bzip2"]) func everyCutIsNoticed(_ name: String) throws {
        let (_, format, filter) = try #require(Self.filters.first { $0.0 == name })
        let packed = try packed([("text", Array("some text of a few words ".utf8.repeated(20)))], format, [filter])
        let folder = try TemporaryFolder()
        for length in 8..<packed.count {
            let error = #expect(throws: INNError.self, "\(length) of \(packed.count) bytes") {
                try Self.content(folder.file("cut", packed.prefix(length)))
            }
            #expect(error?.kind == .data)
        }
    }

    static func content(_ path: String) throws -> [UInt8] {
        var bytes: [UInt8] = []
        try ArchiveReader(path: path, byteLimit: 1 << 20).read { bytes += $0 }
        return bytes
    }

    /// `cat a.gz b.gz` is a gzip file of both texts, and a tape fills up its last block with zeros.
    @Test func gzipMembersFollowEachOther() throws {
        let folder = try TemporaryFolder()
        let parts = try ["one two three four ", "five six seven "].map { Array($0.utf8.repeated(50)) }
        let members = try parts.map {
            try packed([("text", $0)], archive_write_set_format_raw, [archive_write_add_filter_gzip])
        }
        #expect(try Self.content(folder.file("both", members[0] + members[1])) == parts[0] + parts[1])
        #expect(try Self.content(folder.file("padded", members[0] + [UInt8](repeating: 0, count: 1000))) == parts[0])
        var damaged = members[1]
        damaged[0] ^= 1
        for tail in [damaged, Array("trailing".utf8), [0, 0, 1]] {
            #expect(throws: INNError.self) { try Self.content(folder.file("tail", members[0] + tail)) }
        }
    }

    @Test func layersAreNotPeeled() throws {
        let text = Array("some text of a few words ".utf8.repeated(20))
        for filters in [
            [archive_write_add_filter_gzip, archive_write_add_filter_xz],
            [archive_write_add_filter_xz, archive_write_add_filter_gzip],
        ] as [[Step]] {
            let twice = try packed([("text", text)], archive_write_set_format_raw, filters)
            #expect(try failure(twice)?.message.contains("compressed several times over") == true)
        }
    }

    @Test func namesDoNotReachTheTerminal() throws {
        let error = try failure(
            packed(
                [("\u{1B}[31mred", letters.suffix(200)), ("\u{202E}two", letters.suffix(200))],
                archive_write_set_format_zip, []))
        #expect(error?.message.contains("several files (the first two: ?[31mred, ") == true, "\(error?.message ?? "")")
    }

    /// The first bytes are those of an archive and the rest is not, so nothing of it is text.
    @Test(arguments: [
        [UInt8]([0x50, 0x4B, 0x03, 0x04]), [0x1F, 0x8B], [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], [0x42, 0x5A, 0x68],
        [0x28, 0xB5, 0x2F, 0xFD],
    ])
    func masqueradesAreRefused(_ magic: [UInt8]) throws {
        #expect(try failure(magic + [UInt8](repeating: 0x61, count: 500))?.kind == .data)
    }

    @Test func pathsOutsideAreOnlyNames() throws {
        let folder = try TemporaryFolder()
        let text = Array("some text of a few words ".utf8.repeated(20))
        let path = try folder.file(
            "input", packed([("../../../../outside.txt", text)], archive_write_set_format_zip, []))
        #expect(try CorpusResolver(alphabet: .bytes, environment: [:]).resolve(path).count == text.count)
        #expect(folder.files() == ["input"])
    }
}
