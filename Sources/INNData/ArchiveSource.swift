import CArchive
import Foundation

/// Hands an open file to libarchive: the one that was looked at before, whatever has come to stand at its path since.
final class ArchiveSource {
    private let file: SourceFile
    private var place = 0
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
    /// Why the file could not be read, if so.
    private(set) var failure: (any Error)?

    init(_ file: SourceFile) { self.file = file }

    deinit { buffer.deallocate() }

    /// Opens an archive over the file, which must outlive it as must this.
    func open(_ archive: OpaquePointer) -> Bool {
        archive_read_set_read_callback(archive) { _, source, bytes in
            let source = Unmanaged<ArchiveSource>.fromOpaque(source!).takeUnretainedValue()
            bytes?.pointee = UnsafeRawPointer(source.buffer.baseAddress)
            return source.next()
        }
        archive_read_set_seek_callback(archive) { _, source, offset, origin in
            Unmanaged<ArchiveSource>.fromOpaque(source!).takeUnretainedValue().move(Int(offset), origin)
        }
        archive_read_set_callback_data(archive, Unmanaged.passUnretained(self).toOpaque())
        return archive_read_open1(archive) == ARCHIVE_OK
    }

    /// Fills the buffer.
    ///
    /// - Returns: how many bytes it holds now; 0 at the end of the file, less when it cannot be read.
    private func next() -> Int {
        let count = min(buffer.count, file.count - place)
        do {
            try file.read(at: place, into: UnsafeMutableRawBufferPointer(rebasing: buffer[0..<count]))
        } catch {
            failure = error
            return -1
        }
        place += count
        return count
    }

    /// Goes to another place.
    ///
    /// - Returns: the place, from the beginning of the file.
    private func move(_ offset: Int, _ origin: Int32) -> Int64 {
        let base = origin == SEEK_SET ? 0 : origin == SEEK_CUR ? place : file.count
        // A damaged archive may ask for any place.
        place = min(max(0, base.addingReportingOverflow(offset).partialValue), file.count)
        return Int64(place)
    }
}
