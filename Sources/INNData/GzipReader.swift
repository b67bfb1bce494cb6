import CZlib
import INNCore

/// Decompresses gzip through zlib, which compares every member's checksum and length with its contents; libarchive's
/// reader takes them on trust.
struct GzipReader {
    let file: SourceFile

    static let magic: [UInt8] = [0x1F, 0x8B]

    /// - Parameter body: receives the content in order; the memory is valid only during the call.
    /// - Throws: ``INNError`` of kind `data` for a damaged or truncated file; whatever `body` throws.
    func read(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        var stream = z_stream()
        // 16: gzip and nothing else; 15: the largest window.
        guard inflateInit2_(&stream, 16 + 15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw INNError(.software, "zlib could not be started to read \(file.path): free some memory and try again.")
        }
        defer { inflateEnd(&stream) }
        let output = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 1 << 18)
        defer { output.deallocate() }
        var place = Place.inMember
        try file.forEachPiece(of: 1 << 16) { piece in
            stream.next_in = UnsafeMutablePointer(mutating: piece.bindMemory(to: UInt8.self).baseAddress)
            stream.avail_in = UInt32(piece.count)
            repeat {
                try skipPadding(&stream, &place)
                guard place == .inMember else { return }
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(output.count)
                let result = inflate(&stream, Z_NO_FLUSH)
                let made = UnsafeRawBufferPointer(
                    rebasing: UnsafeRawBufferPointer(output)[0..<(output.count - Int(stream.avail_out))])
                if !made.isEmpty { try body(made) }
                switch result {
                case Z_STREAM_END: place = .betweenMembers
                case Z_OK, Z_BUF_ERROR: break
                default: throw damaged(stream.msg.map { String(cString: $0) } ?? "unknown damage")
                }
            } while stream.avail_in > 0 || (place == .inMember && stream.avail_out == 0)
        }
        guard place != .inMember else { throw damaged("it ends too early") }
    }

    /// Several members may follow each other, and zeros may fill up the last block of a tape; anything else behind a
    /// member is damage.
    private enum Place { case inMember, betweenMembers, inPadding }

    private func skipPadding(_ stream: inout z_stream, _ place: inout Place) throws {
        guard place != .inMember else { return }
        while stream.avail_in > 0, stream.next_in.pointee == 0 {
            stream.next_in += 1
            stream.avail_in -= 1
            place = .inPadding
        }
        guard stream.avail_in > 0 else { return }
        guard place == .betweenMembers, inflateReset(&stream) == Z_OK else {
            throw damaged("something follows its end")
        }
        place = .inMember
    }

    private func damaged(_ detail: String) -> INNError {
        INNError(.data, "\(file.path) is damaged or cut off (\(detail)): fetch or pack it again.")
    }
}
