import Foundation
import INNCore

/// A new file that grows while somebody may already read it: every piece of text is written whole or not at all.
///
/// What takes its place when it is complete is an ``OutputFile``.
package final class AppendedFile: Sendable {
    package let path: String
    private let descriptor: Int32

    /// - Throws: ``INNError`` of kind `cannotCreate`, also where something of that name exists: it is not overwritten.
    package init(_ path: String) throws {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else {
            throw errno == EEXIST
                ? INNError(.cannotCreate, "'\(path)' exists already; name another file, or remove it.")
                : SystemError.creating(path, errno)
        }
    }

    /// A file into which nothing was written does not stay.
    deinit {
        if lseek(descriptor, 0, SEEK_END) == 0 { unlink(path) }
        close(descriptor)
    }

    /// - Throws: ``INNError`` of kind `inputOutput`, for example when the disk is full. The file then ends as before.
    package func append(_ text: String) throws {
        let end = lseek(descriptor, 0, SEEK_END)
        var text = text
        let code = text.withUTF8 { writeWhole(UnsafeRawBufferPointer($0), to: descriptor) }
        guard code != 0 else { return }
        ftruncate(descriptor, end)
        throw SystemError.writing(path, code)
    }
}
