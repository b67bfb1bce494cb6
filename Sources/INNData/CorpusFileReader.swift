import Foundation
import INNCore

/// Opens a text file, compressed or not, as immutable bytes in the wanted form.
///
/// A plain file that is in that form is copied; anything else is converted once into the cache and read from there, or
/// kept in memory where the cache cannot be written.
struct CorpusFileReader: Sendable {
    let cache: CorpusCache?
    /// Most bytes that an archive may decompress to, and a text may be normalised to.
    var byteLimit = 4 << 30
    /// Texts up to this size are held in memory; larger ones are mapped, from a copy in the folder of the cache.
    var memoryLimit = min(1 << 30, Int(bounded: SystemMemory.limit / 4))

    /// - Returns: the text, and what text8 form leaves out of it.
    /// - Throws: ``INNError`` when the file is missing, a directory, empty, damaged, too large, or no UTF-8 where text8
    ///   form is wanted.
    func open(
        _ path: String, conversion: CorpusConversion, progress: CorpusProgressHandler
    ) throws -> (storage: ByteStorage, loss: AlphabetLoss?) {
        let file = try SourceFile(path)
        let isArchive = try isArchive(file)
        if !isArchive, file.count <= memoryLimit {
            let storage = try ByteStorage(reading: file)
            if conversion == .verbatim { return (storage, nil) }
            if Text8Normaliser.firstForeignByte(in: storage.bytes) == nil {
                return (storage, .none(of: storage.count))
            }
        }
        if let cache {
            do {
                // A text that is as it should be takes as much room as it did, and no second place in the cache.
                guard isArchive || conversion != .verbatim else {
                    return (try ByteStorage(copying: file, into: cache), nil)
                }
                return try converted(file, isArchive: isArchive, conversion: conversion, cache, progress: progress)
            } catch is CacheFailure {
                // Falls through to memory: a read-only or full cache is no reason not to train.
            }
        }
        var bytes: [UInt8] = []
        let loss = try convert(
            file, isArchive: isArchive, conversion: conversion, limit: memoryLimit, progress: progress
        ) {
            bytes.append(contentsOf: $0)
        }
        return (try ByteStorage(copying: bytes), loss)
    }

    /// The beginning of a text, at most so many bytes as they are, without the cache.
    ///
    /// - Throws: as ``open(_:conversion:progress:)``.
    func beginning(of path: String, limit: Int) throws -> [UInt8] {
        struct Enough: Error {}
        let file = try SourceFile(path)
        var bytes: [UInt8] = []
        do {
            _ = try convert(
                file, isArchive: isArchive(file), conversion: .verbatim, limit: byteLimit, progress: { _ in }
            ) { piece in
                bytes.append(contentsOf: piece.prefix(limit - bytes.count))
                if bytes.count == limit { throw Enough() }
            }
        } catch is Enough {}
        return bytes
    }

    private func isArchive(_ file: SourceFile) throws -> Bool {
        try PackedForm(file.prefix(PackedForm.length)) != nil
    }

    /// What the cache holds of a text, or will hold from now on.
    private func converted(
        _ file: SourceFile, isArchive: Bool, conversion: CorpusConversion, _ cache: CorpusCache,
        progress: CorpusProgressHandler
    ) throws -> (storage: ByteStorage, loss: AlphabetLoss?) {
        let place = cache.path(forConverted: file, conversion: conversion)
        if let known = try? own(place, conversion, cache) { return known }
        try cache.store(at: place) { write in
            let loss = try convert(
                file, isArchive: isArchive, conversion: conversion, limit: byteLimit, progress: progress, write: write)
            // What somebody writes meanwhile must not be taken for what the name says.
            guard file.isUnchanged else { throw CacheFailure(path: file.path, detail: "it was written to meanwhile") }
            guard let loss else { return }
            let facts = try JSONEncoder().encode(loss)
            try cache.store(at: Self.lossPath(place)) { write in try facts.withUnsafeBytes(write) }
        }
        return try own(place, conversion, cache)
    }

    /// A text in the cache, with what its conversion left out, which is written before it.
    private func own(
        _ path: String, _ conversion: CorpusConversion, _ cache: CorpusCache
    ) throws -> (storage: ByteStorage, loss: AlphabetLoss?) {
        let loss =
            conversion == .verbatim
            ? nil
            : try JSONDecoder().decode(
                AlphabetLoss.self, from: Data(contentsOf: URL(fileURLWithPath: Self.lossPath(path))))
        let file = try SourceFile(path)
        let isSmall = file.count <= memoryLimit
        return (try isSmall ? ByteStorage(reading: file) : ByteStorage(copying: file, into: cache), loss)
    }

    private static func lossPath(_ cached: String) -> String { cached + ".loss" }

    /// Decompresses and normalises in pieces, so that no more than a piece is held at a time.
    ///
    /// - Returns: what normalising leaves out.
    private func convert(
        _ file: SourceFile, isArchive: Bool, conversion: CorpusConversion, limit: Int,
        progress: CorpusProgressHandler, write: (UnsafeRawBufferPointer) throws -> Void
    ) throws -> AlphabetLoss? {
        let path = file.path
        let phase: CorpusProgress.Phase = conversion == .text8 ? .normalising : isArchive ? .decompressing : .copying
        var normaliser = Text8Normaliser()
        var survey = CharacterSurvey()
        var output: [UInt8] = []
        var completed = 0
        var announced = 0
        func consume(_ piece: UnsafeRawBufferPointer) throws {
            switch conversion {
            case .verbatim: try write(piece)
            case .text8:
                do { try survey.append(piece) } catch { throw error.error(path) }
                output.removeAll(keepingCapacity: true)
                normaliser.append(piece, to: &output)
                try output.withUnsafeBytes(write)
            }
            completed += piece.count
            guard completed <= limit else {
                throw INNError(
                    .data,
                    """
                    \(path) is larger than \(grouped(limit)) bytes, too much to be converted: cut the text down, \
                    or make the cache folder writable.
                    """
                )
            }
            if completed - announced >= Self.announceEvery {
                announced = completed
                progress(
                    CorpusProgress(
                        phase: phase, item: path, completedBytes: completed, totalBytes: isArchive ? nil : file.count))
            }
        }
        if isArchive {
            try ArchiveReader(file, byteLimit: limit).read(consume)
        } else {
            try file.forEachPiece(of: Self.pieceSize, consume)
        }
        guard conversion == .text8 else { return nil }
        do { try survey.finish() } catch { throw error.error(path) }
        return survey.loss(in: .text8)
    }

    private static let pieceSize = 1 << 20
    private static let announceEvery = 4 << 20
}
