import Foundation
import INNKit

/// What a name on the command line stands for where a run or a file of weights may be named.
package enum NamedNetwork {
    case run(RunFolder)
    case file(URL)

    private static let ending = ".safetensors"

    /// A run goes first, because its name may look like that of a file.
    ///
    /// - Throws: ``INNError`` of kind `noInput` when it is neither.
    package init(_ name: String, in runs: URL) throws {
        guard name.hasSuffix(Self.ending) else {
            self = .run(try RunFolder.open(name, in: runs))
            return
        }
        if let folder = try? RunFolder.open(name, in: runs) {
            self = .run(folder)
        } else {
            self = .file(URL(fileURLWithPath: name))
        }
    }

    /// What files made from it are called: the last part of the name without the ending of weights. A dot elsewhere, as
    /// in `v1.5`, belongs to the name.
    package static func stem(_ name: String) -> String {
        let last = URL(fileURLWithPath: name).lastPathComponent
        return last.hasSuffix(ending) && last != ending ? String(last.dropLast(ending.count)) : last
    }
}
