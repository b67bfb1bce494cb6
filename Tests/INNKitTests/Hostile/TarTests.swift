import CArchive
import Foundation
import Testing

@testable import INNCore
@testable import INNData

/// Archives besides zip, alone and inside compressed files: of one file the text, of several a refusal, of none of them
/// the headers as text.
@Suite struct Tars {
    private let archives = HostileArchives()
    private let text = Array("some text of a few words ".utf8.repeated(60))

    private static var formats: [(name: String, format: HostileArchives.Step)] {
        [
            ("ustar", archive_write_set_format_ustar), ("v7", archive_write_set_format_v7tar),
            ("pax", archive_write_set_format_pax), ("gnu", archive_write_set_format_gnutar),
        ]
    }
    private static var filters: [(name: String, filter: HostileArchives.Step)] {
        [
            ("plain", archive_write_add_filter_none), ("gzip", archive_write_add_filter_gzip),
            ("xz", archive_write_add_filter_xz), ("bzip2", archive_write_add_filter_bzip2),
            ("zstd", archive_write_add_filter_zstd),
        ]
    }

    private func tar(_ files: [(String, [UInt8])], _ format: String, _ filter: String) throws -> [UInt8] {
        try archives.packed(
            files, #require(Self.formats.first { $0.name == format }).format,
            [#require(Self.filters.first { $0.name == filter }).filter])
    }

    @Test(arguments: Self.formats.map(\.name), Self.filters.map(\.name))
    func oneFileIsReadAndSeveralAreRefused(format: String, filter: String) throws {
        let folder = try TemporaryFolder()
        let one = try folder.file("one", tar([("book.txt", text)], format, filter))
        for alphabet in [AlphabetChoice.text8, .bytes] {
            let corpus = try CorpusResolver(alphabet: alphabet, environment: [:]).resolve(one)
            #expect(corpus.text(in: 0..<corpus.count) == String(decoding: text, as: UTF8.self))
        }
        // Also where the first is longer than what is read at a time.
        for first in [text, Array(text.repeated(200))] {
            let error = try archives.failure(tar([("one", first), ("two", text)], format, filter))
            #expect(
                error?.message.hasSuffix(
                    " holds several files (the first two: one, two): unpack it and name the one to train on.") == true,
                "\(error?.message ?? "")")
        }
    }

    /// A sum in every header tells damage there; behind it only that of the compression does.
    @Test func damageIsNoticed() throws {
        for filter in ["gzip", "xz", "bzip2"] {
            var packed = try tar([("book.txt", text)], "ustar", filter)
            #expect(try archives.failure(Array(packed.dropLast(9)))?.kind == .data, "\(filter), cut")
            packed[packed.count - 6] ^= 1
            #expect(try archives.failure(packed)?.kind == .data, "\(filter), its checksum")
        }
        #expect(try archives.failure(Array(tar([("book.txt", text)], "ustar", "plain").prefix(900)))?.kind == .data)
    }

    /// The blocks of zeros between them are the end of a tar for most programs; what follows would be lost silently.
    @Test(arguments: Self.formats.map(\.name), Self.filters.map(\.name))
    func tarsThatWereJoinedHoldSeveralFiles(format: String, filter: String) throws {
        let first = try tar([("one", text)], format, filter)
        let second = try tar([("two", text)], format, filter)
        #expect(try archives.failure(first + second)?.message.contains("(the first two: one, two)") == true)
    }

    @Test(arguments: ["plain", "gzip", "xz"])
    func textBehindATarIsNotDropped(filter: String) throws {
        let file = try tar([("one", text)], "ustar", "plain") + Array(text.repeated(50))
        let packed =
            filter == "plain"
            ? file
            : try archives.packed(
                [("text", file)], archive_write_set_format_raw,
                [#require(Self.filters.first { $0.name == filter }).filter])
        #expect(try archives.failure(packed)?.kind == .data)
    }

    /// A Mac packs the attributes of every file beside it, and how it shows a folder.
    @Test(arguments: [("__MACOSX/._book.txt", "book.txt"), ("book/._book.txt", "book/book.txt"), (".DS_Store", "a")])
    func whatAMacAddsIsNoText(companion: String, name: String) throws {
        let folder = try TemporaryFolder()
        let attributes: [UInt8] = [0, 5, 0x16, 7] + [UInt8](repeating: 0x78, count: 80)
        for files in [[(companion, attributes), (name, text)], [(name, text), (companion, attributes)]] {
            let zip = try archives.packed(files, archive_write_set_format_zip, [])
            for packed in try [zip, tar(files, "pax", "plain"), tar(files, "ustar", "gzip"), tar(files, "gnu", "xz")] {
                let corpus = try CorpusResolver(environment: [:]).resolve(folder.file("packed", packed))
                #expect(corpus.count == text.count)
            }
        }
        let alone = try archives.failure(tar([(companion, attributes)], "ustar", "plain"))
        #expect(alone?.message.contains("holds no text") == true)
    }

    @Test func archivesInArchivesAreRefused() throws {
        let inner = try tar([("book.txt", text)], "ustar", "plain")
        let gzip = try archives.packed([("text", text)], archive_write_set_format_raw, [archive_write_add_filter_gzip])
        for packed in try [
            archives.packed([("a.tar", inner)], archive_write_set_format_zip, []),
            tar([("a.tar", inner)], "ustar", "plain"), tar([("a.tar", inner)], "ustar", "gzip"),
            tar([("a.gz", gzip)], "ustar", "plain"), tar([("a.tar.gz", gzip)], "ustar", "xz"),
        ] {
            let error = try archives.failure(packed)
            #expect(error?.message.contains("compressed several times over") == true, "\(error?.message ?? "")")
        }
    }

    @Test(
        arguments: [
            ("a 7z archive", [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C, 0, 4]),
            ("a rar archive", Array("Rar!\u{1A}\u{7}\u{1}".utf8)),
            ("an ar archive", Array("!<arch>\nbook.txt/       ".utf8)), ("a cabinet", Array("MSCF\0\0\0\0".utf8)),
            ("an lz4 file", [0x04, 0x22, 0x4D, 0x18]), ("an lzip file", Array("LZIP\u{1}".utf8)),
            ("an lzma file", [0x5D, 0, 0, 0x80, 0]), ("an lzop file", [0x89, 0x4C, 0x5A, 0x4F, 0, 0x0D]),
            ("a file of compress", [0x1F, 0x9D, 0x90]),
            ("a cpio archive", Array("070701".utf8) + [UInt8](repeating: UInt8(ascii: "0"), count: 104)),
        ] as [(String, [UInt8])])
    func otherArchivesAreNamed(name: String, beginning: [UInt8]) throws {
        for alphabet in [AlphabetChoice.text8, .bytes] {
            let error = try archives.failure(beginning + text, alphabet: alphabet)
            #expect(error?.kind == .data)
            #expect(
                error?.message.hasSuffix(" is \(name), which is not read here: unpack it and name the text.") == true,
                "\(error?.message ?? "")")
        }
    }

    /// Texts that begin like an archive, as far as letters go.
    @Test(arguments: ["Rar! ", "LZIP, ", "070701 and other numbers ", "MSCF ", "]", "ustar", "!<arch> "])
    func textsAreNotTakenForArchives(beginning: String) throws {
        let folder = try TemporaryFolder()
        let text = beginning + String(decoding: text, as: UTF8.self)
        let path = try folder.file("text", text.utf8)
        #expect(try CorpusResolver(alphabet: .bytes, environment: [:]).resolve(path).count == text.utf8.count)
        // The word that newer tars have at this place.
        let ustar = Array(text.utf8.prefix(257)) + Array("ustar".utf8) + self.text
        #expect(
            try CorpusResolver(alphabet: .bytes, environment: [:]).resolve(folder.file("u", ustar)).count == ustar.count
        )
    }
}
