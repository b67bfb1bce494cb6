import Foundation
import INNKit

/// Where a command writes a checkpoint.
package enum CheckpointOutput {
    /// - Throws: ``INNError`` of kind `usage` when other commands would not open a file of this name, or it is the
    ///   input.
    package static func url(_ name: String, apartFrom input: URL) throws -> URL {
        guard name.hasSuffix(".safetensors") else {
            throw INNError(
                .usage, "--output is “\(name)”, but the name of a file of weights must end with .safetensors.")
        }
        let url = URL(fileURLWithPath: name)
        // A link to it is followed, and would lead there as well.
        let isSame = FileIdentity(path: url.path).map { $0 == FileIdentity(path: input.path) } ?? false
        guard !isSame, url.standardizedFileURL != input.standardizedFileURL else {
            throw INNError(.usage, "--output names the file that is read; choose another one.")
        }
        return url
    }
}
