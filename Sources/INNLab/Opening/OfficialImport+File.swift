import Foundation
import INNKit

extension OfficialImport {
    /// Opens the file of the author's weights.
    ///
    /// `torch.save` writes a zip or a pickle, and both would only look like a damaged file.
    ///
    /// - Throws: ``INNError`` of kind `data` that says what to do instead.
    package static func file(_ name: String) throws -> SafetensorsFile {
        let url = URL(fileURLWithPath: name)
        do {
            return try SafetensorsFile(url)
        } catch let error as INNError where error.kind == .data {
            let start = (try? SmallFile.bytes(of: name, upTo: 4)) ?? []
            guard start.starts(with: [0x50, 0x4B, 0x03, 0x04]) || start.starts(with: [0x80, 0x02]) else { throw error }
            throw INNError(
                .data,
                """
                \(name) was written by torch.save; load it in Python and write model.state_dict() with \
                safetensors.torch.save_model.
                """
            )
        }
    }
}
