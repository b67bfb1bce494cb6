/// Opens a text file, compressed or not, as immutable bytes in the wanted form.
///
/// A plain file that is in that form is mapped as it is; anything else is converted once into the cache and mapped from there,
/// or kept in memory where the cache cannot be written.
struct CorpusFileReader: Sendable {
    let cache: CorpusCache?
    /// Most bytes that an archive may decompress to.
    var byteLimit = 4 << 30
    /// The same where the result has to be kept in memory.
    var memoryLimit = 1 << 30

    /// - Throws: ``INNError`` when the file is missing, a directory, empty, damaged, too large, or no UTF-8 where text8 form is wanted.
    func open(_ path: String, conversion: CorpusConversion, progress: CorpusProgressHandler) throws -> ByteStorage {
        let file = try ByteStorage(mapping: path)
        let isArchive = ArchiveReader.isArchive(file.bytes)
        if !isArchive, conversion == .verbatim || Text8Normaliser.firstForeignByte(in: file.bytes) == nil { return file }
        if let cached = cache?.path(forConverted: path, conversion: conversion) {
            if let storage = try? ByteStorage(mapping: cached) { return storage }
            do {
                try cache?.store(at: cached) { write in
                    try convert(file, path: path, isArchive: isArchive, conversion: conversion, limit: byteLimit, progress: progress, write: write)
                }
                return try ByteStorage(mapping: cached)
            } catch is CacheFailure {
                // Falls through to memory: a read-only or full cache is no reason not to train.
            }
        }
        var bytes: [UInt8] = []
        try convert(file, path: path, isArchive: isArchive, conversion: conversion, limit: memoryLimit, progress: progress) {
            bytes.append(contentsOf: $0)
        }
        return ByteStorage(copying: bytes)
    }

    /// Decompresses and normalises in pieces, so that no more than a piece is held at a time.
    private func convert(
        _ file: ByteStorage, path: String, isArchive: Bool, conversion: CorpusConversion, limit: Int,
        progress: CorpusProgressHandler, write: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        let phase: CorpusProgress.Phase = conversion == .text8 ? .normalising : .decompressing
        var normaliser = Text8Normaliser(source: path)
        var output: [UInt8] = []
        var completed = 0
        var announced = 0
        func consume(_ piece: UnsafeRawBufferPointer) throws {
            switch conversion {
            case .verbatim: try write(piece)
            case .text8:
                output.removeAll(keepingCapacity: true)
                try normaliser.append(piece, to: &output)
                try output.withUnsafeBytes(write)
            }
            completed += piece.count
            guard completed <= limit else {
                throw INNError(.data, "\(path) is larger than \(grouped(limit)) bytes, too much to be converted: cut the text down, or make the cache folder writable.")
            }
            if completed - announced >= Self.announceEvery {
                announced = completed
                progress(CorpusProgress(phase: phase, item: path, completedBytes: completed, totalBytes: isArchive ? nil : file.count))
            }
        }
        if isArchive {
            try ArchiveReader(path: path, byteLimit: limit).read(consume)
        } else {
            for start in stride(from: 0, to: file.count, by: Self.pieceSize) {
                try consume(UnsafeRawBufferPointer(rebasing: file.bytes[start..<min(start + Self.pieceSize, file.count)]))
            }
        }
        if conversion == .text8 { try normaliser.finish() }
    }

    private static let pieceSize = 1 << 20
    private static let announceEvery = 4 << 20
}
