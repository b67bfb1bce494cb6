import Foundation
import INNScreens

extension ExportedView {
    /// Writes the view under its name, see ``write(_:named:into:)``.
    ///
    /// - Returns: the file.
    package func write(into folder: URL) throws -> URL { try Self.write(contents, named: fileName, into: folder) }

    /// Writes a text under a name or, where a file has that already, under the name with a number: what was written
    /// earlier stays.
    ///
    /// - Parameter folder: is created when missing.
    /// - Returns: the file.
    static func write(_ contents: String, named fileName: String, into folder: URL) throws -> URL {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let name = fileName as NSString
        var number = 1
        while true {
            let counted = number == 1 ? fileName : "\(name.deletingPathExtension)-\(number).\(name.pathExtension)"
            let file = folder.appending(path: counted)
            do {
                try Data().write(to: file, options: .withoutOverwriting)
            } catch CocoaError.fileWriteFileExists {
                number += 1
                continue
            }
            do {
                try Data(contents.utf8).write(to: file, options: .atomic)
                return file
            } catch {
                try? FileManager.default.removeItem(at: file)
                throw error
            }
        }
    }
}
