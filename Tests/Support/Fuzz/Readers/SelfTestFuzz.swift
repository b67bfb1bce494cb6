import Foundation
import INNKit

/// A reader with three faults, for the test of the fuzzing itself; not among `all`.
final class SelfTestFuzz: FuzzReader {
    static let name = "self-test"
    let seeds: [[UInt8]] = [[0]]

    init(scratch: URL) {}

    func mutated(_ mutator: inout Mutator) -> [UInt8] { [UInt8(mutator.below(64))] }

    func read(_ bytes: [UInt8]) throws {
        switch bytes[0] {
        case 20: throw CocoaError(.fileReadUnknown)
        case 40: throw INNError(.data, "no sentence\u{7}")
        case 60: fatalError("as asked for")
        default: break
        }
    }
}
